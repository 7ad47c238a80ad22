import Agent
import Alerting
import ConfigFile
import CurlTransport
import Journal
import Logging
import Notifications
import PromQL
import SampleStore
import Signals
import Synchronization
import Threading

/// The thread `rule-engine`: owns the samples, the rules and the messages, and publishes looks at
/// them.
///
/// Each evaluation interval it takes a sample of every series, and at a transition of the MCPs that
/// changed; it evaluates the groups that are due or read what changed. Samples and decisions go to
/// the journal's thread, messages that are committed to the notifier's; nobody waits for another.
final class RuleEngine: Sendable {
  struct Parts: Sendable {
    let mailbox: RuleMailbox
    let journal: JournalWriter
    let deliverer: Deliverer
    let logger: Logger
    /// Told which rule is being evaluated.
    var marking: any WorkMarking = Unmarked()
  }

  /// What others may see.
  struct Look: Sendable {
    var samples: HeadSnapshot
    var head: HeadFigures
    var rules: [RuleGroupStatus] = []
    var ruleTimes = RuleTimes()
    var notifications = NotificationFigures()
  }

  private let parts: Parts
  /// Told of each turn of its thread.
  let pulse = Pulse()
  private let published: Mutex<Look>
  private let first: Mutex<Start?>
  private let thread = Mutex<NamedThread?>(nil)

  private struct Start: Sendable {
    var head: Head
    var contents: AlertingContents
    var agentID: String
    var quarantined: [String: String]
    var configuration: RuleConfiguration
  }

  /// Nothing happens before `start`. Of `quarantined` the rules count.
  init(
    _ head: Head, _ contents: AlertingContents, agentID: String,
    quarantined: [QuarantinedItem] = [], configuration: RuleConfiguration, parts: Parts
  ) {
    var reasons: [String: String] = [:]
    for held in quarantined where held.item.kind == .rule {
      reasons[held.item.name] = held.reason
    }
    self.parts = parts
    published = Mutex(Look(samples: head.snapshot, head: head.figures))
    first = Mutex(
      Start(
        head: head, contents: contents, agentID: agentID, quarantined: reasons,
        configuration: configuration))
  }

  /// False when the system has no thread left. `look` is called on the thread.
  func start(_ look: @escaping @Sendable () -> AgentSnapshot) -> Bool {
    // Expressions are as deep as their text.
    let thread = NamedThread("rule-engine", stackBytes: 16 << 20, pulse: pulse) { [self] in
      // Only here: a second reference would keep what the head was at first.
      guard let start = first.withLock({ $0.take() }) else { return }
      var rounds = RuleRounds(
        samples: SamplerRounds(head: start.head, look),
        alerting: AlertingState(
          restoring: start.contents, agentID: start.agentID, quarantined: start.quarantined,
          zone: TimeZones.rules(named:)),
        configuration: start.configuration, stopwatch: { SystemClock.monotonic },
        inHand: { [marking = parts.marking] in
          if let mark = $0 { marking.take(.rule(mark)) } else { marking.clear() }
        })
      var log = RuleLog(logger: parts.logger)
      while turn(&rounds, &log) {}
    }
    self.thread.withLock { $0 = thread }
    return thread != nil
  }

  /// Appends what waits, hands over what is decided and ends the thread.
  func stop() {
    parts.mailbox.close()
    let thread = thread.withLock { $0.take() }
    _ = thread?.join(timeout: .seconds(5))
  }

  /// Never waits for the thread.
  var look: Look { published.withLock { $0 } }
}

extension RuleEngine {
  /// Waits for something to do and does it; false at the end.
  private func turn(_ rounds: inout RuleRounds, _ log: inout RuleLog) -> Bool {
    let due = rounds.due(at: SystemClock.now)
    pulse.rest()
    let mail = parts.mailbox.take(until: due)
    pulse.begin()
    let now = SystemClock.now
    let work = rounds.turn(mail, at: now)
    log.report(mail.answers)
    CrashPoint.rulesEvaluated.pass()
    if let batch = work.batch {
      parts.journal.submit(batch)
      log.report(batch)
    }
    for reply in work.replies { reply() }
    if !work.orders.isEmpty {
      parts.deliverer.start(work.orders)
      CrashPoint.ordersHanded.pass()
    }
    log.report(work.flushes)
    log.report(work.notes, at: now.monotonic)
    if work.hasEvaluated { log.report(rounds.alerting.rules.statuses) }
    if work.hasSamples || rounds.samples.hasRecords {
      parts.journal.submit(samples: rounds.takeRecords(lost: parts.journal.samplesLost))
    }
    publish(rounds)
    return !mail.isClosed
  }

  private func publish(_ rounds: RuleRounds) {
    let look = Look(
      samples: rounds.samples.head.snapshot, head: rounds.samples.head.figures,
      rules: rounds.alerting.rules.statuses, ruleTimes: rounds.alerting.rules.times,
      notifications: rounds.alerting.notifications.figures(at: SystemClock.now))
    published.withLock { $0 = look }
  }
}
