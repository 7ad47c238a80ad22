package import Agent
import Logging
import Signals
import Synchronization
import Threading

/// What operators ask for. The coordinator keeps an event of it, and answers when the journal has
/// that.
extension AgentService {
  /// How long an answer is waited for.
  static let askLimit: Duration = .seconds(10)
  /// The same where what was asked for is done in any case.
  private static let eventLimit: Duration = .seconds(2)

  package func act(
    _ kind: MCPAction.Kind, on mcp: String, by caller: Caller
  ) async throws(NoAnswer) -> ActionOutcome {
    try await tell(within: Self.askLimit) {
      .acted(MCPAction(kind, on: mcp, by: caller, ticket: $0))
    }
  }

  package func reload(by caller: Caller) async -> [String] {
    let problems = await reload()
    let outcome: ActionOutcome =
      problems.isEmpty ? .done : .refused(String(problems.joined(separator: "; ").prefix(1000)))
    await record(OperatorDeed(.reload, by: caller, outcome))
    return problems
  }

  package func quit(by caller: Caller) async {
    await record(OperatorDeed(.quit, by: caller))
    onQuit.withLock { $0 }?()
  }

  /// The event comes first: the coordinator that would keep it is the one that fails.
  package func drill(_ drill: CoordinatorDrill, by caller: Caller) async -> Bool {
    let hasRoom = drills.hasRoom
    await record(
      OperatorDeed(
        .init(drill.fault), on: drill.mcp ?? "", by: caller,
        hasRoom ? .done : .refused("as many drills wait as may")))
    return hasRoom && self.drill(drill)
  }

  /// False when too many drills wait already.
  package func drill(_ drill: CoordinatorDrill) -> Bool {
    guard drills.request(drill) else { return false }
    door.post([])  // it looks once a turn
    return true
  }

  /// Keeps an event of what has been done, or refused. When the journal does not have it soon, a
  /// line of the log says the same, and it is waited for on.
  func record(_ deed: OperatorDeed) async {
    let isKept = OneReply<Bool>()
    if owedEvents.add(1, ordering: .relaxed).newValue <= Self.owedLimit {
      Task { [self] in
        let outcome = await keep(deed)
        owedEvents.subtract(1, ordering: .relaxed)
        isKept.give(outcome)
      }
      let timer = Task {
        try? await Task.sleep(for: Self.eventLimit)
        isKept.give(false)
      }
      defer { timer.cancel() }
      if await isKept.value() { return }
    } else {
      owedEvents.subtract(1, ordering: .relaxed)
      logger.error("Too many events of operators wait: this one is in the log only")
    }
    let facts = deed.labels.map { ($0.name, Logger.MetadataValue("\($0.value)")) }
    logger.warning(
      "An operator has acted, which the journal does not have yet",
      metadata: Logger.Metadata(facts, uniquingKeysWith: { $1 }))
  }

  /// Events of operators that wait for a coordinator or a journal that takes them.
  private static let owedLimit = 256

  /// Ends when the journal has an event of the deed, or without when the agent ends. Each
  /// coordinator is told once: one that dies may take the event with it.
  private func keep(_ deed: OperatorDeed) async -> Bool {
    let (ticket, answer) = actions.open()
    defer { actions.close(ticket) }
    let teller = Task { [self] in
      var told: UInt64?
      while !Task.isCancelled && !published.isDraining {
        let generation = supervisor.figures.generation
        if told != generation, door.post([.kept(deed.note, ticket: ticket)]) { told = generation }
        try? await Task.sleep(for: told == nil ? .milliseconds(5) : .seconds(1))
      }
      answer.give(nil)
    }
    defer { teller.cancel() }
    return await answer.value() != nil
  }

  /// Between two coordinators it waits for the next.
  private func tell(
    within limit: Duration, _ event: (UInt64) -> AgentEvent
  ) async throws(NoAnswer) -> ActionOutcome {
    let deadline = SystemClock.monotonic.advanced(by: limit)
    let (ticket, answer) = actions.open()
    defer { actions.close(ticket) }
    let event = event(ticket)
    while !door.post([event]) {
      guard SystemClock.monotonic < deadline else { throw NoAnswer() }
      await Task { try? await Task.sleep(for: .milliseconds(5)) }.value
    }
    let timer = Task {
      try? await Task.sleep(for: max(.zero, SystemClock.monotonic.duration(to: deadline)))
      answer.give(nil)
    }
    defer { timer.cancel() }
    guard let outcome = await answer.value() else { throw NoAnswer() }
    return outcome
  }
}
