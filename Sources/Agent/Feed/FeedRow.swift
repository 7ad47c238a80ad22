package import Breaking
package import MCPWire
package import Signals

/// Something that Postgres is to be told: a line of the log, the state of an MCP, its tools, or
/// several of them that belong together.
///
/// The journal keeps these rows in the order in which it committed them until Postgres has them.
package struct FeedRow: Equatable, Sendable {
  /// Empty for what concerns the agent and no MCP.
  package var mcp: String
  package var log: FeedLog?
  package var state: FeedState?
  /// The whole list, when it has changed or may have.
  package var tools: [ToolListing]?

  package init(
    mcp: String, log: FeedLog? = nil, state: FeedState? = nil, tools: [ToolListing]? = nil
  ) {
    self.mcp = mcp
    self.log = log
    self.state = state
    self.tools = tools
  }
}

/// A row of `mcp_health_log`, or of `breakwater_events` when it concerns no MCP.
package struct FeedLog: Equatable, Sendable {
  /// With the agent's id it makes the event's id; never used twice in one journal.
  package var sequence: UInt64
  package var timestamp: Timestamp
  package var type: HealthEventType
  /// After the event.
  package var status: HealthStatus
  /// Of the probe that the event came of; whole milliseconds.
  package var responseTime: Duration?
  package var outcome: ProbeOutcome?
  package var detail: String
  package var data: [Label]

  package init(
    sequence: UInt64, timestamp: Timestamp, type: HealthEventType, status: HealthStatus,
    responseTime: Duration? = nil, outcome: ProbeOutcome? = nil, detail: String = "",
    data: [Label] = []
  ) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.type = type
    self.status = status
    self.responseTime = responseTime
    self.outcome = outcome
    self.detail = detail
    self.data = data
  }
}

/// The health columns of a row of `mcp_servers`.
package struct FeedState: Equatable, Sendable {
  /// When this was so.
  package var at: Timestamp
  package var health: HealthStatus
  package var lastCheck: Timestamp?
  /// Down verdicts since the state before: they add to `error_count`.
  package var errors: Int
  package var circuit: Breaker.StateName
  package var consecutiveFailures: Int
  package var failureCycles: Int
  package var lastRecoveryAttempt: Timestamp?
  package var downtime: Downtime
  package var autoDisabledReason: String?

  package init(at: Timestamp, health: HealthStatus) {
    self.at = at
    self.health = health
    errors = 0
    circuit = .closed
    consecutiveFailures = 0
    failureCycles = 0
    downtime = Downtime()
  }
}
