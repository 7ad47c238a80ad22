import Breaking
import MCPWire
import Signals

/// One MCP as the coordinator knows it.
struct MCPEntry: Sendable {
  /// A probe on its way.
  struct Flight: Sendable {
    var permit: Breaker.Permit
    var purpose: ProbePurpose
    /// When it should have started.
    var due: MonotonicInstant
    /// When the checks were made before it, if it makes them.
    var checks: LastChecks?
  }

  struct LastChecks: Sendable { var at: MonotonicInstant? }

  let id: MCPID
  var settings: MCPSettings
  var schedule: ProbeSchedule
  var breaker: Breaker
  var memory = ServerMemory()
  /// The truth, of which the durable part may not be committed yet.
  var status: MCPStatus
  var flight: Flight?
  /// The one instant at which this MCP needs attention: due, or its flight lost. `nil`: never.
  var alarm: MonotonicInstant?
  var lastListed: MonotonicInstant?
  /// When a probe last set out to make the checks.
  var lastChecked: MonotonicInstant?
  /// Neutral results in a row.
  var neutralRun = 0
  var catalogue = CatalogueMemory()
  /// The batch that holds back what is published of this MCP.
  var heldBy: UInt64?
  var persistedAt: MonotonicInstant
  /// Downtime has ended in this step.
  var downtimeEnded: Timestamp?
  /// The URL that the journal's record is about, until this configuration has taken over.
  var restoredURL: String?
  /// Why it was disabled as the journal's record says, until then too.
  var restoredReason: String?
  /// The journal refused the last record: it is written again.
  var isUnsaved = false
  var told = FeedMemory()

  var name: String { settings.name }

  /// Copies what the breaker decided into the status.
  mutating func syncCircuit(at now: Now) {
    if status.circuit != breaker.stateName || breaker.stateName != .open || status.retryAt == nil {
      status.retryAt = breaker.retryAt.map {
        now.wall.advanced(by: now.monotonic.duration(to: $0))
      }
    }
    status.circuit = breaker.stateName
    status.consecutiveFailures = breaker.consecutiveFailures
    status.failureCycles = breaker.failureCycles
    status.trials = breaker.trials
  }

  /// What a probe at `now` is made for.
  func purpose(at now: MonotonicInstant) -> ProbePurpose {
    if settings.depth == .catalogue || checksAreDue(at: now) { return .catalogue }
    guard let interval = settings.catalogueInterval else { return .liveness }
    guard let lastListed else { return .catalogue }
    return lastListed.duration(to: now) >= interval ? .catalogue : .liveness
  }

  /// The row that the journal keeps.
  func record(at now: Now) -> MCPRecord {
    var durable = breaker.durable(at: now)
    durable.openUntil = status.retryAt
    var record = MCPRecord(
      name: name, url: settings.target.url, breaker: durable, updated: now.wall)
    record.verdict = status.verdict
    record.transitions = status.counters.transitions
    record.recoveryAttempts = status.counters.recoveryAttempts
    record.downtime = status.downtime
    record.lastSuccess = status.lastSuccess
    record.lastRecoveryAttempt = status.lastRecoveryAttempt
    record.autoDisabledReason = status.autoDisabledReason
    record.enabledByHand = status.enabledByHand
    record.transport = status.transport
    record.protocolVersion = status.protocolVersion
    record.server = status.server
    record.catalogue = status.catalogue
    record.authRequired = status.authRequired
    return record
  }
}

extension MCPEntry {
  /// A new MCP, or one that comes back as `record` remembers it.
  init(
    id: MCPID, settings: MCPSettings, record: MCPRecord?, catalogue kept: CatalogueRecord? = nil,
    at now: Now
  ) {
    self.id = id
    self.settings = settings
    schedule = ProbeSchedule(name: settings.name, interval: settings.interval)
    breaker = Breaker(settings: settings.breaker)
    status = MCPStatus(description: MCPDescription(settings), isEnabled: settings.enabled)
    status.circuitEnabled = settings.breaker.enabled
    persistedAt = now.monotonic
    if let record { restore(record, at: now) }
    catalogue.baseline = kept?.baseline
    status.counters.catalogue = kept?.changes ?? []
    syncCircuit(at: now)
  }

  private mutating func restore(_ record: MCPRecord, at now: Now) {
    status.verdict = record.verdict
    status.counters.transitions = record.transitions
    status.counters.recoveryAttempts = record.recoveryAttempts
    status.downtime = record.downtime
    status.lastSuccess = record.lastSuccess
    status.lastRecoveryAttempt = record.lastRecoveryAttempt
    status.transport = record.transport
    status.protocolVersion = record.protocolVersion
    status.server = record.server
    status.catalogue = record.catalogue
    status.authRequired = record.authRequired
    status.enabledByHand = record.enabledByHand
    status.isEnabled = isWanted
    restoredURL = record.url
    restoredReason = record.autoDisabledReason
    breaker = Breaker(record.breaker, settings: settings.breaker, at: now)
    status.circuit = breaker.stateName
    status.retryAt = breaker.stateName == .open ? record.breaker.openUntil : nil
    // A quarantine is kept by the journal apart from the record.
    if let reason = record.autoDisabledReason, !QuarantinedItem.isReason(reason),
      record.url == settings.target.url, breaker.isExhausted
    {
      status.autoDisabledReason = reason
      status.isEnabled = false
    }
  }
}

extension MCPStatus {
  /// Whether what outlives a restart differs, the breaker's own state aside.
  func differsDurably(from other: Self) -> Bool {
    verdict != other.verdict || downtime != other.downtime
      || counters.transitions != other.counters.transitions
      || counters.recoveryAttempts != other.counters.recoveryAttempts
      || transport != other.transport || protocolVersion != other.protocolVersion
      || server != other.server || catalogue != other.catalogue
      || authRequired != other.authRequired || autoDisabledReason != other.autoDisabledReason
      || isEnabled != other.isEnabled || enabledByHand != other.enabledByHand
      || counters.catalogue != other.counters.catalogue
  }
}

extension MCPDescription {
  /// What the world may see of the settings.
  package init(_ settings: MCPSettings) {
    name = settings.name
    url = Self.withoutQuery(settings.target.url)
    description = settings.description
    labels = settings.labels
    renderedLabels = []
    let all = ([Label(name: "mcp", value: settings.name)] + settings.labels)
    for (position, label) in all.enumerated() {
      if position > 0 { renderedLabels.append(UInt8(ascii: ",")) }
      renderedLabels.append(contentsOf: label.name.utf8)
      renderedLabels.append(contentsOf: [UInt8(ascii: "="), UInt8(ascii: "\"")])
      ExpositionText.appendEscaped(label.value, to: &renderedLabels)
      renderedLabels.append(UInt8(ascii: "\""))
    }
  }

  /// A query may hold a key: its values are not shown.
  private static func withoutQuery(_ url: String) -> String {
    guard let mark = url.firstIndex(of: "?") else { return url }
    return url[..<mark] + "?..."
  }
}
