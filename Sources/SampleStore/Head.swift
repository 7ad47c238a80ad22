package import PromQL
package import Signals

/// Samples by time, in memory: what the agent's rules and queries read.
///
/// One owner appends; readers are given snapshots. Both are values, and what an append changes is
/// small, so neither waits for the other.
package struct Head: Sendable {
  package struct Limits: Sendable, Equatable {
    /// How far back samples are kept, in milliseconds.
    package var retention: Int64 = 2 * 3_600_000
    package var series = 500_000
    package var groups = 10_000
    /// Estimated memory of everything; beyond it the oldest samples go first.
    package var bytes = 256 << 20

    package init() {}
  }

  package internal(set) var limits: Limits
  var groups: [SampleGroup] = []
  private var numbers: [String: Int] = [:]
  /// The groups that have, or had, series of a metric: where a series may be already.
  private var owners: [String: [Int]] = [:]
  private var symbols = Symbols()
  /// Series that have gone since the symbols were last collected.
  private var forgotten = 0
  var version: UInt64 = 0
  package internal(set) var figures = HeadFigures()
  /// What has happened since it was last taken; empty without persistence.
  private var records: [SampleRecord] = []
  private let isRecorded: Bool

  /// `isRecorded`: appends leave records, which must be taken.
  package init(limits: Limits = Limits(), isRecorded: Bool = false) {
    self.limits = limits
    self.isRecorded = isRecorded
  }

  /// Takes effect at the next `truncate`.
  package mutating func setRetention(milliseconds: Int64) { limits.retention = milliseconds }

  /// Counts samples that did not even come to be appended.
  package mutating func countDropped(_ reason: SampleDropReason, _ samples: Int) {
    figures.drop(reason, samples)
  }

  package var snapshot: HeadSnapshot {
    HeadSnapshot(groups: groups, owners: owners, version: version)
  }

  /// The part of the memory that grows with the samples.
  package var blockBytes: Int { groups.reduce(0) { $0 + $1.blockBytes } }

  package var hasRecords: Bool { !records.isEmpty }

  /// What must be stored of the appends since the last call.
  package mutating func takeRecords() -> [SampleRecord] {
    defer { records = [] }
    return records
  }

  mutating func record(_ record: SampleRecord) {
    if isRecorded { records.append(record) }
  }
}

// MARK: - Groups and rows

extension Head {
  /// The number of the group of this name, which is made when there is none. Series of a group are
  /// always appended together. `nil` beyond the limit.
  package mutating func group(_ name: String) -> Int? {
    if let number = numbers[name] { return number }
    guard groups.count < limits.groups else { return nil }
    groups.append(SampleGroup(name: name))
    numbers[name] = groups.count - 1
    record(.group(id: groups.count - 1, name: name))
    return groups.count - 1
  }

  /// The row of the series, which is made when there is none. `nil` when another group has it or
  /// there are too many. A row is good as long as `removals` of its group stays.
  package mutating func row(of labels: LabelSet, in group: Int) -> Int? {
    guard groups.indices.contains(group) else { return nil }
    if let row = groups[group].index.row(of: labels) { return row }
    let name = labels.metricName ?? ""
    guard figures.series < limits.series,
      !owners[name, default: []].contains(where: { groups[$0].index.row(of: labels) != nil })
    else { return nil }
    own(name, by: group)
    // The record waits for the journal, and many at once should not keep strings of their own.
    let labels = symbols.sharing(labels)
    let row = groups[group].index.add(labels)
    groups[group].began(row)
    changeSeries(of: group)
    figures.series += 1
    record(.series(group: group, row: row, labels))
    return row
  }

  /// How often rows of the group were freed.
  package func removals(of group: Int) -> Int {
    groups.indices.contains(group) ? groups[group].removals : 0
  }

  /// How long a column of the group is.
  package func rows(of group: Int) -> Int {
    groups.indices.contains(group) ? groups[group].index.labels.count : 0
  }

  /// The group's rows with this value of the label.
  package func rows(of group: Int, where name: String, is value: String) -> [Int] {
    guard groups.indices.contains(group) else { return [] }
    return groups[group].index.rows(where: name, is: value).map(Int.init)
  }

  /// What the row holds at its group's newest instant.
  package func newest(_ row: Int, in group: Int) -> UInt64 {
    groups.indices.contains(group) ? groups[group].newest(row) : Cell.absent
  }

  /// Whether the row's series has a sample at its group's newest instant.
  package func hasSample(_ row: Int, in group: Int) -> Bool {
    Cell.isSample(newest(row, in: group))
  }

  /// The newest instant of the group; `Int64.min` without samples.
  package func newestTime(of group: Int) -> Int64 {
    groups.indices.contains(group) ? groups[group].newestTime : .min
  }

  /// Takes the series of a stored group over; false when that cannot be.
  mutating func restore(_ labels: LabelSet, at row: Int, in group: Int) -> Bool {
    guard groups.indices.contains(group), (0..<limits.series).contains(row),
      figures.series < limits.series,
      groups[group].index.restore(symbols.sharing(labels), at: row)
    else { return false }
    own(labels.metricName ?? "", by: group)
    changeSeries(of: group)
    figures.series += 1
    return true
  }

  private mutating func changeSeries(of group: Int) {
    version += 1
    groups[group].seriesVersion = version
  }

