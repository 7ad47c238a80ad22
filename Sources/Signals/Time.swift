/// An instant of a clock that never jumps: good for delays and deadlines, meaningless to a person.
///
/// Whole nanoseconds from an origin that is fixed for the life of a process (CLOCK_MONOTONIC's), so
/// that an instant and the wake that is asked for it are the same number.
package struct MonotonicInstant: InstantProtocol, Hashable, Sendable {
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Cut to whole nanoseconds.
  package init(elapsed: Duration) { nanoseconds = elapsed.wholeNanoseconds }

  package var elapsed: Duration { .nanoseconds(nanoseconds) }

  package func advanced(by duration: Duration) -> Self {
    Self(nanoseconds: nanoseconds.addingSaturating(duration.wholeNanoseconds))
  }
  package func duration(to other: Self) -> Duration {
    .nanoseconds(other.nanoseconds.subtractingSaturating(nanoseconds))
  }
  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
}

/// A wall-clock instant: milliseconds since the Unix epoch, as Prometheus counts them.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package func advanced(by duration: Duration) -> Self {
    Self(milliseconds: milliseconds.addingSaturating(duration.wholeMilliseconds))
  }
  /// How long after `self` the other instant is; negative when it is before.
  package func duration(to other: Self) -> Duration {
    .milliseconds(other.milliseconds.subtractingSaturating(milliseconds))
  }
  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.milliseconds < rhs.milliseconds }
}

/// The two readings that every step is given: one `now` an event, nothing below reads a clock.
package struct Now: Hashable, Sendable {
  package var monotonic: MonotonicInstant
  package var wall: Timestamp

  package init(monotonic: MonotonicInstant, wall: Timestamp) {
    self.monotonic = monotonic
    self.wall = wall
  }
}

extension Duration {
  /// Whole milliseconds, cut towards zero; saturates at the ends of Int64.
  package var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingSaturating(attoseconds / 1_000_000_000_000_000)
  }

  /// Whole microseconds, cut towards zero; saturates at the ends of Int64.
  package var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingSaturating(attoseconds / 1_000_000_000_000)
  }

  /// Whole nanoseconds, cut towards zero; saturates at the ends of Int64 (292 years).
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.addingSaturating(attoseconds / 1_000_000_000)
  }

  /// Seconds as a Double, for showing.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }

  /// The duration times `factor`, or `limit` when that is smaller (or not a number).
  package func multiplied(by factor: Double, atMost limit: Duration) -> Duration {
    let seconds = inSeconds * factor
    return seconds < limit.inSeconds ? .seconds(seconds) : limit
  }
}

extension FixedWidthInteger {
  /// The sum, or the end of the range it would have left.
  package func addingSaturating(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
  /// The difference, or the end of the range it would have left.
  package func subtractingSaturating(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
