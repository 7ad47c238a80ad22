import Breaking
import HeapModule
import MCPWire
package import Signals

/// What the agent knows, and the one function that changes it: `step`.
///
/// Total, synchronous and deterministic: the same events at the same instants give the same
/// effects. The runtime and the simulation differ only in who performs them.
package struct AgentState: Sendable {
  package let limits: AgentLimits
  package internal(set) var settings = Settings()
  /// Sorted by name.
  var entries: [MCPEntry] = []
  var indices: [MCPID: Int] = [:]
  /// Records of MCPs that are not configured now; they come back with their name.
  var retired: [String: MCPRecord] = [:]
  /// The same of their catalogues.
  var retiredCatalogues = RetiredCatalogues()
  /// Bytes of the baselines of `entries`.
  var catalogueBytes = 0
  /// What the coordinator before had shown, by name, until the first configuration has come.
  var shownBefore: [String: MCPStatus] = [:]
  /// What is left alone, in order.
  var quarantined: [QuarantinedItem]
  /// When the coordinator was restarted, until the first configuration has come; `nil`: it was not.
  var restartedAt: Timestamp?
  var alarms = Heap<Alarm>()
  var nextID = 0
  var ledger: Ledger
  package internal(set) var figures = AgentFigures()
  /// The wake that was asked for last.
  var lastWake: MonotonicInstant?
  /// Whether there has been a configuration.
  var hasStarted = false
  var isDraining = false
  var effects: [AgentEffect] = []

  /// `predecessor`: the coordinator of this process whose place it takes, if there was one.
  package init(
    restoring contents: JournalContents, limits: AgentLimits,
    succeeding predecessor: Predecessor? = nil
  ) {
    self.limits = limits
    ledger = Ledger(after: contents)
    quarantined = contents.quarantined.sorted { $0.item < $1.item }
    restartedAt = contents.restart?.at
    for record in contents.records { retired[record.name] = record }
    for record in contents.catalogues where retired[record.mcp] != nil {
      retiredCatalogues.keep(record)
    }
    guard let predecessor else { return }
    nextID = predecessor.lastID?.number ?? 0
    figures = predecessor.figures
    figures.inFlight = 0
    for status in predecessor.statuses { shownBefore[status.description.name] = status }
  }

  /// Takes one event at one instant and says what is to be done.
  package mutating func step(_ event: AgentEvent, at now: Now) -> [AgentEffect] {
    switch event {
    case .wokeUp: lastWake = nil
    case .probed(let report): take(report, at: now)
    case .committed(let sequence): release(through: sequence)
    case .commitFailed(let sequence, _): journalRefused(through: sequence, at: now)
    case .journalReplaced: writeAllAgain(at: now)
    case .reconfigured(let changed): reconfigure(to: changed, at: now)
    case .noted(let notes): take(notes, at: now)
    case .kept(let note, let ticket): keep(note, ticket: ticket, at: now)
    case .acted(let action): act(action, at: now)
    case .draining: drain(at: now)
    }
    if !isDraining { attend(at: now) }
    persist(at: now)
    askForWake()
    defer { effects = [] }  // the caller holds the array: emptying it would copy it first
    return effects
  }
}
