import Agent
import Alerting
import Breaking
import MCPWire
import Signals
import TestSupport

/// Drives the step function by hand: a journal that answers when told, probes that a test answers.
struct AgentDriver {
  var state: AgentState
  private(set) var now = Now.at(0)
  private(set) var orders: [ProbeOrder] = []
  private(set) var shown: [String: MCPStatus] = [:]
  private(set) var batches: [JournalBatch] = []
  private(set) var forgotten: [MCPID] = []
  /// What was answered to actions, by ticket.
  private(set) var answers: [UInt64: ActionOutcome] = [:]
  private var tickets: UInt64 = 0
  private var names: [MCPID: String] = [:]
  private var wakeAt: MonotonicInstant?
  private var answeredBatches = 0
  /// Whether the journal commits at once.
  var commits = true
  /// Of the next configuration.
  var postgres: PostgresSettings?
  var rules: [RuleGroup] = []

  init(
    _ mcps: [MCPSettings], restoring contents: JournalContents = .init(agentID: "00"),
    at start: Now = .at(0), limits: AgentLimits = AgentLimits(),
    postgres log: PostgresSettings.Log? = nil, rules: [RuleGroup] = []
  ) {
    state = AgentState(restoring: contents, limits: limits)
    now = start
    postgres = log.map { PostgresSettings(log: $0) }
    self.rules = rules
    reconfigure(mcps)
  }

  mutating func reconfigure(_ mcps: [MCPSettings]) {
    var settings = Settings()
    settings.mcps = mcps
    settings.postgres = postgres
    settings.rules = rules
    send(.reconfigured(settings))
  }

  mutating func send(_ event: AgentEvent) {
    perform(state.step(event, at: now))
    if commits { answerJournal() }
  }

  /// An operator asks for it; what was answered so far.
  @discardableResult
  mutating func act(
    _ kind: MCPAction.Kind, on mcp: String = "weather",
    by caller: Caller = Caller(user: "alice", address: "192.0.2.7")
  ) -> ActionOutcome? {
    tickets += 1
    send(.acted(MCPAction(kind, on: mcp, by: caller, ticket: tickets)))
    return answers[tickets]
  }

  /// Lets time pass, waking the agent when it asked for it.
  mutating func advance(to seconds: Double) {
    while wake(before: seconds) {}
    now = .at(seconds)
  }

  /// Wakes the agent at the next instant it asked for, if that is not after `seconds`.
  private mutating func wake(before seconds: Double) -> Bool {
    guard let wake = wakeAt, wake <= Now.at(seconds).monotonic else { return false }
    wakeAt = nil
    let later = max(wake, now.monotonic)
    now = Now(monotonic: later, wall: now.wall.advanced(by: now.monotonic.duration(to: later)))
    send(.wokeUp)
    return true
  }

  /// Takes the orders given since the last call.
  mutating func takeOrders() -> [ProbeOrder] {
    defer { orders = [] }
    return orders
  }

  mutating func answer(
    _ order: ProbeOrder, _ outcome: ProbeOutcome, _ change: (inout ProbeResult) -> Void = { _ in }
  ) {
    var result = ProbeResult(outcome: outcome)
    result.memory = order.memory
    change(&result)
    send(.probed(ProbeReport(mcp: order.mcp, permit: order.permit, result: result)))
  }

  /// Answers everything ordered until `seconds` at once with one outcome.
  mutating func run(to seconds: Double, answering outcome: ProbeOutcome) {
    while wake(before: seconds) {
      for order in takeOrders() { answer(order, outcome) }
    }
    advance(to: seconds)
    for order in takeOrders() { answer(order, outcome) }
  }

  mutating func answerJournal(_ failure: JournalFailure? = nil) {
    while answeredBatches < batches.count {
      let sequence = batches[answeredBatches].sequence
      answeredBatches += 1
      let event: AgentEvent =
        failure.map { .commitFailed(through: sequence, $0) } ?? .committed(through: sequence)
      perform(state.step(event, at: now))
    }
  }

  var events: [HealthEventType] { batches.flatMap(\.events).map(\.type) }

  /// What Postgres would be told, in order.
  var feed: [FeedRow] { batches.flatMap(\.feed) }

  /// The journal as a restart would find it.
  var contents: JournalContents {
    var journal = SimulatedJournal()
    for batch in batches {
      journal.take(batch)
      journal.commit(through: batch.sequence)
    }
    return journal.contents
  }

  private mutating func perform(_ effects: [AgentEffect]) {
    for effect in effects {
      switch effect {
      case .probe(let order): orders.append(order)
      case .forget(let mcp): forgotten.append(mcp)
      case .persist(let batch): batches.append(batch)
      case .publish(let id, let status): if let name = names[id] { shown[name] = status }
      case .stopClock(let id, let end):
        if let name = names[id], shown[name]?.downtimeEnd == nil { shown[name]?.downtimeEnd = end }
      case .arrange(let arranged): arrange(arranged)
      case .answer(let ticket, let outcome): answers[ticket] = outcome
      case .wake(let instant): wakeAt = instant
      }
    }
  }

  private mutating func arrange(_ arranged: [ArrangedMCP]) {
    var next: [String: MCPStatus] = [:]
    for mcp in arranged {
      let name = mcp.initial.description.name
      next[name] = names[mcp.id] == nil ? mcp.initial : shown[name]
    }
    shown = next
    names = Dictionary(
      uniqueKeysWithValues: arranged.map { ($0.id, $0.initial.description.name) })
  }
}

/// An MCP that is probed each 10 s, opens after 3 failures and is tried again after 20 s.
func mcp(_ name: String = "weather", _ change: (inout MCPSettings) -> Void = { _ in })
  -> MCPSettings
{
  var settings = MCPSettings(name: name, target: ProbeTarget(url: "http://\(name).test/mcp"))
  settings.interval = .seconds(10)
  settings.timeout = .seconds(5)
  settings.breaker.failureThreshold = 3
  settings.breaker.recoveryTimeout = .seconds(20)
  settings.breaker.backoff.jitter = 0
  change(&settings)
  return settings
}

extension PostgresSettings {
  init(log: Log) {
    self.init()
    self.log = log
  }
}
