import Agent
import AgentRuntime
import Breaking
import MCPWire
import Signals

/// The thread `mcp-coordinator`, the prober and what is published.
extension World {
  private static let inboxLimit = 1 << 17

  mutating func post(_ event: AgentEvent) {
    guard inbox.count < Self.inboxLimit else { return }
    inbox.append(event)
    if inboxAt == nil { inboxAt = now.monotonic.advanced(by: draw(0...2)) }
  }

  mutating func coordinatorTurn() {
    guard coordinator != nil else {
      (inboxAt, wakeAt) = (nil, nil)
      return
    }
    let events = inbox
    inbox.removeAll(keepingCapacity: true)
    inboxAt = nil
    let stale = coordinator?.figures.staleReports ?? 0
    var effects: [AgentEffect] = []
    for event in events {
      note(event)
      let made = coordinator?.step(event, at: now) ?? []
      watchOperator(event, made)
      effects.append(contentsOf: made)
    }
    let counted = coordinator?.figures.staleReports ?? 0
    check(counted >= stale + reportsOfOthers, "a report to a coordinator before counts")
    reportsOfOthers = 0
    if let due = wakeAt, due <= now.monotonic {
      wakeAt = nil
      let made = coordinator?.step(.wokeUp, at: now) ?? []
      watchOperator(.wokeUp, made)
      effects.append(contentsOf: made)
    }
    if !passPoint(.coordinator, stalling: effects) { return }
    perform(effects)
    if !passPoint(.fenced) { return }
    show(effects)
    lintCoordinator()
    _ = passPoint(.coordinator)
  }

  mutating func perform(_ effects: [AgentEffect]) {
    for effect in effects {
      switch effect {
      case .probe(let order):
        combine(1, nanoseconds, UInt64(order.mcp.number), order.permit.generation)
        answer(order)
      case .forget(let mcp):
        combine(2, nanoseconds, UInt64(mcp.number))
        flights[mcp] = nil
      case .persist(let batch):
        combine(3, nanoseconds, batch.sequence, UInt64(batch.records.count))
        for event in batch.events {
          combine(event.sequence)
          trace.combine(event.type.rawValue)
        }
        lint(batch)
        journal.submit(batch)
        wakeJournal()
      case .wake(let instant): wakeAt = instant
      case .publish, .stopClock, .arrange, .answer: break
      }
    }
  }

  /// The published state takes the effects over, and the rule engine hears of what moved.
  mutating func show(_ effects: [AgentEffect]) {
    let isFirst = published.arrangements == 0
    let moved = published.apply(effects, at: now.wall)
    if let figures = coordinator?.figures { published.figures = figures }
    for index in published.changed {
      let status = published.statuses[index]
      combine(4, nanoseconds, UInt64(published.ids[index].number), status.counters.opens)
    }
    hearAnswers(effects)
    if isFirst && published.arrangements > 0 { startEngine() }
    guard !moved.isEmpty else { return }
    mail.transitions.append(SamplerRounds.Transition(at: now.wall, mcps: moved))
    wakeEngine()
  }

  var nanoseconds: UInt64 { UInt64(clamping: now.monotonic.nanoseconds) }

  private mutating func note(_ event: AgentEvent) {
    switch event {
    case .wokeUp: break
    case .probed(let report): note("probed", UInt64(report.mcp.number), report.permit.generation)
    case .committed(let sequence): note("committed", sequence)
    case .commitFailed(let sequence, _): note("commit failed", sequence)
    case .journalReplaced: note("journal replaced")
    case .reconfigured(let settings): note("reconfigured", UInt64(settings.mcps.count))
    case .noted(let notes): note("noted", UInt64(notes.count))
    case .kept(_, let ticket): note("kept", ticket)
    case .acted(let action): note("acted", action.ticket)
    case .draining: note("draining")
    }
  }
}

// MARK: - Servers

/// How a server is, and for how long.
struct SimulatedServer {
  enum Condition { case well, failing, hanging, flapping }

  var condition = Condition.well
  var until = MonotonicInstant(nanoseconds: .min)
}

extension World {
  /// A server answers an order: well, badly, by the deadline, or its report is lost.
  private mutating func answer(_ order: ProbeOrder) {
    guard order.purpose != .endSession else { return }
    let outcome = outcome(of: order.name)
    var result = ProbeResult(outcome: outcome)
    result.memory = order.memory
    result.transport = .streamableHTTP
    if order.purpose == .catalogue && outcome == .ok {
      result.catalogue = CatalogueCounts(tools: 3, prompts: nil, resources: 1)
    }
    nextFlight += 1
    flights[order.mcp] = nextFlight
    if percent(faults.lostReports) { return }
    let left = now.monotonic.duration(to: order.deadline)
    result.duration = outcome == .timeout ? left : min(left, draw(5...200))
    let report = ProbeReport(mcp: order.mcp, permit: order.permit, result: result)
    schedule(.report(report, flight: nextFlight, fence: fence), after: result.duration)
  }

  private mutating func outcome(of name: String) -> ProbeOutcome {
    var server = servers[name] ?? SimulatedServer()
    if server.until <= now.monotonic {
      server.condition =
        if percent(faults.failing) { .failing } else if percent(faults.hanging) {
          .hanging
        } else if percent(faults.flapping) { .flapping } else { .well }
      server.until = now.monotonic.advanced(
        by: draw(20_000...scenario.longestMood.wholeMilliseconds))
      servers[name] = server
    }
    switch server.condition {
    case .well: return .ok
    case .hanging: return .timeout
    case .flapping: return percent(50) ? .ok : .connectRefused
    case .failing:
      let bad: [ProbeOutcome] = [
        .connectRefused, .connectRefused, .http5xx, .authRequired, .rateLimited, .internalError,
      ]
      return bad.randomElement(using: &random) ?? .connectRefused
    }
  }
}
