import Agent
import AgentRuntime
import Alerting
import Notifications
import SampleStore
import Signals
import TestSupport

/// The thread `rule-engine`.
extension World {
  mutating func wakeEngine() {
    guard engine != nil, mailAt == nil else { return }
    mailAt = now.monotonic.advanced(by: draw(0...2))
  }

  mutating func startEngine() {
    guard engine == nil else { return }
    startedAt = now.monotonic
    let restored = journal.disk.samples.restored(now: now.wall.milliseconds)
    // A gap makes what is behind it useless, until new blocks begin; so does a clock that was set
    // back while nothing ran.
    check(
      restored.unreadable == 0 || journal.disk.hasSampleGaps || scenario.faults.clockJumps > 0,
      "\(restored.unreadable) records of samples are unreadable")
    var limits = NotificationLimits()
    limits.restoredGrace = .seconds(240)
    if faults.isNarrow { limits.messages = 50 }
    let desk = desk
    engine = RuleRounds(
      samples: SamplerRounds(head: restored.head) { desk.snapshot },
      alerting: AlertingState(
        restoring: journal.disk.alerting, agentID: "0123456789abcdef", limits: limits),
      configuration: RuleConfiguration(settings, externalURL: "http://agent.test"),
      stopwatch: { MonotonicInstant(nanoseconds: 0) })
    known = [:]
    for message in journal.disk.alerting.notifications.messages { known[message.number] = message }
    mailAt = now.monotonic
  }

  mutating func engineTurn() {
    mailAt = nil
    engineDue = nil
    guard engine != nil else { return }
    let taken = mail
    mail = RuleMail()
    desk.put(snapshot)
    guard let work = engine?.turn(taken, at: now) else { return }
    note("rules", UInt64(taken.transitions.count), work.hasEvaluated ? 1 : 0)
    if !passPoint(.engine) { return }
    if rewrite == .max, taken.answers.contains(.replaced) { rewrite = work.batch?.sequence ?? 0 }
    if let batch = work.batch { submit(batch) }
    if !passPoint(.engine) { return }
    start(work.orders)
    if work.hasSamples || engine?.samples.hasRecords ?? false {
      journal.submit(samples: engine?.takeRecords(lost: journal.samplesLost) ?? [])
      wakeJournal()
    }
    engineDue = engine?.due(at: now)
    lintEngine(work, taken)
    publishLook()
    _ = passPoint(.engine)
  }

  private mutating func submit(_ batch: AlertingBatch) {
    combine(5, nanoseconds, batch.sequence, UInt64(batch.changed.count), UInt64(batch.gone.count))
    for record in batch.changed {
      let fingerprint = record.alert.labels.alertFingerprint
      combine(fingerprint)
      lastMoves[fingerprint] = now.monotonic
    }
    for id in batch.gone { lastMoves[id.labels.alertFingerprint] = now.monotonic }
    for message in batch.notifications?.messages ?? [] {
      known[message.number] = message
      for alert in message.told.firing { labels[alert.fingerprint] = alert.labels }
      if sequences[message.key] == nil { sequences[message.key] = sequences.count }
      trace.combine(message.key)
    }
    // Whose end is told alone, long after it.
    for ending in batch.notifications?.ended ?? [] where ending.end == .collapsed {
      guard let message = known[ending.number] else { continue }
      let told = message.told.firing.map(\.fingerprint)
      perhapsTold[message.lane.destination, default: []].formUnion(told)
    }
    lint(batch)
    journal.submit(batch)
    wakeJournal()
  }

  private mutating func publishLook() {
    guard let engine else { return }
    engineLook.head = engine.samples.head.figures
    engineLook.rules = engine.alerting.rules.statuses
    engineLook.notifications = engine.alerting.notifications.figures(at: now)
  }

  /// What a scrape would show now.
  private var snapshot: AgentSnapshot {
    var health = engineLook
    health.version = "simulated"
    health.coordinatorGeneration = journal.disk.generation
    health.restarts = journal.disk.restarts
    health.coordinatorHeartbeat = published.heartbeat
    health.probesInFlight = published.figures.inFlight
    health.scheduleLag = published.figures.lag
    health.skipped = published.figures.skipped
    health.staleReports = published.figures.staleReports
    health.eventsDropped = published.figures.eventsDropped
    health.journal.writes = journal.commits
    health.journal.failures = journal.failures
    health.journal.queueLength = journal.queueLength
    return AgentSnapshot(mcps: published.statuses, agent: health, at: now.wall)
  }
}
