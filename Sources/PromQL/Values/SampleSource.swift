/// The series that the evaluator reads: one consistent look that does not change while it is used.
public protocol SampleSource {
  /// The series that satisfy all matchers, sorted by their labels, each label set once. Those
  /// without a sample between `from` and `through` may be left out.
  func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList

  /// Appends the samples of a series with `after < time <= through`, stale markers included, in
  /// ascending time. `series` is a handle of a list that `select` returned.
  func read(series: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer)

  /// The same for several series at once, into the buffer at the same index: a source that keeps
  /// its samples by time reads through them once. The buffers are as many as the handles.
  func read(_ handles: [Int], after: Int64, through: Int64, into buffers: inout [SampleBuffer])

  /// Says which set of series there is: as long as two looks have equal versions, the same
  /// matchers select the same handles and labels, whatever the times. `nil`: do not remember.
  var seriesVersion: UInt64? { get }

  /// The same for what these matchers select: it may stay while other series come and go.
  func seriesVersion(of matchers: [Matcher]) -> UInt64?

  /// The fast path of instant selectors: the newest sample with `after < time <= through` of each
  /// handle into `times` and `values` (both as long as `handles`); the stale marker where there is
  /// none or where it is the newest. False when the source keeps no columns: nothing was written.
  func latest(
    _ handles: [Int], after: Int64, through: Int64, times: inout [Int64], values: inout [Double]
  ) -> Bool

  /// The fast path of `rate`, `increase` and `delta`: what they need of each window
  /// `after < time <= through`. False when the source keeps no columns: nothing was written.
  func ends(_ handles: [Int], after: Int64, through: Int64, into ends: inout [WindowEnds]) -> Bool

  /// The fast path of functions that take the samples of a window one after the other: visits those
  /// with `after < time <= through`, of each series in ascending time. `places` are indexes of
  /// `handles`, `values` a sample of each; the stale marker where there is none. False when the
  /// source keeps no columns: nothing was visited.
  func forEachColumn(
    of handles: [Int], after: Int64, through: Int64,
    _ visit: (_ places: Span<Int>, _ values: Span<Double>) -> Void
  ) -> Bool
}

extension SampleSource {
  public func read(
    _ handles: [Int], after: Int64, through: Int64, into buffers: inout [SampleBuffer]
  ) {
    for (index, handle) in handles.enumerated() where index < buffers.count {
      read(series: handle, after: after, through: through, into: &buffers[index])
    }
  }

  public var seriesVersion: UInt64? { nil }

  public func seriesVersion(of matchers: [Matcher]) -> UInt64? { seriesVersion }

  public func latest(
    _ handles: [Int], after: Int64, through: Int64, times: inout [Int64], values: inout [Double]
  ) -> Bool { false }

  public func ends(
    _ handles: [Int], after: Int64, through: Int64, into ends: inout [WindowEnds]
  ) -> Bool { false }

  public func forEachColumn(
    of handles: [Int], after: Int64, through: Int64,
    _ visit: (_ places: Span<Int>, _ values: Span<Double>) -> Void
  ) -> Bool { false }
}

/// Series that a source selected.
public struct SeriesList: Sendable {
  /// Sorted.
  public var labels: [LabelSet]
  /// The source's own number of each series.
  public var handles: [Int]

  public init(labels: [LabelSet] = [], handles: [Int] = []) {
    self.labels = labels
    self.handles = handles
  }

  public var count: Int { handles.count }
}

/// What `rate`, `increase` and `delta` need of a window; stale markers do not count.
public struct WindowEnds: Sendable {
  public var count = 0
  public var firstTime: Int64 = 0
  public var lastTime: Int64 = 0
  public var first = 0.0
  public var last = 0.0
  /// The sum of the values before each decrease: what a counter lost by its resets.
  public var lost = 0.0

  public init() {}
}
