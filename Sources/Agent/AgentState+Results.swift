import Breaking
import MCPWire
import Signals

extension AgentState {
  mutating func take(_ report: ProbeReport, at now: Now) {
    guard let index = index(of: report.mcp), let flight = entries[index].flight,
      flight.permit == report.permit
    else {
      figures.staleReports += 1
      return
    }
    entries[index].flight = nil
    figures.inFlight -= 1
    let before = (status: entries[index].status, breaker: entries[index].breaker)
    record(report.result, of: index, flight, at: now)
    feedResult(report.result, of: index, at: now)
    decideNext(of: index, after: flight, report.result, at: now)
    let checkpoint =
      entries[index].status.lastSuccess != before.status.lastSuccess
      && entries[index].persistedAt.duration(to: now.monotonic) >= limits.checkpoint
    if checkpoint || entries[index].breaker != before.breaker
      || entries[index].status.differsDurably(from: before.status)
    {
      ledger.touch(entries[index].id)
    } else {
      publish(index)
    }
  }

  mutating func record(
    _ result: ProbeResult, of index: Int, _ flight: MCPEntry.Flight, at now: Now
  ) {
    let verdict = result.verdict
    let previous = entries[index].status
    entries[index].memory = result.memory
    entries[index].learn(from: result, purpose: flight.purpose, at: now)
    note(result, verdict, of: index, previous: previous, at: now)
    if let listing = result.listing { compare(listing, of: index, result, at: now) }
    if let checks = flight.checks {
      entries[index].endChecks(result, madeAt: checks.at)
      take(result.checks, of: index, result, at: now)
    }

    var hash = StableHash(of: entries[index].name)
    hash.combine(entries[index].status.counters.opens)
    let transition = entries[index].breaker.record(
      verdict.forBreaker, for: flight.permit, at: now.monotonic, spread: hash.fraction,
      notBefore: result.retryAfter.map { now.monotonic.advanced(by: $0) })
    entries[index].syncCircuit(at: now)
    if flight.permit.isTrial { endTrial(of: index, verdict, result, at: now) }
    if let transition { count(transition, of: index, result, at: now) }
    if entries[index].breaker.isExhausted && entries[index].breaker.stateName == .open {
      autoDisable(index, at: now)
    }
  }

  /// The health events of a verdict, before those of the circuit.
  mutating func note(
    _ result: ProbeResult, _ verdict: Verdict, of index: Int, previous: MCPStatus, at now: Now
  ) {
    switch verdict {
    case .up:
      logCheck(.healthCheckSuccess, isEvent: false, of: index, result, at: now)
      if previous.verdict != .up { emit(.connected, of: index, result, at: now) }
      if previous.verdict == .down { entries[index].lastListed = nil }
    case .down:
      let isNew = previous.lastProbe?.outcome != result.outcome
      let threshold = entries[index].settings.breaker.failureThreshold
      let isEvent = isNew || previous.consecutiveFailures < threshold
      logCheck(.healthCheckFailed, isEvent: isEvent, of: index, result, at: now)
      if previous.verdict != .down { emit(.disconnected, of: index, result, at: now) }
    case .neutral:
      let isNew = previous.verdict != .neutral || previous.lastProbe?.outcome != result.outcome
      logCheck(.healthCheckFailed, isEvent: isNew, of: index, result, at: now)
    case .hold:
      logCheck(.healthCheckFailed, isEvent: false, of: index, result, at: now)
    }
  }

  mutating func decideNext(
    of index: Int, after flight: MCPEntry.Flight, _ result: ProbeResult, at now: Now
  ) {
    guard entries[index].status.isEnabled else { return setAlarm(of: index, at: nil) }
    if let retryAt = entries[index].breaker.retryAt { return setAlarm(of: index, at: retryAt) }
    let (due, missed) = entries[index].schedule.next(after: flight.due, endedAt: now.monotonic)
    if missed > 0 { figures.skip(.busy, times: missed) }
    let asked = result.retryAfter.map { now.monotonic.advanced(by: $0) } ?? due
    setAlarm(of: index, at: max(due.advanced(by: entries[index].neutralPause), asked))
  }
}

extension Verdict {
  var forBreaker: Breaker.Verdict {
    switch self {
    case .up: .success
    case .down: .failure
    case .neutral: .excluded
    case .hold: .unknown
    }
  }
}
