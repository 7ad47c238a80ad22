import Agent
import Logging
import MCPWire
import Notifications
import Signals

/// Debug lines of the threads that do the work, each from its own, before anybody has made anything
/// of what they report. Each function passes on what it is given, and costs a comparison while
/// debug is not logged.
struct WorkLog: Sendable {
  let logger: Logger

  private var isOn: Bool { logger.logLevel <= .debug }

  /// On `prober`; `name` says what an MCP is called, as long as it is watched.
  func probed(_ reports: [ProbeReport], named name: (MCPID) -> String?) -> [ProbeReport] {
    guard isOn else { return reports }
    for report in reports {
      logger.debug(
        "Probe ended",
        metadata: [
          "mcp": "\(name(report.mcp) ?? "")", "outcome": "\(report.result.outcome.rawValue)",
          "ms": "\(report.result.duration.wholeMilliseconds)",
        ])
    }
    return reports
  }

  /// On `journal`.
  func answered(_ answers: [AgentEvent]) -> [AgentEvent] {
    guard isOn else { return answers }
    for answer in answers {
      guard case .committed(let sequence) = answer else { continue }
      logger.debug("Committed", metadata: ["through": "\(sequence)"])
    }
    return answers
  }

  /// On `notifier`.
  func delivered(_ reports: [DeliveryReport]) -> [DeliveryReport] {
    guard isOn else { return reports }
    for report in reports {
      logger.debug(
        "Webhook tried",
        metadata: [
          "message": "\(report.id.message ?? 0)", "attempt": "\(report.attempt)",
          "result": "\(report.result.detail(nil))",
        ])
    }
    return reports
  }
}
