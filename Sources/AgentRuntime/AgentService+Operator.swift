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

  /// Keeps an event of what has been done, or refused. When no coordinator or journal takes it
  /// soon, a line of the log says the same, and it is tried again until one does.
  func record(_ deed: OperatorDeed) async {
    if await isKept(deed, within: Self.eventLimit) { return }
    let facts = deed.labels.map { ($0.name, Logger.MetadataValue("\($0.value)")) }
    logger.warning(
      "An operator has acted, which the journal does not have yet",
      metadata: Logger.Metadata(facts, uniquingKeysWith: { $1 }))
    guard owedEvents.add(1, ordering: .relaxed).newValue <= Self.owedLimit else {
      owedEvents.subtract(1, ordering: .relaxed)
      return logger.error("Too many events of operators wait: the last one is in the log only")
    }
    Task { [self] in
      defer { owedEvents.subtract(1, ordering: .relaxed) }
      while !published.isDraining {
        if await isKept(deed, within: Self.askLimit) { return }
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }

  /// Events of operators that wait for a coordinator or a journal that takes them.
  private static let owedLimit = 256

  private func isKept(_ deed: OperatorDeed, within limit: Duration) async -> Bool {
    let outcome = try? await tell(within: limit) { .kept(deed.note, ticket: $0) }
    return outcome == .done
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
