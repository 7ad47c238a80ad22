import Agent
import PromQL
import SampleStore
import Signals

/// Where the samples of one group of the head come from, and which row each has.
///
/// From one append to the next the same samples come in the same order, so their rows are looked up
/// once: what is compared then are labels that share their memory.
struct GroupFeed {
  /// What a unit's samples have in common.
  struct Unit {
    /// The family's name.
    var name: String
    /// The labels of its series but for the last one, rendered.
    var labels: [UInt8]
  }

  private struct Key {
    var suffix: SampleSuffix
    var label: [UInt8]
  }

  private var labels: [[UInt8]] = []
  private var ends: [Int] = []
  private var keys: [Key] = []
  /// -1: there is no room for the series.
  private var rows: [Int32] = []
  private var removals = 0

  /// The column to append to `group`; `unit` says what a unit's samples are called.
  mutating func column(
    _ collected: CatalogueSamples, units: Int, to head: inout Head, group: Int,
    _ unit: (Int) -> Unit
  ) -> Column {
    let areRowsGood = removals == head.removals(of: group)
    if !areRowsGood || !isSame(collected, units: units, unit) {
      rebuild(collected, units: units, &head, group, isKept: areRowsGood, unit)
      removals = head.removals(of: group)
    }
    var column = Column(repeating: Cell.absent, count: head.rows(of: group))
    var missing = 0
    for (sample, row) in zip(collected.samples, rows) {
      let row = Int(row)
      if column.indices.contains(row) {
        column[row] = Cell.bits(of: sample.value.double)
      } else {
        missing += 1
      }
    }
    if missing > 0 { head.countDropped(.series, missing) }
    return column
  }

  private func isSame(
    _ collected: CatalogueSamples, units: Int, _ unit: (Int) -> Unit
  ) -> Bool {
    guard ends == collected.ends, labels.count == units else { return false }
    for index in 0..<units where unit(index).labels != labels[index] { return false }
    for (sample, key) in zip(collected.samples, keys)
    where sample.suffix != key.suffix || sample.label != key.label {
      return false
    }
    return true
  }

  private mutating func rebuild(
    _ collected: CatalogueSamples, units: Int, _ head: inout Head, _ group: Int, isKept: Bool,
    _ unit: (Int) -> Unit
  ) {
    var fresh = GroupFeed()
    for index in 0..<units {
      let unit = unit(index)
      let range = collected.range(index)
      let old = index < ends.count ? (index == 0 ? 0 : ends[index - 1])..<ends[index] : 0..<0
      let isKept =
        isKept && index < labels.count && labels[index] == unit.labels && old.count == range.count
        && zip(collected.samples[range], keys[old]).allSatisfy {
          $0.suffix == $1.suffix && $0.label == $1.label
        }
      if isKept {
        fresh.rows.append(contentsOf: rows[old])
      } else {
        for sample in collected.samples[range] {
          let labels = Self.labels(sample, of: unit)
          let row = labels.flatMap { head.row(of: $0, in: group) }
          fresh.rows.append(row.map { Int32(clamping: $0) } ?? -1)
        }
      }
      fresh.labels.append(unit.labels)
      fresh.keys.append(
        contentsOf: collected.samples[range].map { Key(suffix: $0.suffix, label: $0.label) })
    }
    fresh.ends = collected.ends
    self = fresh
  }

  /// The labels under which a scrape of the page would keep the sample.
  static func labels(_ sample: CollectedSample, of unit: Unit) -> LabelSet? {
    guard let common = ExpositionText.labels(unit.labels),
      let last = ExpositionText.labels(sample.label)
    else { return nil }
    let name = Label(name: LabelSet.nameLabel, value: unit.name + sample.suffix.rawValue)
    return LabelSet([name] + common + last)
  }
}
