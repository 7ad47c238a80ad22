package import Signals

/// The instants at which a group is evaluated: every interval, shifted by a hash of its name, so
/// that groups are spread over time and a restart finds the same instants.
package struct GroupSlots: Equatable, Sendable {
  /// In milliseconds.
  package let interval: Int64
  package let shift: Int64

  package init(group key: String, interval: Duration) {
    self.interval = max(1, interval.wholeMilliseconds)
    shift = Int64(StableHash(of: key).mixed % UInt64(self.interval))
  }

  /// The last slot that is not later than `time`.
  package func last(at time: Timestamp) -> Timestamp {
    let (shifted, overflow) = time.milliseconds.subtractingReportingOverflow(shift)
    guard !overflow else { return time }
    let into = ((shifted % interval) + interval) % interval
    return Timestamp(milliseconds: time.milliseconds.subtractingSaturating(into))
  }

  package func next(after time: Timestamp) -> Timestamp {
    Timestamp(milliseconds: last(at: time).milliseconds.addingSaturating(interval))
  }
}
