import PromQL
import TestSupport

/// A series of the comparison, stale markers included.
struct GeneratedSeries {
  var labels: LabelSet
  var samples: [Sample]
}

/// The samples that both sides get: the demo series of the compliance suite, and ours with what
/// goes wrong in practice (resets, gaps, ends, NaN, infinities).
///
/// Gauges are multiples of 1/8 below 2^40: their sums are exact in any order, so that the summation
/// of 2.x (plain) and 3.x (compensated) give the same bits unless a query divides first. Counters
/// start high and reset only between two samples on the grid: the extrapolation to zero, which 3.x
/// bounds differently behind a gap, then never decides.
struct SampleData {
  private var random: SeededRandom
  private(set) var series: [GeneratedSeries] = []

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    addDemo()
    addServices()
    addOddities()
    series.sort { $0.labels < $1.labels }
  }

  var source: MemorySource {
    var source = MemorySource()
    for one in series {
      for sample in one.samples {
        source.append(one.labels, time: sample.time, value: sample.value)
      }
    }
    return source
  }

  /// Adds a series; a value of nil leaves the time out. A series that does not exist at the start
  /// gets a stale marker there, so that Prometheus numbers its series in the order of their labels
  /// (an instant vector of 2.x comes in that order).
  mutating func add(
    _ name: String, _ labels: [String: String],
    _ value: (Int, inout SeededRandom) -> Double?
  ) {
    var set = LabelSet.empty.setting(LabelSet.nameLabel, to: name)
    for (label, value) in labels { set = set.setting(label, to: value) }
    var samples: [Sample] = []
    for index in 0..<SampleGrid.count {
      let found = value(index, &random) ?? (index == 0 ? StaleMarker.value : nil)
      if let found { samples.append(Sample(time: SampleGrid.time(index), value: found)) }
    }
    series.append(GeneratedSeries(labels: set, samples: samples))
  }

  /// A walk in steps of 1/8 within bounds.
  mutating func addGauge(
    _ name: String, _ labels: [String: String], around middle: Double, by step: Int
  ) {
    var value = middle
    add(name, labels) { _, random in
      value += Double(Int.random(in: -step...step, using: &random)) / 8
      return value
    }
  }

  mutating func addCounter(
    _ name: String, _ labels: [String: String], most: Int, resets: Set<Int> = [],
    exists: @escaping (Int) -> Bool = { _ in true }
  ) {
    var value = 100_000.0
    add(name, labels) { index, random in
      value += Double(Int.random(in: 0...most, using: &random)) / 8
      if resets.contains(index) { value = Double(Int.random(in: 0...most, using: &random)) / 8 }
      return exists(index) ? value : nil
    }
  }

  /// Cumulative buckets of a latency between 0 and 2 s.
  mutating func addHistogram(_ name: String, _ labels: [String: String]) {
    let bounds = ["0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"]
    var counts = [[Double]](repeating: [], count: bounds.count)
    var sums: [Double] = []
    var totals = [Double](repeating: 1_000, count: bounds.count)
    for place in totals.indices { totals[place] = 1_000 * Double(place + 1) }
    var sum = 500.0
    for _ in 0..<SampleGrid.count {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let milliseconds = Int.random(in: 1...2_000, using: &random)
        let seconds = Double(milliseconds * milliseconds) / 2_000_000
        sum += Double(Int(seconds * 8)) / 8
        for place in bounds.indices where seconds <= (Double(bounds[place]) ?? .infinity) {
          totals[place] += 1
        }
      }
      for place in bounds.indices { counts[place].append(totals[place]) }
      sums.append(sum)
    }
    for (place, bound) in bounds.enumerated() {
      let column = counts[place]
      add("\(name)_bucket", labels.merging(["le": bound]) { $1 }) { index, _ in column[index] }
    }
    let all = counts[bounds.count - 1]
    add("\(name)_count", labels) { index, _ in all[index] }
    add("\(name)_sum", labels) { index, _ in sums[index] }
  }
}

