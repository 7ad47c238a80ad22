import Signals


extension Breaker {
  /// `circuit_breaker` of CONTRACT.md 2, with its defaults. ConfigFile checks the ranges.
  package struct Settings: Equatable, Sendable {
    package var enabled = true
    /// Failures in a row that open the circuit; at least 1.
    package var failureThreshold = 5
    /// First wait; positive.
    package var recoveryTimeout: Duration = .seconds(30)
    package var backoff = Backoff()
    /// Failed trials of one half-open phase that open the circuit again; at least 1.
    package var halfOpenMaxCalls = 1
    /// Successes in a row in half-open that close the circuit; at least 1.
    package var successThreshold = 1
    /// Openings that disable the MCP; 0 is never.
    package var maxFailureCycles = 0
    /// Being up for this long forgets the openings.
    package var healthyPeriod: Duration = .seconds(3600)

    package init() {}
  }

  package struct Backoff: Equatable, Sendable {
    /// At least 1.
    package var multiplier: Double = 2
    /// Longest wait; at least `recoveryTimeout`.
    package var max: Duration = .seconds(600)
    /// Share of the wait, 0...1, that is added at random.
    package var jitter: Double = 0.1

    package init() {}
  }
}

extension Breaker.Settings {
  /// A server's own Retry-After may stretch a wait beyond `max`, up to this.
  static var longestRetryAfter: Duration { .seconds(3600) }

  /// No wait is longer than this.
  var longestWait: Duration { max(backoff.max, Self.longestRetryAfter) }

  /// More rounds than this wait no longer: a bound on the work below.
  private static var roundsCounted: Int { 10_000 }

  /// How long the circuit stays open in its `round`-th round since it was closed, counted from 1.
  ///
  /// `recoveryTimeout * multiplier^(round-1)`, up to `jitter` of it added by `spread`, and at most
  /// `max`: never shorter than configured, and servers that died together are not tried together.
  package func wait(round: Int, spread: Double) -> Duration {
    var wait = recoveryTimeout
    var grown = 1
    while grown < min(round, Self.roundsCounted) && backoff.multiplier > 1 && wait < backoff.max {
      wait = wait.multiplied(by: backoff.multiplier, atMost: backoff.max)
      grown += 1
    }
    return wait.multiplied(by: 1 + backoff.jitter * spread, atMost: backoff.max)
  }
}
