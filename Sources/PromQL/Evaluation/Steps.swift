import Signals

/// The instants at which a query is evaluated, in milliseconds: one for an instant query.
struct Steps: Equatable {
  let start: Int64
  /// Positive, unless there is one step only.
  let interval: Int64
  let count: Int

  init(at time: Int64) {
    start = time
    interval = 0
    count = 1
  }

  /// `start`, `start + interval`, … up to `end`; none when `end` is before `start`.
  /// `nil` when there would be more than `limit`.
  init?(from start: Int64, through end: Int64, interval: Int64, limit: Int) {
    self.start = start
    self.interval = interval
    guard end >= start else {
      count = 0
      return
    }
    let (span, overflow) = end.subtractingReportingOverflow(start)
    guard !overflow, interval > 0, span / interval < Int64(limit) else { return nil }
    count = Int(span / interval) + 1
  }

  /// The instant of a step; cannot overflow, since it is at most the end.
  subscript(step: Int) -> Int64 { start + Int64(step) * interval }

  var last: Int64 { self[max(0, count - 1)] }
  var isInstant: Bool { count == 1 }
}
