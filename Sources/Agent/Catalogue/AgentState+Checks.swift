import MCPWire
import Signals

extension AgentState {
  /// Takes over what came of a probe's checks; an event says when one begins or ceases to fail.
  mutating func take(
    _ checks: [CheckResult], of index: Int, _ result: ProbeResult, at now: Now
  ) {
    let configured = entries[index].settings.target.checks.map(\.name)
    for check in checks where configured.contains(check.name) {
      let before = entries[index].status.checks.first { $0.result.name == check.name }
      entries[index].status.checks.removeAll { $0.result.name == check.name }
      entries[index].status.checks.append(CheckStatus(check, at: now.wall))
      guard check.isSuccess != before?.result.isSuccess ?? true else { continue }
      var told = result
      (told.detail, told.duration) = (check.detail, check.duration)
      emit(
        check.isSuccess ? .checkSucceeded : .checkFailed, of: index, told,
        [Label(name: "check", value: check.name)], at: now)
    }
    entries[index].arrangeChecks()
  }

  /// Notes that a probe sets out to make the checks, if they are due; gives when that was before.
  mutating func beginChecks(of index: Int, at now: MonotonicInstant) -> MCPEntry.LastChecks? {
    guard entries[index].checksAreDue(at: now) else { return nil }
    defer { entries[index].lastChecked = now }
    return MCPEntry.LastChecks(at: entries[index].lastChecked)
  }
}

extension MCPEntry {
  /// No more often than the catalogue is listed.
  private var checkInterval: Duration { settings.catalogueInterval ?? .seconds(300) }

  /// Whether a probe at `now` is to make the checks.
  func checksAreDue(at now: MonotonicInstant) -> Bool {
    guard !settings.target.checks.isEmpty else { return false }
    return lastChecked.map { $0.duration(to: now) >= checkInterval } ?? true
  }

  func target(withChecks: Bool) -> ProbeTarget {
    var target = settings.target
    if !withChecks, !target.checks.isEmpty { target.checks = [] }
    return target
  }

  /// Those that are configured, in their order, and no others.
  mutating func arrangeChecks() {
    let shown = status.checks
    status.checks = settings.target.checks.compactMap { check in
      shown.first { $0.result.name == check.name }
    }
  }

  /// A probe that was to make the checks has ended. One that did not come to them makes them due
  /// again, since nothing was called.
  mutating func endChecks(_ result: ProbeResult, madeAt before: MonotonicInstant?) {
    let hasFailed = result.verdict == .down || result.verdict == .neutral
    if hasFailed, result.checks.isEmpty, result.stage != .toolsCall { lastChecked = before }
  }
}
