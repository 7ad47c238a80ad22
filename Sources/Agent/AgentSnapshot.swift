package import Alerting
package import MCPWire
package import Notifications
package import Signals

/// Why a due probe was not started; the label `reason` of `breakwater_probes_skipped_total`.
package enum SkipReason: String, CaseIterable, Sendable {
  /// The MCP's previous probe has not ended.
  case busy
  /// As many probes are in flight as descriptors allow.
  case concurrency
  /// The journal is behind by more batches than are kept.
  case journal
  /// Nothing ran when it was due: the process was stopped, or the coordinator stood still.
  case late
}

/// Why a coordinator had to start again; the label `reason` of
/// `breakwater_coordinator_restarts_total`.
package enum RestartReason: String, CaseIterable, Sendable {
  case crash, stall, process
}

/// A fault that somebody asks for, to see what comes of it.
package struct CoordinatorDrill: Equatable, Sendable {
  package enum Fault: String, CaseIterable, Sendable { case crash, stall }

  package var fault: Fault
  /// The MCP that is in hand when it happens.
  package var mcp: String?

  package init(_ fault: Fault, mcp: String? = nil) {
    self.fault = fault
    self.mcp = mcp
  }
}

/// The agent's own condition.
package struct AgentHealth: Sendable {
  package var version = ""
  package var revision = ""
  package var configReloadSuccessful = true
  package var configReloadedAt: Timestamp?
  package var logLinesDropped: UInt64 = 0
  package var coordinatorUp = true
  /// Coordinators that stood still, were replaced, and have not come to their end.
  package var coordinatorsAbandoned = 0
  /// Turns of replaced coordinators that counted for nothing.
  package var turnsFenced: UInt64 = 0
  package var quarantined: [QuarantinedItem] = []
  package var coordinatorHeartbeat: Timestamp?
  package var coordinatorGeneration: UInt64 = 1
  /// In the order of `RestartReason.allCases`.
  package var restarts: [UInt64] = Array(repeating: 0, count: RestartReason.allCases.count)
  package var stepDurations = DurationHistogram()
  package var probesInFlight = 0
  package var scheduleLag = DurationHistogram()
  /// In the order of `SkipReason.allCases`.
  package var skipped: [UInt64] = Array(repeating: 0, count: SkipReason.allCases.count)
  package var staleReports: UInt64 = 0
  package var eventsDropped: UInt64 = 0
  package var journal = JournalFigures()
  package var journalsReplaced: UInt64 = 0
  package var journalBytes: Int64 = 0
  package var journalRowsDropped: UInt64 = 0
  /// Events that the coordinator's inbox had no room for.
  package var inboxDropped: UInt64 = 0
  package var recordsDropped: UInt64 = 0
  package var cataloguesCut: UInt64 = 0
  /// Set by the web server.
  package var web = WebFigures()
  /// `nil`: no Postgres is configured.
  package var postgres: PostgresFigures?
  package var head = HeadFigures()
  /// In the order of the configuration.
  package var rules: [RuleGroupStatus] = []
  package var ruleTimes = RuleTimes()
  package var notifications = NotificationFigures()
  /// Set by the web server.
  package var queriesRefused: UInt64 = 0
  package var process = ProcessFigures()

  package init() {}
}

/// What the journal's thread has done.
package struct JournalFigures: Equatable, Sendable {
  /// The last transaction was committed.
  package var isUp = true
  package var writes: UInt64 = 0
  package var events: UInt64 = 0
  /// In the order of `JournalFailure.allCases`.
  package var failures: [UInt64] = Array(repeating: 0, count: JournalFailure.allCases.count)
  /// Batches that are not answered yet.
  package var queueLength = 0
  /// Age of the oldest of them.
  package var lag = Duration.zero

  package init() {}
}

/// What the standard `process_*` metrics need, read from the kernel at a scrape.
package struct ProcessFigures: Equatable, Sendable {
  package var cpu: Duration = .zero
  package var openDescriptors = 0
  package var maxDescriptors: Int64 = 0
  package var virtualMemoryBytes: Int64 = 0
  /// `nil`: no bound.
  package var virtualMemoryMax: Int64?
  package var residentMemoryBytes: Int64 = 0
  package var startedAt = Timestamp(milliseconds: 0)
  package var threads = 0

  package init() {}
}

/// One consistent look at everything, for one response.
package struct AgentSnapshot: Sendable {
  /// Sorted by name.
  package var mcps: [MCPStatus]
  package var agent: AgentHealth
  package var at: Timestamp

  package init(mcps: [MCPStatus], agent: AgentHealth, at: Timestamp) {
    self.mcps = mcps
    self.agent = agent
    self.at = at
  }
}

/// An event as a reader gets it back, with its id.
package struct StoredEvent: Equatable, Sendable {
  /// `agent id`-`sequence`: the same wherever the event is written.
  package var id: String
  package var event: HealthEvent

  package init(id: String, event: HealthEvent) {
    self.id = id
    self.event = event
  }
}

/// What the web server may ask of the agent.
package protocol AgentInterface: NotificationInterface, OperatorInterface {
  /// Never waits for a probe, the journal or the coordinator.
  func snapshot() -> AgentSnapshot
  /// Newest first; `before` is an event id. Throws when the journal cannot be read.
  func events(of mcp: String, limit: Int, before: UInt64?) async throws -> [StoredEvent]
  /// `nil` when configuration, journal and listener are up; else what is missing.
  func notReadyReason() -> String?
  /// Names besides its own by which it may be asked for; `*`: all.
  var allowedHosts: [String] { get }
  /// Whether it makes probes on request.
  var servesProbe: Bool { get }
  /// Probes a server that need not be one of its own, within the time.
  func probe(url: String, transport: TransportSetting, timeout: Duration) async -> PassingProbe
  /// Answers those that are under way at once, and makes no more: the agent ends.
  func endProbes()
}

/// An agent that makes no probes on request.
extension AgentInterface {
  package var allowedHosts: [String] { [] }
  package var servesProbe: Bool { false }
  package func endProbes() {}
  package func probe(
    url: String, transport: TransportSetting, timeout: Duration
  ) async -> PassingProbe { .busy }
}

/// What comes of a probe that was asked for over HTTP.
package enum PassingProbe: Equatable, Sendable {
  case result(ProbeResult)
  /// The URL is none that is probed; why, without quoting it.
  case refused(String)
  /// As many as may are under way.
  case busy
}
