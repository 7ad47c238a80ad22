import Breaking
import HeapModule
import MCPWire
package import Signals

/// Bounds of the agent that follow from the machine, not from the configuration.
package struct AgentLimits: Equatable, Sendable {
  /// Probes in flight at once; from the limit of descriptors.
  package var concurrency = 4096
  /// Batches on their way to the journal, beyond which no probe is started.
  package var batchesWaiting = 1024
  /// Events kept while the journal refuses them; older ones are dropped and counted.
  package var unsavedEvents = 10_000
  /// Wakes are put off to a multiple of this, so that probes start in bunches.
  package var bunch: Duration = .milliseconds(20)
  /// The first probes after a start are spread over this, or over the interval if that is less.
  package var startWindow: Duration = .seconds(3)
  /// A flight that has not reported this long after its deadline is lost.
  package var lostAfter: Duration = .seconds(5)
  /// A record is written at least this often while its MCP is probed, for `last_success`.
  package var checkpoint: Duration = .seconds(60)
  /// Pause before refused records are written again.
  package var journalRetry: Duration = .seconds(1)

  package init() {}
}

/// What the agent knows, and the one function that changes it: `step`.
///
/// Total, synchronous and deterministic: the same events at the same instants give the same
/// effects. The runtime and the simulation differ only in who performs them.
package struct AgentState: Sendable {
  package let limits: AgentLimits
  package private(set) var settings = Settings()
  /// Sorted by name.
  var entries: [MCPEntry] = []
  private var indices: [MCPID: Int] = [:]
  /// Records of MCPs that are not configured now; they come back with their name.
  private(set) var retired: [String: MCPRecord] = [:]
  private var alarms = Heap<Alarm>()
  var nextID = 0
  var ledger: Ledger
  package private(set) var figures = AgentFigures()
  private var lastWake: MonotonicInstant?
  private var isDraining = false
  var effects: [AgentEffect] = []

  package init(restoring contents: JournalContents, limits: AgentLimits) {
    self.limits = limits
    ledger = Ledger(after: contents)
    for record in contents.records { retired[record.name] = record }
  }

  /// Takes one event at one instant and says what is to be done.
  package mutating func step(_ event: AgentEvent, at now: Now) -> [AgentEffect] {
    switch event {
    case .wokeUp: lastWake = nil
    case .probed(let report): take(report, at: now)
    case .committed(let sequence): release(through: sequence)
    case .commitFailed(let sequence, _): journalRefused(through: sequence, at: now)
    case .reconfigured(let changed): reconfigure(to: changed, at: now)
    case .draining: drain(at: now)
    }
    if !isDraining { attend(at: now) }
    persist(at: now)
    askForWake()
    defer { effects.removeAll(keepingCapacity: true) }
    return effects
  }
}

/// An MCP that needs attention at an instant, unless it has another alarm by then.
struct Alarm: Comparable, Sendable {
  let at: MonotonicInstant
  let mcp: MCPID

  static func < (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.mcp) < (rhs.at, rhs.mcp) }
}

/// What the agent counts about itself.
package struct AgentFigures: Equatable, Sendable {
  package var inFlight = 0
  package var lag = DurationHistogram()
  /// In the order of `SkipReason.allCases`.
  package var skipped: [UInt64] = Array(repeating: 0, count: SkipReason.allCases.count)
  /// Reports of permits that count no more.
  package var staleReports: UInt64 = 0
  package var eventsDropped: UInt64 = 0

  package init() {}

  mutating func skip(_ reason: SkipReason, times: UInt64 = 1) {
    guard let index = SkipReason.allCases.firstIndex(of: reason) else { return }
    skipped[index] += times
  }
}

// MARK: - Schedule

extension AgentState {
  private func index(of id: MCPID) -> Int? { indices[id] }

