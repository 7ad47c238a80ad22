import Breaking
import MCPWire
import Signals

extension AgentState {
  mutating func beginTrial(
    of index: Int, _ transition: Breaker.Transition?, at now: Now
  ) {
    entries[index].status.counters.recoveryAttempts += 1
    entries[index].status.lastRecoveryAttempt = now.wall
    entries[index].syncCircuit(at: now)
    if let transition { count(transition, of: index, nil, at: now) }
    let attempt = String(entries[index].breaker.rounds)
    emit(.recoveryAttempt, of: index, nil, [Label(name: "attempt", value: attempt)], at: now)
    ledger.touch(entries[index].id)
  }

  mutating func endTrial(
    of index: Int, _ verdict: Verdict, _ result: ProbeResult, at now: Now
  ) {
    switch verdict {
    case .up, .neutral: emit(.recoverySuccess, of: index, result, at: now)
    case .down: emit(.recoveryFailed, of: index, result, at: now)
    case .hold: break
    }
  }

  mutating func count(
    _ transition: Breaker.Transition, of index: Int, _ result: ProbeResult?, at now: Now
  ) {
    entries[index].status.counters.transitions[transition] += 1
    switch transition.to {
    case .closed: emit(.circuitClosed, of: index, result, at: now)
    case .halfOpen: emit(.circuitHalfOpen, of: index, result, at: now)
    case .open:
      let status = entries[index].status
      let wait = status.retryAt.map { now.wall.duration(to: $0).wholeMilliseconds } ?? 0
      emit(
        .circuitOpened, of: index, result,
        [
          Label(name: "consecutive_failures", value: String(status.consecutiveFailures)),
          Label(name: "failure_cycles", value: String(status.failureCycles)),
          Label(name: "retry_after_milliseconds", value: String(wait)),
        ], at: now)
    }
  }

  mutating func autoDisable(_ index: Int, at now: Now) {
    guard entries[index].status.isEnabled else { return }
    let cycles = entries[index].breaker.failureCycles
    entries[index].status.isEnabled = false
    entries[index].status.autoDisabledReason = "\(cycles) failure cycles"
    entries[index].standStill(at: now)
    emit(
      .autoDisabled, of: index, nil, [Label(name: "failure_cycles", value: String(cycles))],
      at: now)
  }

  mutating func emit(
    _ type: HealthEventType, of index: Int, _ result: ProbeResult? = nil, detail: String = "",
    _ data: [Label] = [], at now: Now
  ) {
    let detail = result?.detail ?? detail
    let (sequence, dropped) = ledger.append(
      type, mcp: entries[index].name, outcome: result?.outcome, detail: detail,
      data: data, at: now.wall, limit: limits.unsavedEvents)
    figures.eventsDropped += dropped
    ledger.touch(entries[index].id)
    feed(type, sequence, of: index, result, detail: detail, data, at: now)
  }
}
