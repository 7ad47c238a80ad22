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
  /// What of alerts is in the log and not surely in the journal: it comes again, in another batch,
  /// when that refuses it.
  private var logged: [AlertID: String] = [:]
  private var lastBatch: UInt64 = 0
  /// The newest batch there was when one was refused last: a later one has its alerts again.
  private var refusedBy: UInt64 = 0

  private static let pause = Duration.seconds(10)
  /// Alerts in `logged` beyond which all are forgotten: some may be told of twice then.
  private static let loggedMost = 100_000

  package init(logger: Logger) { self.logger = logger }

  /// Alerts that fire or ended.
  package mutating func report(_ batch: AlertingBatch) {
    lastBatch = batch.sequence
    if logged.count > Self.loggedMost { logged = [:] }
    for record in batch.changed {
      let alert = record.alert
      let news = "\(alert.state) \(alert.activeAt) \(alert.keepFiringSince != nil)"
      guard logged.updateValue(news, forKey: record.id) != news else { continue }
      let metadata: Logger.Metadata = ["alert": "\(alert.labels)"]
      switch alert.state {
      case .pending: logger.debug("Alert is pending", metadata: metadata)
      case .firing where alert.keepFiringSince == nil:
        logger.info("Alert fires", metadata: metadata)
      case .firing: break
      case .inactive: logger.info("Alert is resolved", metadata: metadata)
      }
    }
  }

  package mutating func report(_ answers: [AlertingAnswer]) {
    for answer in answers {
      switch answer {
      case .refused: refusedBy = lastBatch
      case .committed(let through):
        if through >= lastBatch && through > refusedBy { logged = [:] }
      case .replaced: break
      }
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

  /// Tries in vain, and messages that were given up.
  package mutating func report(_ notes: [DeliveryNote], at now: MonotonicInstant) {
    var last: Logger.Metadata?
    for note in notes {
      var metadata: Logger.Metadata = [
        "receiver": "\(note.receiver)", "integration": "\(note.integration)",
        "message": "\(note.number)",
      ]
      switch note.kind {
      case .failedTry(let attempt, let detail):
        failedTries += 1
        metadata["attempt"] = "\(attempt)"
        metadata["detail"] = "\(detail)"
        last = metadata
      case .givenUp(let reason):
        metadata["reason"] = "\(reason.rawValue)"
        logger.error("Message given up", metadata: metadata)
      }
    }
    guard var last else { return }
    if let at = triesLoggedAt, at.duration(to: now) < Self.pause { return }
    last["tries"] = "\(failedTries)"
    logger.warning("Message not delivered", metadata: last)
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
