import Breaking
import MCPWire
import Signals

extension MCPEntry {
  /// Takes over what a probe found out, the circuit aside.
  mutating func learn(from result: ProbeResult, purpose: ProbePurpose, at now: Now) {
    status.lastProbe = LastProbe(
      at: now.wall, outcome: result.outcome, verdict: result.verdict, stage: result.stage,
      detail: result.detail,
      duration: result.duration, times: result.times, methods: result.methods)
    // How long a tool takes says nothing of the server.
    let checking = result.checks.reduce(Duration.zero) { $0 + $1.duration }
    status.durations.observe(max(.zero, result.duration - checking))
    status.counters.count(result.outcome)
    if let transport = result.transport { status.transport = transport }
    if let version = result.protocolVersion { status.protocolVersion = version }
    if let server = result.server { status.server = server }
    if let authRequired = result.authRequired { status.authRequired = authRequired }
    if let catalogue = result.catalogue { status.catalogue = catalogue }
    if let expiry = result.certificateExpiry { status.certificateExpiry = expiry }
    neutralRun = result.verdict == .neutral ? neutralRun + 1 : 0
    switch result.verdict {
    case .up:
      status.verdict = .up
      status.lastSuccess = now.wall
      stopDowntime(at: now)
    case .neutral:
      status.verdict = .neutral
      stopDowntime(at: now)
    case .down:
      status.verdict = .down
      status.downtime.since = status.downtime.since ?? now.wall
    case .hold:
      return
    }
    if purpose == .catalogue && status.verdict != .down { lastListed = now.monotonic }
  }

  mutating func stopDowntime(at now: Now) {
    if status.downtime.since != nil { downtimeEnded = now.wall }
    status.downtime.total = status.downtime.total(at: now.wall)
    status.downtime.since = nil
  }

  /// It is not probed any more: downtime stands still, a healthy period ends, and what it was says
  /// nothing later.
  mutating func standStill(at now: Now) {
    stopDowntime(at: now)
    breaker.endHealthyRun()
    status.verdict = nil
  }

  /// Another server stands at this name: nothing that was learned of the one before is true of it.
  mutating func forgetServer(at now: Now) {
    standStill(at: now)
    memory = ServerMemory()
    lastListed = nil
    lastChecked = nil
    neutralRun = 0
    status.lastProbe = nil
    status.lastSuccess = nil
    status.transport = nil
    status.protocolVersion = nil
    status.server = nil
    status.catalogue = nil
    status.authRequired = nil
    status.certificateExpiry = nil
    status.checks = []
  }
}

extension MCPCounters {
  mutating func count(_ outcome: ProbeOutcome) {
    if outcome == .ok {
      probesOK += 1
    } else if let index = probesNotOK.firstIndex(where: { $0.outcome == outcome }) {
      probesNotOK[index].count += 1
    } else {
      probesNotOK.append((outcome, 1))
    }
  }
}
