import Agent
import Signals
import Synchronization
import Threading

/// The token bucket of `rate_limit`, over all peers.
final class RateLimiter: Sendable {
  private struct State {
    var limit: WebConfig.RateLimit?
    var tokens = 0.0
    var at = SystemClock.monotonic
  }

  private let state = Mutex(State())

  /// Whether one more request may pass now. Another limit begins with a full bucket.
  func allows(under limit: WebConfig.RateLimit?) -> Bool {
    guard let limit else { return true }
    return state.withLock { state in
      let now = SystemClock.monotonic
      if state.limit != limit {
        (state.limit, state.tokens) = (limit, Double(limit.burst))
      } else {
        let gained = state.at.duration(to: now) / limit.interval
        state.tokens = min(Double(limit.burst), state.tokens + gained)
      }
      state.at = now
      guard state.tokens >= 1 else { return false }
      state.tokens -= 1
      return true
    }
  }
}
