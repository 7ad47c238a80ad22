import Breaking
import Signals

/// What Postgres has been told of an MCP in this life of the agent.
struct FeedMemory: Sendable {
  var state: FeedState?
  var stateAt: MonotonicInstant?
  /// When a probe was last logged.
  var checkAt: MonotonicInstant?
  /// Down verdicts that no state has told of.
  var errors = 0
  /// Hash of the tools, and when they were told.
  var tools: UInt64?
  var toolsAt: MonotonicInstant?
}

extension MCPEntry {
  /// The columns of this MCP as it is.
  func feedState(at wall: Timestamp) -> FeedState {
    var state = FeedState(at: wall, health: status.health)
    state.lastCheck = status.lastProbe?.at
    state.circuit = status.circuit
    state.consecutiveFailures = status.consecutiveFailures
    state.failureCycles = status.failureCycles
    state.lastRecoveryAttempt = status.lastRecoveryAttempt
    state.downtime = status.downtime
    state.autoDisabledReason = status.autoDisabledReason
    return state
  }

  /// The same, with the errors that were not told yet, and noted as told.
  mutating func tellState(at now: Now) -> FeedState {
    var state = feedState(at: now.wall)
    told.state = state
    told.stateAt = now.monotonic
    state.errors = told.errors
    told.errors = 0
    return state
  }

  /// Whether Postgres has an older state, or one as old as `refresh`.
  func isStateDue(at now: Now, refresh: Duration) -> Bool {
    guard let last = told.state, let at = told.stateAt else { return true }
    if at.duration(to: now.monotonic) >= refresh { return true }
    var state = feedState(at: last.at)
    state.lastCheck = last.lastCheck
    return state != last
  }
}

extension FeedState {
  /// An MCP that is not watched any more, as the journal remembers it.
  init(retired record: MCPRecord, at wall: Timestamp) {
    self.init(at: wall, health: .disabled)
    circuit = record.breaker.state
    consecutiveFailures = record.breaker.consecutiveFailures
    failureCycles = record.breaker.failureCycles
    lastRecoveryAttempt = record.lastRecoveryAttempt
    downtime = record.downtime
    autoDisabledReason = record.autoDisabledReason
  }
}
