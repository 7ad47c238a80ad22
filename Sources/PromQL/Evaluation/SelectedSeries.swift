import Signals

/// The series of a selector, and the time it looks at: matchers, `offset` and `@`.
final class SelectedSeries {
  let matchers: [Matcher]
  private let offset: Int64
  private let at: AtModifier?
  private var remembered: (version: UInt64, table: SeriesTable, handles: [Int])?

  init(_ selector: VectorSelector) {
    matchers = selector.matchers
    offset = selector.offset?.milliseconds ?? 0
    at = selector.at
  }

  /// The value of the name matcher, for annotations; empty when there is none.
  var metricName: String {
    matchers.first { $0.label == LabelSet.nameLabel && $0.op == .equal }?.value ?? ""
  }

  /// The instant that is looked at when the query is evaluated at `time`.
  func reference(_ time: Int64, _ context: EvaluationContext) -> Int64 {
    context.fixed(time, at: at).subtractingSaturating(offset)
  }

  /// The series, the same table as long as the source has the same series.
  func select(
    _ context: EvaluationContext, from: Int64, through: Int64
  ) -> (table: SeriesTable, handles: [Int]) {
    let version = context.source.seriesVersion(of: matchers)
    if let remembered, remembered.version == version {
      return (remembered.table, remembered.handles)
    }
    let list = context.source.select(matchers, from: from, through: through)
    let table = SeriesTable(list.labels, areUnique: true)
    remembered = version.map { ($0, table, list.handles) }
    return (table, list.handles)
  }
}

extension EvaluationContext {
  /// `time`, or what `@` fixes it to.
  func fixed(_ time: Int64, at modifier: AtModifier?) -> Int64 {
    switch modifier {
    case nil: time
    case .time(let fixed): fixed
    case .start: start
    case .end: end
    }
  }

  /// Reads many series in portions, so that a source reads through its blocks a few times only
  /// and few samples are held; stale markers are left out.
  func read(
    _ handles: [Int], after: Int64, through: Int64, keepingStaleMarkers: Bool = false,
    _ body: (_ row: Int, _ samples: SampleBuffer) throws(QueryError) -> Void
  ) throws(QueryError) {
    var buffers: [SampleBuffer] = []
    var first = 0
    while first < handles.count {
      let portion = Array(handles[first..<min(first + Self.portion, handles.count)])
      while buffers.count < portion.count { buffers.append(SampleBuffer()) }
      if buffers.count > portion.count { buffers.removeLast(buffers.count - portion.count) }
      for index in buffers.indices { buffers[index].removeAll() }
      source.read(portion, after: after, through: through, into: &buffers)
      let held = buffers.reduce(0) { $0 + $1.count }
      try take(held)
      for index in buffers.indices {
        try checkTime()
        if !keepingStaleMarkers { buffers[index].removeStaleMarkers() }
        try body(first + index, buffers[index])
      }
      give(held)
      first += portion.count
    }
  }

  private static let portion = 128
}

extension SampleBuffer {
  mutating func removeStaleMarkers() {
    guard let first = values.firstIndex(where: \.isStaleMarker) else { return }
    var kept = first
    for index in first..<values.count where !values[index].isStaleMarker {
      values[kept] = values[index]
      times[kept] = times[index]
      kept += 1
    }
    values.removeLast(values.count - kept)
    times.removeLast(times.count - kept)
  }
}
