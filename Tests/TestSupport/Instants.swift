package import Signals

extension MonotonicInstant {
  /// An instant so many seconds after the clock's origin.
  package static func at(_ seconds: Double) -> Self { Self(elapsed: .seconds(seconds)) }
}

extension Now {
  /// Both clocks, the wall's origin a round number away.
  package static func at(_ seconds: Double) -> Self {
    Self(
      monotonic: .at(seconds),
      wall: Timestamp(milliseconds: 1_800_000_000_000).advanced(by: .seconds(seconds)))
  }
}
