package import Alerting
package import Logging
package import Notifications
package import Signals

/// Log lines about rules, alerts and messages; what happens often is a line each ten seconds.
package struct RuleLog {
  private let logger: Logger
  /// Rules that failed when last seen, by group and place.
  private var failing: [String: String] = [:]
  /// Failed tries since the last line about them, and when that was.
  private var failedTries = 0
  private var triesLoggedAt: MonotonicInstant?
  /// Receivers of messages of this life that have not ended.
  private var receivers: [UInt64: String] = [:]

  private static let pause = Duration.seconds(10)

  package init(logger: Logger) { self.logger = logger }

  /// Alerts that fire or ended, and messages that were given up.
  package mutating func report(_ batch: AlertingBatch) {
    for record in batch.changed {
      let alert = record.alert
      let metadata: Logger.Metadata = ["alert": "\(alert.labels)"]
      switch alert.state {
      case .pending: logger.debug("Alert is pending", metadata: metadata)
      case .firing where alert.keepFiringSince == nil:
        logger.info("Alert fires", metadata: metadata)
      case .firing: break
      case .inactive: logger.info("Alert is resolved", metadata: metadata)
      }
    }
    for message in batch.notifications?.messages ?? [] {
      receivers[message.number] = message.lane.destination.receiver
    }
    for ending in batch.notifications?.ended ?? [] {
      let receiver = receivers.removeValue(forKey: ending.number) ?? ""
      guard case .failed(let reason) = ending.end else { continue }
      logger.error(
        "Message given up",
        metadata: [
          "receiver": "\(receiver)", "message": "\(ending.number)", "reason": "\(reason.rawValue)",
        ])
    }
  }

  /// What flushes decided, and why.
  package func report(_ flushes: [FlushRecord]) {
    for flush in flushes {
      let metadata: Logger.Metadata = [
        "receiver": "\(flush.lane.destination.receiver)",
        "integration": "\(flush.lane.destination.integrationName)",
        "group": "\(flush.lane.group)", "reason": "\(flush.decision.reason)",
        "firing": "\(flush.firing)", "resolved": "\(flush.resolved)", "held": "\(flush.held)",
      ]
      switch flush.decision {
      case .send: logger.info("Message decided", metadata: metadata)
      case .silent: logger.debug("No message", metadata: metadata)
      }
    }
  }

  package mutating func report(_ reports: [DeliveryReport], at now: MonotonicInstant) {
    let failed = reports.filter { !$0.result.isDelivered }
    guard let last = failed.last else { return }
    failedTries += failed.count
    if let at = triesLoggedAt, at.duration(to: now) < Self.pause { return }
    logger.warning(
      "Message not delivered",
      metadata: [
        "receiver": "\(last.id.message.flatMap { receivers[$0] } ?? "")",
        "message": "\(last.id.message ?? 0)",
        "attempt": "\(last.attempt)",
        "detail": "\(last.result.words)", "tries": "\(failedTries)",
      ])
    (failedTries, triesLoggedAt) = (0, now)
  }

  /// Rules whose evaluation fails, or does so no more.
  package mutating func report(_ groups: [RuleGroupStatus]) {
    var now: [String: String] = [:]
    for group in groups {
      for (index, rule) in group.rules.enumerated() where rule.health == .err {
        let place = "\(group.group.key);\(index)"
        now[place] = rule.lastError ?? ""
        if failing[place] != nil { continue }
        logger.warning(
          "Evaluating a rule failed",
          metadata: [
            "group": "\(group.group.key)", "rule": "\(rule.rule.name)",
            "error": "\(rule.lastError ?? "")",
          ])
      }
    }
    if now.isEmpty, !failing.isEmpty { logger.info("All rules are evaluated again") }
    failing = now
  }
}

extension DeliveryResult {
  fileprivate var isDelivered: Bool {
    if case .answered(let answer) = self { (200..<300).contains(answer.status) } else { false }
  }

  var words: String {
    switch self {
    case .answered(let answer): "HTTP \(answer.status)"
    case .failed(let failure, let detail, _): "\(failure.rawValue): \(detail)"
    }
  }
}
