import Agent
import MCPWire
import Signals

/// What Postgres would be told, beside what it must be told, in one life of the agent.
struct SimulatedFeed {
  /// `nil`: nothing.
  let log: PostgresSettings.Log?
  /// Probes whose reports were taken, and those of them that were down.
  private var probes: [String: Int] = [:]
  private var errors: [String: Int] = [:]
  private var probesTotal = 0
  /// Sequences of rows given to the journal, and how many of them are of probes.
  private var given: Set<UInt64> = []
  private var givenChecks = 0
  /// What the journal has committed.
  private var checks: [String: Int] = [:]
  private var toldErrors: [String: Int] = [:]
  private(set) var states: [String: FeedState] = [:]
  /// Sequences committed in all lives.
  private var committed: Set<UInt64> = []

  init(log: PostgresSettings.Log?) { self.log = log }

  /// Takes note of the reports that a step takes: one that comes, and flights that are given up.
  mutating func note(
    _ event: AgentEvent, isStale: Bool, _ effects: [AgentEffect], _ names: [MCPID: String]
  ) {
    if case .probed(let report) = event, !isStale {
      expect(names[report.mcp], isDown: report.result.verdict == .down)
    }
    var isConfiguring = if case .reconfigured = event { true } else { false }
    for effect in effects {
      switch effect {
      case .arrange: isConfiguring = false
      case .forget(let mcp) where !isConfiguring && !Self.abandons(event, names[mcp]):
        expect(names[mcp], isDown: false)
      default: break
      }
    }
  }

  /// Whether the event makes a probe of it worthless, which then has no row.
  private static func abandons(_ event: AgentEvent, _ name: String?) -> Bool {
    guard case .acted(let action) = event, action.mcp == name else { return false }
    return action.kind == .disable || action.kind == .reset
  }

  private mutating func expect(_ name: String?, isDown: Bool) {
    guard let name else { return }
    probes[name, default: 0] += 1
    probesTotal += 1
    if isDown { errors[name, default: 0] += 1 }
  }

  /// What is wrong with a batch on its way to the journal.
  mutating func give(_ batch: JournalBatch) -> String? {
    guard log != nil else { return batch.feed.isEmpty ? nil : "rows without Postgres" }
    var last: UInt64 = 0
    var types: [UInt64: HealthEventType] = [:]
    for log in batch.feed.lazy.compactMap(\.log) {
      if log.sequence <= last { return "sequence \(log.sequence) after \(last)" }
      last = log.sequence
      types[last] = log.type
      if given.insert(last).inserted && Self.isCheck(log) { givenChecks += 1 }
    }
    let lost = batch.events.first { types[$0.sequence] != $0.type }
    if let lost { return "event \(lost.sequence) without its row" }
    guard log == .all, givenChecks != probesTotal else { return nil }
    return "\(givenChecks) rows of \(probesTotal) probes"
  }

  /// What is wrong with a batch that the journal has committed.
  mutating func commit(_ batch: JournalBatch) -> String? {
    for row in batch.feed {
      if let log = row.log {
        if !committed.insert(log.sequence).inserted { return "sequence \(log.sequence) twice" }
        if Self.isCheck(log) { checks[row.mcp, default: 0] += 1 }
      }
      if let state = row.state {
        states[row.mcp] = state
        toldErrors[row.mcp, default: 0] += state.errors
      }
    }
    return nil
  }

  /// Memory is lost, and with it what the journal does not have.
  mutating func beginLife() {
    (probes, errors, probesTotal, given, givenChecks) = ([:], [:], 0, [], 0)
    (checks, toldErrors) = ([:], [:])
  }

  /// What is wrong when everything is committed, the last `waiting` rows of each MCP aside.
  func trouble(waiting: Int) -> String? {
    guard let log else { return nil }
    for (name, count) in probes {
      let told = checks[name, default: 0]
      if log == .all && !(count - waiting...count).contains(told) {
        return "\(name): \(told) rows of \(count) probes"
      }
      let down = errors[name, default: 0]
      let errors = toldErrors[name, default: 0]
      if errors != down { return "\(name): \(errors) errors told of \(down)" }
    }
    return nil
  }

  /// What the last state of an MCP says otherwise than its status.
  func trouble(with status: MCPStatus) -> String? {
    guard log != nil else { return nil }
    guard let state = states[status.description.name] else { return "no state" }
    var expected = FeedState(at: state.at, health: status.health)
    expected.lastCheck = state.lastCheck
    expected.errors = state.errors
    expected.circuit = status.circuit
    expected.consecutiveFailures = status.consecutiveFailures
    expected.failureCycles = status.failureCycles
    expected.lastRecoveryAttempt = status.lastRecoveryAttempt
    expected.downtime = status.downtime
    expected.autoDisabledReason = status.autoDisabledReason
    return state == expected ? nil : "\(state) of \(expected)"
  }

  private static func isCheck(_ log: FeedLog) -> Bool {
    log.type == .healthCheckSuccess || log.type == .healthCheckFailed
  }
}
