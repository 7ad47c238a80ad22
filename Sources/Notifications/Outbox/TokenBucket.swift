import Signals

/// How often something may be sent: so many a second in the long run, so many at once.
package struct SendRate: Equatable, Sendable {
  package var perSecond: Double
  package var burst: Double

  package init(perSecond: Double, burst: Double) {
    self.perSecond = perSecond
    self.burst = burst
  }
}

/// What is left of a rate.
struct TokenBucket: Sendable {
  private let rate: SendRate
  private var tokens: Double
  private var filledAt: MonotonicInstant

  init(_ rate: SendRate, at now: MonotonicInstant) {
    self.rate = rate
    tokens = rate.burst
    filledAt = now
  }

  /// Takes a token; else says when there will be one.
  mutating func take(at now: MonotonicInstant) -> MonotonicInstant? {
    let passed = max(0, filledAt.duration(to: now).inSeconds)
    tokens = min(rate.burst, tokens + passed * rate.perSecond)
    filledAt = max(filledAt, now)
    guard tokens < 1 else {
      tokens -= 1
      return nil
    }
    // Rounded up, so that the token is there by then.
    let wait = (1 - tokens) / max(rate.perSecond, 0.001)
    return now.advanced(by: .milliseconds(Int64((wait * 1000).rounded(.up)) + 1))
  }
}
