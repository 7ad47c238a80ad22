import Breaking

extension ConfigFile {
  /// More failures, calls or cycles than any server has; keeps sums in range.
  static let countLimit = 1_000_000

  /// What is written here, to go over `base`: the defaults, or those of the file for one MCP.
  static func readBreaker(_ section: Section, over base: Breaker.Settings) -> Breaker.Patch {
    var patch = Breaker.Patch()
    patch.enabled = section.flag("enabled")
    patch.failureThreshold = section.whole("failure_threshold", in: 1...countLimit)
    patch.recoveryTimeout = section.duration("recovery_timeout")
    patch.halfOpenMaxCalls = section.whole("half_open_max_calls", in: 1...countLimit)
    patch.successThreshold = section.whole("success_threshold", in: 1...countLimit)
    patch.maxFailureCycles = section.whole("max_failure_cycles", in: 0...countLimit)
    patch.healthyPeriod = section.duration("healthy_period")
    section.section("backoff") { backoff in
      patch.multiplier = backoff.number("multiplier", in: 1...1000)
      patch.longestWait = backoff.duration("max")
      patch.jitter = backoff.number("jitter", in: 0...1)
    }
    checkWaits(section, base.patched(by: patch))
    return patch
  }

  /// The longest wait cannot be shorter than the first. Reported where one of them is written.
  private static func checkWaits(_ section: Section, _ settings: Breaker.Settings) {
    guard !settings.waitsFit else { return }
    let key = section.has("recovery_timeout") ? "recovery_timeout" : "backoff"
    guard section.has(key) else { return }
    section.report(
      "recovery_timeout (\(settings.recoveryTimeout.prometheusText)) is above backoff.max"
        + " (\(settings.backoff.max.prometheusText)); raise backoff.max", at: key)
  }
}
