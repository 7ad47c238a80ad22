import Breaking
import HeapModule
import MCPWire
import Signals

extension AgentState {
  func index(of id: MCPID) -> Int? { indices[id] }

  /// Serves every alarm that has gone off.
  mutating func attend(at now: Now) {
    while let alarm = alarms.min, alarm.at <= now.monotonic {
      _ = alarms.popMin()
      guard let index = index(of: alarm.mcp), entries[index].alarm == alarm.at else { continue }
      if entries[index].flight != nil {
        giveUpFlight(of: index, at: now)
      } else {
        startProbe(of: index, due: alarm.at, at: now)
      }
    }
  }

  mutating func setAlarm(of index: Int, at instant: MonotonicInstant?) {
    entries[index].alarm = instant
    if let instant { alarms.insert(Alarm(at: instant, mcp: entries[index].id)) }
  }

  /// `early`: an open circuit's trial does not wait for its time.
  mutating func startProbe(
    of index: Int, due: MonotonicInstant, early: Bool = false, at now: Now
  ) {
    if let reason = reasonToSkip() {
      figures.skip(reason)
      setAlarm(of: index, at: entries[index].schedule.slot(after: now.monotonic))
      return
    }
    let timeout = entries[index].settings.timeout
    let lost = now.monotonic.advanced(by: timeout + limits.lostAfter)
    let (admission, transition) = entries[index].breaker.admit(
      at: now.monotonic, trialTimeout: timeout + limits.lostAfter, early: early)
    guard case .allowed(let permit) = admission else {
      if case .rejected(let retryAt) = admission { setAlarm(of: index, at: retryAt) }
      return
    }
    if permit.isTrial { beginTrial(of: index, transition, at: now) }
    let purpose = entries[index].purpose(at: now.monotonic)
    let checks = beginChecks(of: index, at: now.monotonic)
    // One probe makes up for all that were due while nothing ran.
    let standing = entries[index].schedule.standing(dueAt: due, startedAt: now.monotonic)
    if standing.missed > 0 { figures.skip(.late, times: standing.missed) }
    entries[index].flight = .init(
      permit: permit, purpose: purpose, due: standing.due, checks: checks)
    figures.inFlight += 1
    figures.lag.observe(due.duration(to: now.monotonic))
    setAlarm(of: index, at: lost)
    effects.append(
      .probe(
        ProbeOrder(
          mcp: entries[index].id, name: entries[index].name, permit: permit,
          target: entries[index].target(withChecks: checks != nil), purpose: purpose,
          memory: entries[index].memory,
          deadline: now.monotonic.advanced(by: timeout))))
  }

  func reasonToSkip() -> SkipReason? {
    if figures.inFlight >= limits.concurrency { return .concurrency }
    if ledger.batchesWaiting >= limits.batchesWaiting { return .journal }
    return nil
  }

  /// The probe under way counts for nothing, and its connection is not wanted any more: two probes
  /// of one server must not share its stream.
  mutating func abandonFlight(of index: Int) {
    guard entries[index].flight != nil else { return }
    entries[index].flight = nil
    figures.inFlight -= 1
    entries[index].breaker.endGeneration()
    effects.append(.forget(entries[index].id))
  }

  /// A flight that never reported: its permit is worth nothing from now on.
  mutating func giveUpFlight(of index: Int, at now: Now) {
    guard let flight = entries[index].flight else { return }
    var result = ProbeResult(outcome: .internalError)
    result.detail = "the probe did not report by its deadline"
    result.memory = entries[index].memory
    let report = ProbeReport(mcp: entries[index].id, permit: flight.permit, result: result)
    effects.append(.forget(entries[index].id))
    take(report, at: now)
    entries[index].breaker.endGeneration()
  }

  mutating func askForWake() {
    guard !isDraining else { return }
    let instants = [alarms.min.map { bunched($0.at) }, ledger.retryAt, ledger.feed.dueAt]
    guard let wake = instants.compactMap(\.self).min(), wake != lastWake else { return }
    lastWake = wake
    effects.append(.wake(at: wake))
  }

  /// The next instant at which probes are started together.
  private func bunched(_ instant: MonotonicInstant) -> MonotonicInstant {
    let bunch = max(1, limits.bunch.wholeNanoseconds)
    let nanoseconds = instant.nanoseconds
    return .init(nanoseconds: nanoseconds.addingSaturating((bunch - nanoseconds % bunch) % bunch))
  }
}