  /// Serves every alarm that has gone off.
  private mutating func attend(at now: Now) {
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

  private mutating func setAlarm(of index: Int, at instant: MonotonicInstant?) {
    entries[index].alarm = instant
    if let instant { alarms.insert(Alarm(at: instant, mcp: entries[index].id)) }
  }

  private mutating func startProbe(of index: Int, due: MonotonicInstant, at now: Now) {
    if let reason = reasonToSkip() {
      figures.skip(reason)
      setAlarm(of: index, at: entries[index].schedule.slot(after: now.monotonic))
      return
    }
    let timeout = entries[index].settings.timeout
    let lost = now.monotonic.advanced(by: timeout + limits.lostAfter)
    let (admission, transition) = entries[index].breaker.admit(
      at: now.monotonic, trialTimeout: timeout + limits.lostAfter)
    guard case .allowed(let permit) = admission else {
      if case .rejected(let retryAt) = admission { setAlarm(of: index, at: retryAt) }
      return
    }
    if permit.isTrial { beginTrial(of: index, transition, at: now) }
    let purpose = entries[index].purpose(at: now.monotonic)
    entries[index].flight = .init(permit: permit, purpose: purpose, due: due)
    figures.inFlight += 1
    figures.lag.observe(due.duration(to: now.monotonic))
    setAlarm(of: index, at: lost)
    effects.append(
      .probe(
        ProbeOrder(
          mcp: entries[index].id, permit: permit, target: entries[index].settings.target,
          purpose: purpose, memory: entries[index].memory,
          deadline: now.monotonic.advanced(by: timeout))))
  }

  private func reasonToSkip() -> SkipReason? {
    if figures.inFlight >= limits.concurrency { return .concurrency }
    if ledger.batchesWaiting >= limits.batchesWaiting { return .journal }
    return nil
  }

  /// A flight that never reported: its permit is worth nothing from now on.
  private mutating func giveUpFlight(of index: Int, at now: Now) {
    guard let flight = entries[index].flight else { return }
    var result = ProbeResult(outcome: .internalError)
    result.detail = "the probe did not report by its deadline"
    result.memory = entries[index].memory
    let report = ProbeReport(mcp: entries[index].id, permit: flight.permit, result: result)
    effects.append(.forget(entries[index].id))
    take(report, at: now)
    entries[index].breaker.endGeneration()
  }

  private mutating func askForWake() {
    guard !isDraining, let first = alarms.min?.at else { return }
    let bunch = max(1, limits.bunch.wholeNanoseconds)
    let nanoseconds = first.elapsed.wholeNanoseconds
    let rounded = nanoseconds.addingSaturating((bunch - nanoseconds % bunch) % bunch)
    let wake = min(MonotonicInstant(nanoseconds: rounded), ledger.retryAt ?? .init(nanoseconds: .max))
    guard wake != lastWake else { return }
    lastWake = wake
    effects.append(.wake(at: wake))
  }
}

// MARK: - Results

extension AgentState {
  private mutating func take(_ report: ProbeReport, at now: Now) {
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

  private mutating func record(
    _ result: ProbeResult, of index: Int, _ flight: MCPEntry.Flight, at now: Now
  ) {
    let verdict = result.verdict
    let previous = entries[index].status
    entries[index].memory = result.memory
    entries[index].learn(from: result, purpose: flight.purpose, at: now)
    note(result, verdict, of: index, previous: previous, at: now)

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
  private mutating func note(
    _ result: ProbeResult, _ verdict: Verdict, of index: Int, previous: MCPStatus, at now: Now
  ) {
    switch verdict {
    case .up:
      if previous.verdict != .up { emit(.connected, of: index, result, at: now) }
      if previous.verdict == .down { entries[index].lastListed = nil }
    case .down:
      let isNew = previous.lastProbe?.outcome != result.outcome
      let threshold = entries[index].settings.breaker.failureThreshold
      if isNew || previous.consecutiveFailures < threshold {
        emit(.healthCheckFailed, of: index, result, at: now)
      }
      if previous.verdict != .down { emit(.disconnected, of: index, result, at: now) }
    case .neutral:
      let isNew = previous.verdict != .neutral || previous.lastProbe?.outcome != result.outcome
      if isNew { emit(.healthCheckFailed, of: index, result, at: now) }
    case .hold:
      break
    }
  }

  private mutating func decideNext(
    of index: Int, after flight: MCPEntry.Flight, _ result: ProbeResult, at now: Now
  ) {
    guard entries[index].status.isEnabled else { return setAlarm(of: index, at: nil) }
    if let retryAt = entries[index].breaker.retryAt { return setAlarm(of: index, at: retryAt) }
    let (due, missed) = entries[index].schedule.next(after: flight.due, endedAt: now.monotonic)
    if missed > 0 { figures.skip(.busy, times: missed) }
    let asked = result.retryAfter.map { now.monotonic.advanced(by: $0) } ?? due
    setAlarm(of: index, at: max(due, asked))
  }
}

// MARK: - Circuit

extension AgentState {
  private mutating func beginTrial(
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

  private mutating func endTrial(
    of index: Int, _ verdict: Verdict, _ result: ProbeResult, at now: Now
  ) {
    switch verdict {
    case .up, .neutral: emit(.recoverySuccess, of: index, result, at: now)
    case .down: emit(.recoveryFailed, of: index, result, at: now)
    case .hold: break
    }
  }

  private mutating func count(
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

  private mutating func autoDisable(_ index: Int, at now: Now) {
    guard entries[index].status.isEnabled else { return }
    let cycles = entries[index].breaker.failureCycles
    entries[index].status.isEnabled = false
    entries[index].status.autoDisabledReason = "\(cycles) failure cycles"
    entries[index].stopDowntime(at: now)
    emit(
      .autoDisabled, of: index, nil, [Label(name: "failure_cycles", value: String(cycles))],
      at: now)
  }

  private mutating func emit(
    _ type: HealthEventType, of index: Int, _ result: ProbeResult?, _ data: [Label] = [],
    at now: Now
  ) {
    let dropped = ledger.append(
      type, mcp: entries[index].name, outcome: result?.outcome, detail: result?.detail ?? "",
      data: data, at: now.wall, limit: limits.unsavedEvents)
    figures.eventsDropped += dropped
    ledger.touch(entries[index].id)
  }
}

// MARK: - Journal and publication

extension AgentState {
  /// Shows an MCP as it is, unless a part of it waits for the journal.
  private mutating func publish(_ index: Int) {
    guard entries[index].heldBy == nil, !ledger.isTouched(entries[index].id) else { return }
    effects.append(.publish(entries[index].id, entries[index].status))
  }

  /// Puts what this step changed durably into one batch and holds its publication back.
  private mutating func persist(at now: Now) {
    let retryIsDue = ledger.retryAt.map { $0 <= now.monotonic } ?? false
    if retryIsDue {
      ledger.retryAt = nil
      for entry in entries where entry.isUnsaved { ledger.touch(entry.id) }
    }
    guard retryIsDue || ledger.hasChanges else { return }
    var records: [MCPRecord] = []
    for id in ledger.takeTouched() {
      guard let index = index(of: id) else { continue }
      records.append(entries[index].record(at: now))
      entries[index].persistedAt = now.monotonic
      entries[index].isUnsaved = false
      entries[index].heldBy = ledger.nextBatch
      ledger.hold(id, entries[index].status)
    }
    if let batch = ledger.close(records) { effects.append(.persist(batch)) }
  }

  /// What the journal holds may be seen: each MCP as it was in its batch, or as it is now if no
  /// later batch holds it.
  private mutating func release(through sequence: UInt64) {
    for held in ledger.release(through: sequence) {
      guard let index = index(of: held.mcp) else { continue }
      let isLatest = entries[index].heldBy == held.batch
      if isLatest { entries[index].heldBy = nil }
      effects.append(.publish(held.mcp, isLatest ? entries[index].status : held.status))
    }
  }

  /// The agent goes on from memory, says so by its metrics, and writes it all again soon.
  private mutating func journalRefused(through sequence: UInt64, at now: Now) {
    let refused = ledger.refused(through: sequence, limit: limits.unsavedEvents)
    figures.eventsDropped += refused.dropped
    for id in refused.mcps {
      if let index = index(of: id) { entries[index].isUnsaved = true }
    }
    release(through: sequence)
    ledger.retryAt = ledger.retryAt ?? now.monotonic.advanced(by: limits.journalRetry)
  }
}

// MARK: - Configuration

extension AgentState {
  private mutating func reconfigure(to changed: Settings, at now: Now) {
    settings = changed
    var old: [String: MCPEntry] = [:]
    for entry in entries { old[entry.name] = entry }
    entries = []
    indices = [:]
    for mcp in changed.mcps.sorted(by: { $0.name < $1.name }) {
      let kept = old.removeValue(forKey: mcp.name)
      let entry = kept ?? makeEntry(mcp, at: now)
      indices[entry.id] = entries.count
      entries.append(entry)
      let index = entries.count - 1
      if kept == nil {
        begin(index, at: now)
      } else if entry.settings != mcp {
        change(index, to: mcp, at: now)
      }
    }
    for gone in old.values.sorted(by: { $0.name < $1.name }) { retire(gone, at: now) }
    effects.append(.arrange(entries.map { ArrangedMCP(id: $0.id, initial: $0.status) }))
    for index in entries.indices { publish(index) }
  }

  private mutating func makeEntry(_ mcp: MCPSettings, at now: Now) -> MCPEntry {
    nextID += 1
    let record = retired.removeValue(forKey: mcp.name)
    return MCPEntry(id: MCPID(number: nextID), settings: mcp, record: record, at: now)
  }

  private mutating func retire(_ entry: MCPEntry, at now: Now) {
    if entry.flight != nil { figures.inFlight -= 1 }
    var record = entry.record(at: now)
    record.downtime.total = record.downtime.total(at: now.wall)
    record.downtime.since = nil
    retired[entry.name] = record
    ledger.forget(entry.id)
    ledger.append(record)
    effects.append(.forget(entry.id))
  }

  /// A first probe soon; a circuit that is open keeps its own time.
  private mutating func begin(_ index: Int, at now: Now) {
    guard entries[index].status.isEnabled else {
      if entries[index].status.downtime.since != nil {
        entries[index].stopDowntime(at: now)
        ledger.touch(entries[index].id)
      }
      return setAlarm(of: index, at: nil)
    }
    let first = entries[index].schedule.first(after: now.monotonic, within: limits.startWindow)
    setAlarm(of: index, at: entries[index].breaker.retryAt ?? first)
  }

  private mutating func change(_ index: Int, to mcp: MCPSettings, at now: Now) {
    let before = entries[index].settings
    entries[index].settings = mcp
    entries[index].schedule = ProbeSchedule(name: mcp.name, interval: mcp.interval)
    entries[index].status.description = MCPDescription(mcp)
    entries[index].status.circuitEnabled = mcp.breaker.enabled
    var shown = before
    (shown.description, shown.labels) = (mcp.description, mcp.labels)
    guard shown != mcp else { return }  // only how it is shown has changed

    if entries[index].flight != nil {
      entries[index].flight = nil
      figures.inFlight -= 1
      entries[index].breaker.endGeneration()
    }
    if before.target != mcp.target {
      entries[index].memory = ServerMemory()
      entries[index].lastListed = nil
      effects.append(.forget(entries[index].id))
    }
    var transition = entries[index].breaker.apply(mcp.breaker)
    if before.target.url != mcp.target.url || entries[index].status.autoDisabledReason != nil {
      transition = entries[index].breaker.reset() ?? transition
      entries[index].status.autoDisabledReason = nil
    }
    entries[index].syncCircuit(at: now)
    if let transition { count(transition, of: index, nil, at: now) }
    entries[index].status.isEnabled = mcp.enabled
    if mcp.enabled && entries[index].status.verdict == .down
      && entries[index].status.downtime.since == nil
    {
      entries[index].status.verdict = nil  // it was disabled: nothing is known until it is probed
    }
    ledger.touch(entries[index].id)
    begin(index, at: now)
  }
}

// MARK: - End

extension AgentState {
  /// Starts nothing more, ends the sessions that may be ended, writes what only memory holds.
  private mutating func drain(at now: Now) {
    guard !isDraining else { return }
    isDraining = true
    for entry in entries {
      ledger.touch(entry.id)
      guard entry.memory.sessionID != nil else { continue }
      effects.append(
        .probe(
          ProbeOrder(
            mcp: entry.id, permit: .none, target: entry.settings.target, purpose: .endSession,
            memory: entry.memory, deadline: now.monotonic.advanced(by: .seconds(1)))))
    }
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
