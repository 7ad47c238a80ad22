import Glibc
import PromQL
import SampleStore
import Signals

/// An hour of 43,000 series (1,000 MCPs, 43 each) at 15 s: what a sample costs to append and to
/// keep, and what reading costs.
///
/// usage: SampleStoreBenchmark
@main struct SampleStoreBenchmark {
  static func main() {
    measure(Load(name: "rarely changing (1 % of the series a slot)", changing: 0.01, noise: 0))
    measure(Load(name: "noisy (10 % a slot, half of them random)", changing: 0.1, noise: 0.5))
    measure(Load(name: "every gauge random, every slot", changing: 1, noise: 0.3))
  }

  private static func measure(_ load: Load) {
    print(load.name)
    let before = residentBytes()
    var writer = Writer(load)
    var held: HeadSnapshot?
    var appending = 0.0
    var slowest = 0.0
    var recordBytes = 0
    var records: [SampleRecord] = []
    for slot in 0..<240 {
      writer.change()
      held = writer.head.snapshot  // a reader holds the last look, as a rule's evaluation would
      let start = cpuSeconds()
      writer.append(at: Int64(slot) * 15_000)
      let took = cpuSeconds() - start
      appending += took
      if slot > 0 { slowest = max(slowest, took) }
      for record in writer.head.takeRecords() {
        if case .piece(_, _, _, let piece) = record { recordBytes += piece.payload.count }
        records.append(record)
      }
    }
    let samples = Double(writer.head.figures.appended)
    line("append", appending / samples * 1e9, "ns a sample")
    line("slowest append of 43,000", slowest * 1e3, "ms")
    line("stored", Double(recordBytes) / samples, "bytes a sample")
    line("kept, columns and index included", Double(writer.head.figures.bytes) / samples, "bytes")
    line("kept in blocks", Double(writer.head.blockBytes) / samples, "bytes a sample")
    line("memory of it all, by estimate", Double(writer.head.figures.bytes) / 1_048_576, "MiB")
    line("resident, grown by", Double(residentBytes() - before) / 1_048_576, "MiB")
    if let held { read(held) }
    restore(records)
    print("")
  }

  private static func restore(_ records: [SampleRecord]) {
    // As the journal gives them: piece after piece of a group.
    func group(_ record: SampleRecord) -> Int {
      if case .piece(let group, _, _, _) = record { group } else { -1 }
    }
    let sorted = records.enumerated().sorted {
      (group($0.element), $0.offset) < (group($1.element), $1.offset)
    }.map(\.element)
    let took = time(1) {
      var restorer = Head.Restorer(limits: .init(), now: 3_600_000)
      for record in sorted { restorer.add(record) }
      _ = restorer.finish()
    }
    line("restore", took / 1e3, "ms")
  }

  private static func read(_ look: HeadSnapshot) {
    let now: Int64 = 239 * 15_000
    let matchers = [Matcher("__name__", equals: "metric_20")]
    var list = SeriesList()
    line("select 1,000 series", time(20) { list = look.select(matchers, from: 0, through: now) })
    var times: [Int64] = []
    var values: [Double] = []
    line(
      "latest of 1,000",
      time(200) {
        _ = look.latest(
          list.handles, after: now - 300_000, through: now, times: &times, values: &values)
      })
    var ends: [WindowEnds] = []
    let counters = look.select(
      [Matcher("__name__", equals: "metric_21")], from: 0, through: now)
    for (name, window) in [("5 min", 300_000), ("1 h", 3_600_000)] as [(String, Int64)] {
      for (kind, list) in [("counters", counters), ("gauges", list)] {
        line(
          "ends of 1,000 \(kind) over \(name)",
          time(50) {
            _ = look.ends(list.handles, after: now - window, through: now, into: &ends)
          })
      }
    }
    line(
      "read 1,000 over 1 h",
      time(5) {
        var buffers = [SampleBuffer](repeating: SampleBuffer(), count: list.count)
        look.read(list.handles, after: -1, through: now, into: &buffers)
      })
    line(
      "read 1 over 1 h",
      time(50) {
        var buffer = SampleBuffer()
        look.read(series: list.handles[500], after: -1, through: now, into: &buffer)
      })
    line("snapshot", time(100_000) { _ = copy(look) })
  }

  @inline(never) private static func copy(_ look: HeadSnapshot) -> HeadSnapshot { look }

  /// Microseconds of CPU.
  private static func time(_ times: Int, _ body: () -> Void) -> Double {
    let start = cpuSeconds()
    for _ in 0..<times { body() }
    return (cpuSeconds() - start) / Double(times) * 1e6
  }

  private static func line(_ name: String, _ value: Double, _ unit: String = "us") {
    let text = "\((value * 1000).rounded() / 1000)"
    print("  \(name): \(text) \(unit)")
  }

  private static func cpuSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func residentBytes() -> Int {
    guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard unsafe fgets(&line, 128, file) != nil else { return 0 }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * 4096
  }
}

struct Load {
  var name: String
  /// The share of the series that change between two slots.
  var changing: Double
  /// The share of the gauges among them that become a random double.
  var noise: Double
}

/// The series of 1,000 MCPs: 30 metrics of one series, one of 13 (a histogram).
struct Writer {
  var head = Head(isRecorded: true)
  private var groups: [(number: Int, column: Column)] = []
  private var state: UInt64 = 42
  private let load: Load

  init(_ load: Load) {
    self.load = load
    for metric in 0..<31 {
      guard let group = head.group("metric_\(metric)") else { continue }
      var column: Column = []
      for mcp in 0..<1000 {
        for bucket in 0..<(metric == 30 ? 13 : 1) {
          var labels = [
            Label(name: "__name__", value: "metric_\(metric)"),
            Label(name: "mcp", value: "mcp-\(mcp)"), Label(name: "team", value: "team-\(mcp % 20)"),
          ]
          if metric == 30 { labels.append(Label(name: "le", value: "\(bucket)")) }
          if head.row(of: LabelSet(labels), in: group) != nil { column.append(Cell.bits(of: 1)) }
        }
      }
      groups.append((group, column))
    }
  }

  /// The even metrics are gauges, the odd ones and the histogram's buckets counters.
  mutating func change() {
    for index in groups.indices {
      let isGauge = index % 2 == 0 && index != 30
      for row in groups[index].column.indices where fraction() < load.changing {
        let old = Double(bitPattern: groups[index].column[row])
        let isNoise = isGauge && fraction() < load.noise
        let new = isNoise ? fraction() : isGauge ? (fraction() * 1000).rounded() : old + 1
        groups[index].column[row] = Cell.bits(of: new)
      }
    }
  }

  mutating func append(at time: Int64) {
    for (group, column) in groups { head.append(column, at: time, to: group) }
    head.truncate(at: time)
  }

  private mutating func fraction() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}
