package import PromQL

/// A look at the samples at one instant: a value that later appends do not change.
///
/// The evaluator reads it on its own thread while the writer goes on. Taking one copies a few
/// references.
package struct HeadSnapshot: SampleSource, Sendable {
  let groups: [SampleGroup]
  /// The groups that have, or had, series of a metric.
  private let owners: [String: [Int]]
  package let seriesVersion: UInt64?

  init(groups: [SampleGroup], owners: [String: [Int]], version: UInt64) {
    self.groups = groups
    self.owners = owners
    seriesVersion = version
  }

  /// Versions only grow, over all groups: the newest of the groups in question tells.
  package func seriesVersion(of matchers: [Matcher]) -> UInt64? {
    guard let names = matchers.metricNames else { return seriesVersion }
    return names.reduce(0) { newest, name in
      (owners[name] ?? []).reduce(newest) { max($0, groups[$1].seriesVersion) }
    }
  }

  /// Series by time are not told apart: which there are depends on `seriesVersion` alone.
  package func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList {
    let numbers = matchers.metricNames.map { names in
      Set(names.flatMap { owners[$0] ?? [] }).sorted()
    }
    var parts: [SeriesList] = []
    for number in numbers ?? Array(groups.indices) {
      let group = groups[number]
      var part = SeriesList()
      for row in group.index.select(matchers) {
        guard let labels = group.index.labels[row] else { continue }
        part.labels.append(labels)
        part.handles.append(Self.handle(number, row))
      }
      if part.count > 0 { parts.append(part) }
    }
    return Self.merged(parts)
  }

  package func read(
    series: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer
  ) {
    guard after < through, let (group, row) = place(of: series) else { return }
    groups[group].read(row, in: Window(after: after, through: through), into: &buffer)
  }

  package func read(
    _ handles: [Int], after: Int64, through: Int64, into buffers: inout [SampleBuffer]
  ) {
    guard after < through, buffers.count >= handles.count else { return }
    forEachGroup(handles) { group, asked in
      group.read(asked, in: Window(after: after, through: through), into: &buffers)
    }
  }

  package func latest(
    _ handles: [Int], after: Int64, through: Int64, times: inout [Int64], values: inout [Double]
  ) -> Bool {
    times = [Int64](repeating: .min, count: handles.count)
    values = [Double](repeating: StaleMarker.value, count: handles.count)
    guard after < through else { return true }
    forEachGroup(handles) { group, asked in
      group.latest(
        asked, in: Window(after: after, through: through), times: &times, values: &values)
    }
    return true
  }

  package func ends(
    _ handles: [Int], after: Int64, through: Int64, into ends: inout [WindowEnds]
  ) -> Bool {
    ends = [WindowEnds](repeating: WindowEnds(), count: handles.count)
    guard after < through else { return true }
    forEachGroup(handles) { group, asked in
      group.ends(asked, in: Window(after: after, through: through), into: &ends)
    }
    return true
  }

  package func forEachColumn(
    of handles: [Int], after: Int64, through: Int64,
    _ visit: (_ places: Span<Int>, _ values: Span<Double>) -> Void
  ) -> Bool {
    guard after < through else { return true }
    forEachGroup(handles) { group, asked in
      group.forEachColumn(asked, in: Window(after: after, through: through), visit)
    }
    return true
  }
}

extension HeadSnapshot {
  private static func handle(_ group: Int, _ row: Int) -> Int { group << 32 | row }

  private func place(of handle: Int) -> (group: Int, row: Int)? {
    guard handle >= 0, handle >> 32 < groups.count else { return nil }
    return (handle >> 32, handle & 0xffff_ffff)
  }

  private func forEachGroup(_ handles: [Int], _ body: (SampleGroup, [Asked]) -> Void) {
    var asked: [Int: [Asked]] = [:]
    var current = -1
    var run: [Asked] = []
    for (index, handle) in handles.enumerated() {
      guard let (group, row) = place(of: handle) else { continue }
      if group != current {
        if !run.isEmpty { asked[current, default: []].append(contentsOf: run) }
        run = []
        current = group
      }
      run.append(Asked(place: index, row: row))
    }
    if asked.isEmpty {
      if !run.isEmpty { body(groups[current], run) }
      return
    }
    asked[current, default: []].append(contentsOf: run)
    for (group, asked) in asked { body(groups[group], asked) }
  }

  /// Groups mostly hold one metric each, so that their lists follow one upon the other.
  private static func merged(_ parts: [SeriesList]) -> SeriesList {
    let parts = parts.sorted { $0.labels[0] < $1.labels[0] }
    var all = SeriesList()
    var isSorted = true
    for part in parts {
      if let last = all.labels.last, let next = part.labels.first, next < last { isSorted = false }
      all.labels.append(contentsOf: part.labels)
      all.handles.append(contentsOf: part.handles)
    }
    if isSorted { return all }
    let order = all.labels.indices.sorted { all.labels[$0] < all.labels[$1] }
    return SeriesList(labels: order.map { all.labels[$0] }, handles: order.map { all.handles[$0] })
  }
}