extension SampleData {
  private mutating func addDemo() {
    for (number, port) in ["10000", "10001", "10002"].enumerated() {
      let target = ["instance": "demo.promlabs.com:\(port)", "job": "demo"]
      func labels(_ more: [String: String]) -> [String: String] { target.merging(more) { $1 } }

      for (place, type) in ["buffers", "cached", "free", "used"].enumerated() {
        addGauge(
          "demo_memory_usage_bytes", labels(["type": type]),
          around: 1_000_000_000 * Double(place + 1), by: 80_000_000)
      }
      let cpus = Double(number + 2)
      add("demo_num_cpus", target) { _, _ in cpus }
      for mode in ["idle", "system", "user"] {
        addCounter(
          "demo_cpu_usage_seconds_total", labels(["mode": mode]), most: 100,
          resets: number == 1 ? [700, 850] : [])
      }
      addGauge("demo_disk_usage_bytes", target, around: 20_000_000_000, by: 8_000_000)
      add("demo_batch_last_success_timestamp_seconds", target) { index, _ in
        Double(SampleGrid.start / 1_000 + Int64(index / 9 * 63 - number * 100))
      }
      add("demo_intermittent_metric", target) { index, _ in
        (index / 60) % 2 == number % 2 ? Double(index) : nil
      }
      for (method, path, status) in [
        ("GET", "/api/bar", "200"), ("GET", "/api/foo", "500"), ("POST", "/api/bar", "200"),
      ] {
        addHistogram(
          "demo_api_request_duration_seconds",
          labels(["method": method, "path": path, "status": status]))
      }
    }
  }

  private mutating func addServices() {
    for (number, instance) in ["a:1", "b:1", "c:1"].enumerated() {
      for job in ["web", "db"] {
        let target = ["instance": instance, "job": job]
        func labels(_ more: [String: String]) -> [String: String] { target.merging(more) { $1 } }

        for code in ["200", "404", "500"] {
          addCounter(
            "requests_total", labels(["code": code]), most: 40 * (number + 1),
            resets: job == "web" ? [620 + 40 * number, 640, 801] : [])
        }
        addGauge("queue_length", target, around: 40, by: 16)
        for room in ["north", "south"] {
          addGauge("temperature_celsius", labels(["room": room]), around: 2, by: 9)
        }
        add("up", target) { index, random in
          Int.random(in: 0..<20, using: &random) == 0 || index % 97 < 4 ? 0 : 1
        }
        let version = "1.\(number).0"
        add("build_info", labels(["version": version])) { _, _ in 1 }
        addHistogram("latency_seconds", target)
      }
    }
    for (code, limit) in [("200", 1_000.0), ("404", 50), ("500", 8)] {
      add("code_limit", ["code": code]) { _, _ in limit }
    }
  }

  private mutating func addOddities() {
    let specials: [Double] = [.nan, .infinity, -.infinity, -0.0, 0, 1, -1, 2.5, -1024.125]
    for (place, kind) in ["nan", "inf", "neginf", "zero", "mixed"].enumerated() {
      add("odd_values", ["instance": "a:1", "job": "odd", "kind": kind]) { index, random in
        switch kind {
        case "mixed": specials[Int.random(in: 0..<specials.count, using: &random)]
        case "zero": index % 2 == 0 ? 0.0 : -0.0
        default: index % 11 < 6 ? specials[place] : Double(index % 7 - 3)
        }
      }
    }
    for (number, instance) in ["a:1", "b:1", "c:1"].enumerated() {
      // Comes and goes: with a stale marker, with a gap only, and for good.
      add("flaky", ["instance": instance, "job": "web"]) { index, random in
        let phase = (index + 31 * number) % 90
        if phase == 60 { return number == 1 ? nil : StaleMarker.value }
        if phase > 60 && phase < 80 { return nil }
        return Double(Int.random(in: 0...64, using: &random)) / 8
      }
      addCounter(
        "short_lived_total", ["instance": instance, "job": "db"], most: 30,
        exists: { index in (index + 40 * number) % 300 < 200 })
    }
  }
}
