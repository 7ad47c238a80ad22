package import Breaking
package import MCPWire
package import Signals

/// Types of health events, as `mcp_health_log.event_type` knows them (CONTRACT.md 6), and those of
/// the agent itself.
package enum HealthEventType: String, CaseIterable, Sendable {
  case healthCheckSuccess = "health_check_success"
  case healthCheckFailed = "health_check_failed"
  case disconnected, connected
  case recoveryAttempt = "recovery_attempt"
  case recoverySuccess = "recovery_success"
  case recoveryFailed = "recovery_failed"
  case circuitOpened = "circuit_opened"
  case circuitHalfOpen = "circuit_half_open"
  case circuitClosed = "circuit_closed"
  case autoDisabled = "auto_disabled"
  /// Data: kind, item, before, after and their digests; or further_changes, a number.
  case catalogueChanged = "catalogue_changed"
  /// A check fails that did not, or the other way round. Data: check.
  case checkFailed = "check_failed"
  case checkSucceeded = "check_succeeded"
  /// Data: by = hand, user, address; or by = configuration.
  case manuallyDisabled = "manually_disabled"
  case manuallyEnabled = "manually_enabled"
  /// Of an MCP or of the agent: an operator asked for it. Data: action, target, user, address,
  /// effect = done, unchanged or refused.
  case operatorAction = "operator_action"
  // Of the agent, with no MCP.
  /// Another value of `omni2_config` counts.
  case configChanged = "config_changed"
  /// A value of `omni2_config` cannot be; the one before stays.
  case configRefused = "config_refused"
  /// A row of `mcp_servers` cannot be watched.
  case registryRowRefused = "registry_row_refused"
  /// Detail: the error. Data: reason, duration_seconds, what was in hand.
  case coordinatorRestarted = "coordinator_restarted"
  /// An MCP or a rule is left alone, since the agent crashed over it again and again.
  case itemQuarantined = "item_quarantined"
  /// The journal was damaged; a new one goes on in its place.
  case journalReplaced = "journal_replaced"
}

/// Something that happened to an MCP, or to the agent (`mcp` is empty), kept in the journal.
package struct HealthEvent: Equatable, Sendable {
  /// Grows by one with each event of this agent; the journal's key.
  package var sequence: UInt64
  package var mcp: String
  package var timestamp: Timestamp
  package var type: HealthEventType
  package var outcome: ProbeOutcome?
  package var detail: String
  /// Further facts, in the order to show them: `("consecutive_failures", "5")`.
  package var data: [Label]

  package init(
    sequence: UInt64, mcp: String, timestamp: Timestamp, type: HealthEventType,
    outcome: ProbeOutcome? = nil, detail: String = "", data: [Label] = []
  ) {
    self.sequence = sequence
    self.mcp = mcp
    self.timestamp = timestamp
    self.type = type
    self.outcome = outcome
    self.detail = detail
    self.data = data
  }
}

/// The part of an MCP's state that outlives a restart: one row of the journal.
package struct MCPRecord: Equatable, Sendable {
  package var name: String
  package var url: String
  package var breaker: Breaker.Durable
  package var verdict: Verdict?
  package var transitions = CircuitMoves()
  package var recoveryAttempts: UInt64 = 0
  package var downtime = Downtime()
  package var lastSuccess: Timestamp?
  package var lastRecoveryAttempt: Timestamp?
  package var autoDisabledReason: String?
  /// What an operator said against the configuration; `nil`: nothing.
  package var enabledByHand: Bool?
  package var transport: MCPTransport?
  package var protocolVersion: String?
  package var server: ServerIdentity?
  package var catalogue: CatalogueCounts?
  package var authRequired: Bool?
  /// When this row was last changed.
  package var updated: Timestamp

  package init(name: String, url: String, breaker: Breaker.Durable, updated: Timestamp) {
    self.name = name
    self.url = url
    self.breaker = breaker
    self.updated = updated
  }
}

/// What one transaction of the journal holds. Replaying a batch changes nothing.
package struct JournalBatch: Equatable, Sendable {
  /// Grows by one with each batch of a coordinator.
  package var sequence: UInt64
  /// Whole new rows.
  package var records: [MCPRecord] = []
  /// Whole new rows.
  package var catalogues: [CatalogueRecord] = []
  /// In order of their sequence.
  package var events: [HealthEvent] = []
  /// For Postgres; none when there is none.
  package var feed: [FeedRow] = []
  /// In quarantine no more.
  package var released: [WorkItem] = []

  package init(sequence: UInt64) { self.sequence = sequence }
}

/// What the journal gives back at a start.
package struct JournalContents: Equatable, Sendable {
  /// Made at the journal's birth: 16 hex digits. Prefix of every event id.
  package var agentID: String
  /// Sequence of the last batch and of the last event committed; 0 in a new journal.
  package var lastBatch: UInt64 = 0
  package var lastEvent: UInt64 = 0
  /// How many times a coordinator has started on this journal, this one included.
  package var generation: UInt64 = 1
  /// How many of those starts were restarts, in the order of `RestartReason.allCases`.
  package var restarts: [UInt64] = Array(repeating: 0, count: RestartReason.allCases.count)
  /// What made this start a restart; `nil`: somebody wanted it.
  package var restart: CoordinatorRestart?
  /// Those decided at this start among them.
  package var quarantined: [QuarantinedItem] = []
  package var records: [MCPRecord] = []
  package var catalogues: [CatalogueRecord] = []

  package init(agentID: String) { self.agentID = agentID }
}

/// Why a batch is not in the journal; the label `reason` of `breakwater_journal_failures_total`.
package enum JournalFailure: String, CaseIterable, Error, Sendable {
  case full, io, busy, corrupt, other
}
