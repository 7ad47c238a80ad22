import Breaking

extension ConfigFile {
  /// More failures, calls or cycles than any server has; keeps sums in range.
  private static let countLimit = 1_000_000

  /// Overlays `settings` (the defaults, or those of the file for one MCP) with what is written.
  static func readBreaker(_ section: Section, into settings: inout Breaker.Settings) {
    func count(_ key: String, from least: Int) -> Int? {
      section.whole(key, in: least...countLimit)
    }
    settings.enabled = section.flag("enabled") ?? settings.enabled
    settings.failureThreshold = count("failure_threshold", from: 1) ?? settings.failureThreshold
    settings.recoveryTimeout = section.duration("recovery_timeout") ?? settings.recoveryTimeout
    settings.halfOpenMaxCalls = count("half_open_max_calls", from: 1) ?? settings.halfOpenMaxCalls
    settings.successThreshold = count("success_threshold", from: 1) ?? settings.successThreshold
    settings.maxFailureCycles = count("max_failure_cycles", from: 0) ?? settings.maxFailureCycles
    settings.healthyPeriod = section.duration("healthy_period") ?? settings.healthyPeriod
    section.section("backoff") { readBackoff($0, into: &settings.backoff) }
    checkWaits(section, settings)
  }

  private static func readBackoff(_ section: Section, into backoff: inout Breaker.Backoff) {
    backoff.multiplier = section.number("multiplier", in: 1...1000) ?? backoff.multiplier
    backoff.max = section.duration("max") ?? backoff.max
    backoff.jitter = section.number("jitter", in: 0...1) ?? backoff.jitter
  }

  /// The longest wait cannot be shorter than the first. Reported where one of them is written.
  private static func checkWaits(_ section: Section, _ settings: Breaker.Settings) {
    let (first, longest) = (settings.recoveryTimeout, settings.backoff.max)
    guard first > longest else { return }
    let key = section.has("recovery_timeout") ? "recovery_timeout" : "backoff"
    guard section.has(key) else { return }
    section.report(
      "recovery_timeout (\(first.prometheusText)) is above backoff.max"
        + " (\(longest.prometheusText)); raise backoff.max", at: key)
  }
}
