package import Agent
package import Logging
import MCPWire
import Signals

/// Log lines about the MCPs and the journal.
package struct EventLog: Sendable {
  private let logger: Logger

  package init(logger: Logger) { self.logger = logger }

  package func report(_ events: [HealthEvent]) {
    for event in events {
      var metadata: Logger.Metadata = event.mcp.isEmpty ? [:] : ["mcp": "\(event.mcp)"]
      if let outcome = event.outcome { metadata["outcome"] = "\(outcome.rawValue)" }
      if !event.detail.isEmpty { metadata["detail"] = "\(event.detail)" }
      for label in event.data where !Self.isLong(label.name) {
        metadata[label.name] = "\(label.value)"
      }
      let isNeutral = event.type == .healthCheckFailed && event.outcome?.verdict == .neutral
      logger.log(
        level: isNeutral ? .info : event.type.level,
        "\(isNeutral ? "MCP answers, but not for us" : event.type.sentence)", metadata: metadata)
    }
  }

  /// Whole texts of servers are in the journal only.
  private static func isLong(_ name: String) -> Bool { name == "before" || name == "after" }

  package func journalRefused(_ reason: JournalFailure, times: UInt64) {
    logger.error(
      "The journal refuses what happens; going on from memory and trying again",
      metadata: ["reason": "\(reason.rawValue)", "batches": "\(times)"])
  }
}

extension HealthEventType {
  fileprivate var level: Logger.Level {
    switch self {
    case .circuitOpened, .autoDisabled, .configRefused, .registryRowRefused, .coordinatorRestarted,
      .catalogueChanged:
      .warning
    case .itemQuarantined, .journalReplaced: .error
    case .manuallyDisabled, .manuallyEnabled, .operatorAction:
      .info
    case .connected, .disconnected, .circuitClosed, .circuitHalfOpen, .configChanged,
      .checkFailed, .checkSucceeded:
      .info
    case .healthCheckSuccess, .healthCheckFailed, .recoveryAttempt, .recoverySuccess,
      .recoveryFailed:
      .debug
    }
  }

  fileprivate var sentence: String {
    switch self {
    case .healthCheckSuccess: "Probe succeeded"
    case .healthCheckFailed: "Probe failed"
    case .disconnected: "MCP is down"
    case .connected: "MCP is up"
    case .recoveryAttempt: "Trying the MCP again"
    case .recoverySuccess: "Trial passed"
    case .recoveryFailed: "Trial failed"
    case .circuitOpened: "Circuit opened"
    case .circuitHalfOpen: "Circuit is half-open"
    case .circuitClosed: "Circuit closed"
    case .autoDisabled: "MCP disabled by the agent"
    case .catalogueChanged: "The MCP offers something else than before"
    case .checkFailed: "A check of the MCP fails"
    case .checkSucceeded: "A check of the MCP succeeds again"
    case .manuallyDisabled: "MCP disabled"
    case .manuallyEnabled: "MCP enabled"
    case .operatorAction: "An operator has acted"
    case .configChanged: "The database changes the configuration"
    case .configRefused: "A value in the database cannot be; the one before stays"
    case .registryRowRefused: "A row of the database cannot be watched"
    case .coordinatorRestarted: "The coordinator has started again"
    case .itemQuarantined: "Left alone: the agent has crashed over it again and again"
    case .journalReplaced: "The journal was damaged; a new one goes on in its place"
    }
  }
}