  private mutating func own(_ name: String, by group: Int) {
    if owners[name]?.last != group, !owners[name, default: []].contains(group) {
      owners[name, default: []].append(group)
    }
  }

  /// Takes the number of a stored group over; numbers that were passed over stay without a name.
  mutating func restore(group name: String, at number: Int) -> Bool {
    guard (0..<limits.groups).contains(number), numbers[name] == nil else { return false }
    while groups.count <= number { groups.append(SampleGroup(name: "")) }
    guard groups[number].name.isEmpty else { return false }
    groups[number] = SampleGroup(name: name)
    numbers[name] = number
    return true
  }
}

// MARK: - Appending

extension Head {
  /// Appends a sample of every series of the group; a series that had one and has none now ends
  /// with a stale marker.
  ///
  /// The column has a `Cell` for each row; rows beyond its end have no sample. False when the time
  /// is not later than the newest one: nothing was appended.
  @discardableResult
  package mutating func append(_ column: Column, at time: Int64, to group: Int) -> Bool {
    guard groups.indices.contains(group) else { return false }
    guard time > groups[group].newestTime, column.count <= groups[group].index.labels.count else {
      figures.drop(.outOfOrder, column.count { $0 != Cell.absent })
      return false
    }
    add(groups[group].append(column, at: time), in: group)
    return true
  }

  /// Appends samples of some series of a group between two appends of all.
  ///
  /// What is not later than the newest instant of all, or than the series' own, is dropped.
  package mutating func append(
    _ samples: [(row: Int, bits: UInt64)], between time: Int64, in group: Int
  ) {
    guard groups.indices.contains(group) else { return }
    let fit = groups[group].fitting(samples, at: time)
    figures.drop(.outOfOrder, samples.count - fit.count)
    if !fit.isEmpty { add(groups[group].append(fit, between: time), in: group) }
  }

  private mutating func add(_ placed: PlacedPiece, in group: Int) {
    figures.appended += UInt64(placed.samples)
    record(.piece(group: group, block: placed.block, place: placed.place, placed.piece))
  }
}

// MARK: - Bounds

extension Head {
  /// Drops what is older than the retention and what is too much, and frees series that have no
  /// sample left. To be called after each round of appends.
  package mutating func truncate(at now: Int64) {
    let cutoff = now.subtractingReportingOverflow(limits.retention)
    for number in groups.indices where !cutoff.overflow {
      drop(from: number, while: { $0.oldestBlockEnd < cutoff.partialValue })
    }
    var sizes = groups.map(\.bytes)
    var total = sizes.reduce(0, +)
    while total > limits.bytes {
      let oldest = groups.indices.filter { groups[$0].blocks > 0 }
        .min { groups[$0].oldestTime < groups[$1].oldestTime }
      guard let oldest else { break }
      var hasDropped = false
      let samples = drop(from: oldest) { _ in
        defer { hasDropped = true }
        return !hasDropped
      }
      figures.drop(.memory, samples)
      total -= sizes[oldest]
      sizes[oldest] = groups[oldest].bytes
      total += sizes[oldest]
    }
    figures.bytes = total
    collectSymbols()
  }

  @discardableResult
  private mutating func drop(from number: Int, while isToGo: (SampleGroup) -> Bool) -> Int {
    var samples = 0
    var hasDropped = false
    while groups[number].blocks > 0, isToGo(groups[number]) {
      samples += groups[number].dropOldest()
      hasDropped = true
    }
    guard hasDropped else { return 0 }
    record(.dropped(group: number, before: groups[number].oldestBlock))
    let freed = groups[number].freeRows()
    for row in freed { record(.removed(group: number, row: row)) }
    figures.series -= freed.count
    forgotten += freed.count
    if !freed.isEmpty { changeSeries(of: number) }
    return samples
  }

  /// Strings of series that have gone are let go when they may be as many as those in use.
  private mutating func collectSymbols() {
    guard forgotten > 1000 + figures.series else { return }
    forgotten = 0
    var fresh = Symbols()
    for group in groups {
      for case let labels? in group.index.labels { _ = fresh.sharing(labels) }
    }
    symbols = fresh
  }

  /// How far behind its newest sample the clock may be before the samples give way.
  static let clockSlack: Int64 = 60_000

  /// When the clock was set back, drops what is later than `now`: nothing could be appended until
  /// the clock has caught up. To be called before a round of appends.
  package mutating func rewind(to now: Int64) {
    for number in groups.indices
    where groups[number].newestTime > now.addingSaturating(Self.clockSlack) {
      figures.drop(.outOfOrder, groups[number].rewind(to: now))
      record(.rewound(group: number, from: groups[number].nextBlock))
    }
  }

  /// After records were lost: the next appends begin blocks, and the records say again what series
  /// there are.
  package mutating func restartRecords() {
    guard isRecorded else { return }
    records = [.restarted]
    for number in groups.indices {
      groups[number].startBlock()
      records.append(.group(id: number, name: groups[number].name))
      for (row, labels) in groups[number].index.labels.enumerated() {
        if let labels { records.append(.series(group: number, row: row, labels)) }
      }
      records.append(.dropped(group: number, before: groups[number].oldestBlock))
      records.append(.rewound(group: number, from: groups[number].nextBlock))
    }
  }
}

extension SampleGroup {
  fileprivate var oldestBlockEnd: Int64 { block(0).lastTime }
}
