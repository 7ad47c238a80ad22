import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

/// A head and an oracle that are given the same samples.
struct Twins {
  var head: Head
  var oracle = MemorySource()
  /// The series of each group by number, and whether each had a sample last.
  private(set) var groups: [[LabelSet]] = []
  private(set) var instants: [Int64] = []
  private var living: [LabelSet: Bool] = [:]
  private var values: [LabelSet: Double] = [:]
  /// Groups that have had no append of all since a restart: ends are not known then.
  private var resumed: Set<Int> = []
  private var random: SeededRandom
  private var now: Int64 = 1_800_000_000_000

  init(seed: UInt64, limits: Head.Limits = .init(), isRecorded: Bool = false) {
    head = Head(limits: limits, isRecorded: isRecorded)
    random = SeededRandom(seed: seed)
  }

  static func labels(group: Int, number: Int) -> LabelSet {
    LabelSet([
      Label(name: "__name__", value: "metric_\(group)"),
      Label(name: "mcp", value: "mcp-\(number % 7)"),
      Label(name: "state", value: ["open", "closed", ""][number % 3]),
      Label(name: "number", value: "\(number)"),
    ])
  }

  mutating func addGroup(series: Int) throws {
    let number = groups.count
    let made = head.group("group \(number)")
    let group = try #require(made)
    groups.append((0..<series).map { Self.labels(group: group, number: $0) })
  }

  /// A round of appends: mostly one of all series of a group, now and then one of some.
  mutating func step() {
    now += Int64.random(in: 1...3, using: &random) * 500
    instants.append(now)
    for group in groups.indices {
      if Int.random(in: 0..<5, using: &random) == 0 { appendSome(group) } else { appendAll(group) }
    }
  }

  private mutating func appendAll(_ group: Int) {
    var column = Column(repeating: Cell.absent, count: head.rows(of: group))
    for labels in groups[group] {
      let comesOrGoes = Int.random(in: 0..<60, using: &random) == 0
      let lives = (living[labels] ?? startsAlive(labels)) != comesOrGoes
      if living[labels] == true, !lives, !resumed.contains(group) {
        oracle.append(labels, time: now, value: StaleMarker.value)
      }
      living[labels] = lives
      // A row may be taken before it has a sample.
      if Int.random(in: 0..<40, using: &random) == 0 { _ = head.row(of: labels, in: group) }
      guard lives, let row = head.row(of: labels, in: group) else { continue }
      while column.count <= row { column.append(Cell.absent) }
      let value = next(labels)
      column[row] = Cell.bits(of: value)
      oracle.append(labels, time: now, value: value)
    }
    resumed.remove(group)
    let isAppended = head.append(column, at: now, to: group)
    #expect(isAppended)
  }

  /// Some series come only later.
  private func startsAlive(_ labels: LabelSet) -> Bool {
    labels["number"].map { !$0.hasSuffix("5") } ?? true
  }

  private mutating func appendSome(_ group: Int) {
    var samples: [(row: Int, bits: UInt64)] = []
    for labels in groups[group] where Int.random(in: 0..<4, using: &random) == 0 {
      guard let row = head.row(of: labels, in: group) else { continue }
      let ends = living[labels] == true && Int.random(in: 0..<6, using: &random) == 0
      let value = ends ? StaleMarker.value : next(labels)
      living[labels] = !ends
      samples.append((row, Cell.bits(of: value)))
      oracle.append(labels, time: now, value: value)
    }
    head.append(samples.reversed(), between: now, in: group)
  }

  /// Counters with resets, short decimals, and whatever a double can be.
  private mutating func next(_ labels: LabelSet) -> Double {
    let old = values[labels] ?? 0
    let value: Double =
      switch Int.random(in: 0..<14, using: &random) {
      case 0..<6: old
      case 6..<9: old + Double(Int.random(in: 1...9, using: &random))
      case 9: (old / 2).rounded()
      case 10: Double(Int.random(in: -99_999...99_999, using: &random)) / 1000
      case 11: Double(Int64.random(in: 0...9_000_000_000_000_000, using: &random)) / 1e6
      case 12: Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))
      default:
        [
          .nan, .infinity, -.infinity, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0.1,
          1e300,
        ][
          Int.random(in: 0..<8, using: &random)]
      }
    // The next value of a counter that was odd once starts anew.
    values[labels] = value.magnitude < 1e12 ? value : 0
    return value.bitPattern == Cell.absent || value.isStaleMarker ? 1 : value
  }

  /// The agent starts again from what was stored.
  mutating func restart(_ restored: Head) {
    head = restored
    resumed = Set(groups.indices)
  }

  mutating func randomWindow() -> (after: Int64, through: Int64) {
    let base = instants.randomElement(using: &random) ?? 0
    let length = [0, 1, 700, 5000, 60_000, 300_000, 3_600_000].randomElement(using: &random) ?? 0
    let through = base + Int64.random(in: -2...2, using: &random)
    return (through - Int64(length), through)
  }
}
