extension Breaker {
  /// What one place says of a breaker; `nil` is left to the place below it.
  package struct Patch: Equatable, Sendable {
    package var enabled: Bool?
    package var failureThreshold: Int?
    package var recoveryTimeout: Duration?
    package var multiplier: Double?
    package var longestWait: Duration?
    package var jitter: Double?
    package var halfOpenMaxCalls: Int?
    package var successThreshold: Int?
    package var maxFailureCycles: Int?
    package var healthyPeriod: Duration?

    package init() {}
  }
}

extension Breaker.Settings {
  /// These settings where `patch` says nothing.
  package func patched(by patch: Breaker.Patch) -> Self {
    var settings = self
    settings.enabled = patch.enabled ?? enabled
    settings.failureThreshold = patch.failureThreshold ?? failureThreshold
    settings.recoveryTimeout = patch.recoveryTimeout ?? recoveryTimeout
    settings.backoff.multiplier = patch.multiplier ?? backoff.multiplier
    settings.backoff.max = patch.longestWait ?? backoff.max
    settings.backoff.jitter = patch.jitter ?? backoff.jitter
    settings.halfOpenMaxCalls = patch.halfOpenMaxCalls ?? halfOpenMaxCalls
    settings.successThreshold = patch.successThreshold ?? successThreshold
    settings.maxFailureCycles = patch.maxFailureCycles ?? maxFailureCycles
    settings.healthyPeriod = patch.healthyPeriod ?? healthyPeriod
    return settings
  }

  /// The first wait is not above the longest.
  package var waitsFit: Bool { recoveryTimeout <= backoff.max }
}
