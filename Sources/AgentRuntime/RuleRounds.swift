package import Alerting
package import Notifications
import PromQL
package import SampleStore
package import Signals

/// What the thread `rule-engine` has, and what it does in one turn: samples are taken, rules
/// evaluated over them, and what they decide goes to the journal and from there to the receivers.
package struct RuleRounds {
  /// What a turn leaves to be done by others.
  package struct Work {
    package var batch: AlertingBatch?
    package var orders: [DeliveryOrder] = []
    package var flushes: [FlushRecord] = []
    package var notes: [DeliveryNote] = []
    /// To be called once the batch has been handed over.
    package var replies: [@Sendable () -> Void] = []
    /// There are new samples, or new figures about them.
    package var hasSamples = false
    /// Rules were evaluated.
    package var hasEvaluated = false
  }

  package private(set) var samples: SamplerRounds
  package private(set) var alerting: AlertingState
  private var environment: RuleEnvironment
  private var configuration: RuleConfiguration
  private var isConfigured = false
  /// Nothing is due any more; what comes rings.
  private var isDraining = false
  private var haste = Haste()
  private var replies = WaitingReplies()

  package init(
    samples: SamplerRounds, alerting: AlertingState, configuration: RuleConfiguration,
    stopwatch: @escaping () -> MonotonicInstant, inHand: @escaping (String?) -> Void = { _ in }
  ) {
    self.samples = samples
    self.alerting = alerting
    self.configuration = configuration
    environment = RuleEnvironment(engine: EngineOptions(), stopwatch: stopwatch)
    environment.inHand = inHand
  }

  /// When there is something to do, as far as is known.
  package func due(at now: Now) -> MonotonicInstant {
    if isDraining { return now.monotonic.advanced(by: .seconds(1)) }
    guard isConfigured else { return now.monotonic }
    let due = alerting.due
    var wait = Timestamp(milliseconds: samples.due)
    if let rules = due.wall { wait = min(wait, rules) }
    let wall = now.monotonic.advanced(by: max(.zero, now.wall.duration(to: wait)))
    return [wall, due.monotonic, haste.due].compactMap { $0 }.min() ?? wall
  }

  package mutating func turn(_ mail: RuleMail, at now: Now) -> Work {
    var work = Work()
    isDraining = mail.isDraining
    take(mail, at: now)
    replies.perform(mail.asks, on: &alerting, at: now)
    if mail.refused > 0 { samples.head.countDropped(.queue, mail.refused) }
    if mail.hasRestarted { samples.hasten(to: now.wall.milliseconds) }
    let isFirst = samples.isFirst
    let round = samples.turn(
      mail.transitions, now: now.wall.milliseconds, isLast: mail.isDraining)
    work.hasSamples = round.hasAppended || mail.refused > 0
    if let movement = round.movement { haste.note(movement) }
    if !mail.isDraining {
      if isFirst || mail.hasRestarted { haste.noteStart(at: now.wall) }
      let before = alerting.rules.iterations
      evaluate(at: now)
      work.hasEvaluated = alerting.rules.iterations != before
      work.orders = alerting.takeOrders(at: now)
    }
    work.flushes = alerting.takeFlushes()
    work.notes = alerting.takeNotes()
    work.batch = alerting.takeBatch(at: now)
    replies.note(batch: work.batch?.sequence, isTooEarly: alerting.waitsToRetry)
    work.replies = replies.takeReady()
    return work
  }

  /// What the journal must store of the samples; everything anew once it has lost some: `lost`
  /// counts the sets of records that it did not take.
  package mutating func takeRecords(lost: UInt64) -> [SampleRecord] {
    if lost > samples.lost {
      samples.lost = lost
      samples.head.restartRecords()
    }
    return samples.head.takeRecords()
  }

  private mutating func take(_ mail: RuleMail, at now: Now) {
    if let changed = mail.configuration { configuration = changed }
    samples.arrange(
      every: configuration.interval, retention: configuration.retention,
      now: now.wall.milliseconds)
    if mail.configuration != nil || !isConfigured { configure(at: now) }
    for answer in mail.answers {
      switch answer {
      case .committed(let batch):
        alerting.committed(through: batch)
        replies.committed(through: batch)
      case .refused(let batch):
        alerting.refused(through: batch, at: now)
        replies.refused(through: batch)
      case .replaced: alerting.writeAllAgain()
      }
    }
    for report in mail.reports { alerting.end(report, at: now) }
  }

  private mutating func configure(at now: Now) {
    isConfigured = true
    environment.externalLabels = configuration.externalLabels
    environment.externalURL = configuration.notifications.externalURL
    environment.engine.subqueryStep = configuration.interval.wholeMilliseconds
    environment.engine.maximumSamples = 5_000_000
    alerting.configure(
      configuration.groups, configuration.notifications, at: now, over: &samples.store,
      environment)
  }

  private mutating func evaluate(at now: Now) {
    alerting.attend(at: now, over: &samples.store, environment)
    guard let movement = haste.take(at: now.monotonic) else { return }
    let began = environment.stopwatch()
    alerting.evaluateAtOnce(
      changed: movement.metrics, by: movement.at, at: now, over: &samples.store, environment)
    let ended = environment.stopwatch()
    haste.rest(after: ended, took: began.duration(to: ended))
  }
}

/// Keeps evaluations at once from taking all the time when very much changes: what comes while one
/// rests is evaluated together.
private struct Haste {
  /// `nil` metrics: all groups.
  private var waiting: (metrics: Set<String>?, at: Timestamp)?
  private var restsUntil: MonotonicInstant?

  /// After an evaluation it rests for this many times as long, a second at most.
  private static let restFactor = 4.0

  mutating func note(_ movement: Movement) {
    guard let before = waiting else {
      if !movement.metrics.isEmpty { waiting = (movement.metrics, movement.at) }
      return
    }
    waiting = (before.metrics?.union(movement.metrics), max(before.at, movement.at))
  }

  /// All groups have something new to look at.
  mutating func noteStart(at now: Timestamp) {
    waiting = (nil, max(now, waiting?.at ?? now))
  }

  var due: MonotonicInstant? {
    waiting == nil ? nil : restsUntil ?? MonotonicInstant(nanoseconds: 0)
  }

  mutating func take(at now: MonotonicInstant) -> (metrics: Set<String>?, at: Timestamp)? {
    if let restsUntil, now < restsUntil { return nil }
    restsUntil = nil
    return waiting.take()
  }

  mutating func rest(after instant: MonotonicInstant, took: Duration) {
    restsUntil = instant.advanced(
      by: took.multiplied(by: Self.restFactor, atMost: .seconds(1)))
  }
}
