import Signals

/// Pauses between tries that fail: each twice the one before, up to a bound, and a fifth of it
/// shorter at random, so that agents that lost one server do not come back together.
struct Pause: Sendable {
  let first: Duration
  let longest: Duration
  private var next: Duration

  init(from first: Duration, to longest: Duration) {
    self.first = first
    self.longest = longest
    next = first
  }

  /// `spread`: 0 to 1.
  mutating func take(spread: Double) -> Duration {
    defer { next = min(next * 2, longest) }
    return next.multiplied(by: 1 - 0.2 * spread, atMost: longest)
  }

  mutating func reset() { next = first }
}
