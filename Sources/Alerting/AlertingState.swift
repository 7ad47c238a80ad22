package import Notifications
package import Signals

/// Rules, alerts and messages as one: what an evaluation decides, what must be committed of it, and
/// what may be sent then.
///
/// Use it from one thread. Deterministic: the same calls at the same instants over the same samples
/// give the same batches and orders.
package struct AlertingState {
  package private(set) var rules: RuleSet
  package internal(set) var notifications: NotificationState
  private var ledger = AlertLedger()
  private var lastBatch: UInt64 = 0
  /// When what was refused is put into a batch again.
  private var retryAt: MonotonicInstant?

  /// When alerts that somebody was told of before the restart, and that no evaluation has told of
  /// since, would be taken to have ended.
  private var untoldAt: MonotonicInstant?
  private let restoredGrace: Duration
  private var isConfigured = false
  /// What was shown in this turn.
  var look: (at: Now, view: NotificationView)?

  /// Pause before the journal is asked again.
  private static let retryPause = Duration.seconds(1)

  /// `quarantined`: see `RuleSet`; `zone`: the rules of a place's clocks, by its name.
  package init(
    restoring contents: AlertingContents, agentID: String,
    limits: NotificationLimits = NotificationLimits(), restore: AlertRestore = AlertRestore(),
    quarantined: [String: String] = [:],
    zone: @escaping @Sendable (String) -> TimeZoneRules? = { _ in nil }
  ) {
    restoredGrace = limits.restoredGrace
    rules = RuleSet(restoring: contents.alerts, restore: restore, quarantined: quarantined)
    notifications = NotificationState(
      restoring: contents.notifications, agentID: agentID, limits: limits, zone: zone)
  }
}

// MARK: - What happens

extension AlertingState {
  /// Takes another configuration over as a whole.
  package mutating func configure(
    _ groups: [RuleGroup], _ settings: NotificationSettings, at now: Now,
    over store: inout some RuleStore, _ environment: RuleEnvironment
  ) {
    if !isConfigured { untoldAt = now.monotonic.advanced(by: restoredGrace) }
    isConfigured = true
    notifications.configure(settings, at: now)
    take(rules.configure(groups, at: now.wall, over: &store, environment), at: now)
  }

  /// Evaluates what is due, flushes and tries again what is due.
  package mutating func attend(
    at now: Now, over store: inout some RuleStore, _ environment: RuleEnvironment
  ) {
    var evaluation = rules.evaluateDue(at: now.wall, over: &store, environment)
    if let untoldAt, untoldAt <= now.monotonic {
      self.untoldAt = nil
      evaluation.alerts += rules.untold(at: now.wall, environment)
    }
    take(evaluation, at: now)
    notifications.attend(at: now)
  }

  /// Evaluates at once the groups that read one of these metrics, which have changed by `time`;
  /// `nil`: all groups.
  package mutating func evaluateAtOnce(
    changed metrics: Set<String>?, by time: Timestamp, at now: Now,
    over store: inout some RuleStore, _ environment: RuleEnvironment
  ) {
    take(
      rules.evaluateAtOnce(changed: metrics, at: time, over: &store, environment), at: now)
  }

  private mutating func take(_ evaluation: GroupEvaluation, at now: Now) {
    ledger.note(evaluation)
    if !evaluation.alerts.isEmpty { notifications.take(evaluation.alerts, at: now) }
  }

  package mutating func end(_ report: DeliveryReport, at now: Now) {
    notifications.end(report, at: now)
  }

  package mutating func committed(through batch: UInt64) {
    ledger.committed(through: batch)
    notifications.committed(through: batch)
  }

  /// The journal does not have these batches: what they tell is sent all the same, and they are
  /// written again.
  package mutating func refused(through batch: UInt64, at now: Now) {
    ledger.refused(through: batch)
    notifications.refused(through: batch)
    retryAt = now.monotonic.advanced(by: Self.retryPause)
  }

  /// Only memory holds what was committed: the next batch has all alerts, what was told of them and
  /// the messages that wait.
  package mutating func writeAllAgain() {
    ledger.noteAll(rules.records)
    notifications.writeAllAgain()
    retryAt = nil
  }
}

// MARK: - What is to be done

extension AlertingState {
  /// What must be committed now; `nil` when there is nothing, or the journal has just refused.
  package mutating func takeBatch(at now: Now) -> AlertingBatch? {
    look = nil
    if let retryAt, now.monotonic < retryAt { return nil }
    retryAt = nil
    var batch = AlertingBatch(sequence: lastBatch + 1)
    (batch.changed, batch.gone) = ledger.take(for: batch.sequence)
    batch.notifications = notifications.takeChanges(batch: batch.sequence)
    guard !batch.changed.isEmpty || !batch.gone.isEmpty || batch.notifications != nil else {
      return nil
    }
    lastBatch = batch.sequence
    return batch
  }

  /// The journal has refused a batch and is not asked again yet.
  package var waitsToRetry: Bool { retryAt != nil }

  /// Tries to start now: of messages that are committed.
  package mutating func takeOrders(at now: Now) -> [DeliveryOrder] {
    notifications.takeOrders(at: now)
  }

  /// What flushes have decided, for the log.
  package mutating func takeFlushes() -> [FlushRecord] { notifications.takeFlushes() }

  /// What has come to nothing, for the log.
  package mutating func takeNotes() -> [DeliveryNote] { notifications.takeNotes() }

  /// When there is something to do on the wall clock, and on the one that never jumps.
  package var due: (wall: Timestamp?, monotonic: MonotonicInstant?) {
    let wakes = [notifications.nextWake, retryAt].compactMap { $0 }
    return (rules.due, wakes.min())
  }
}
