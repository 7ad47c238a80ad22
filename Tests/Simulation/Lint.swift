import Agent
import AgentRuntime
import Alerting
import Breaking
import MCPWire
import Notifications
import PromQL
import SampleStore
import Signals
import TestSupport

/// What the lint remembers between two looks.
struct Looks {
  /// MCPs whose samples and alerts may be behind what is published, and until when: after a
  /// configuration, a restart or a jump of the clock the next sample of all tells of them.
  private(set) var doubtful: [String: MonotonicInstant] = [:]
  var lastBatch: UInt64 = 0
  var lastAlertingBatch: UInt64 = 0
  var arrangements = 0
  /// Engine's turns at one instant.
  var turnAt = MonotonicInstant(nanoseconds: .min)
  var turnsAtOnce = 0

  mutating func doubt(_ names: some Sequence<String>, until end: MonotonicInstant) {
    for name in names { doubtful[name] = end }
  }

  mutating func trust(_ name: String) { if !doubtful.isEmpty { doubtful[name] = nil } }

  func isDoubtful(_ name: String, at now: MonotonicInstant) -> Bool {
    doubtful[name].map { now < $0 } ?? false
  }
}

/// What must hold after every step, whatever happened.
extension World {
  /// Cheap where it holds: the words are made when it does not.
  mutating func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    checks += 1
    if !holds && failure == nil { fail(what()) }
  }

  package mutating func fail(_ what: String) {
    failure = """
      \(what)
      SIM_SEED=\(seed) fails at \(now.monotonic.elapsed.inSeconds) s, wall \(now.wall.milliseconds)
      \(scenario.faults)
      \(recent.lines.joined(separator: "\n"))
      """
  }

  var doubtEnds: MonotonicInstant {
    now.monotonic.advanced(by: settings.global.evaluationInterval * 2 + .seconds(90))
  }

  // MARK: The coordinator

  mutating func lintCoordinator() {
    let figures = published.figures
    check(figures.inFlight >= 0, "probes in flight: \(figures.inFlight)")
    let limit = coordinator?.limits.concurrency ?? 0
    check(figures.inFlight <= limit, "probes in flight: \(figures.inFlight)")
    let (trouble, shown) = (published.trouble, published.statuses.count)
    check(trouble == nil, trouble ?? "")
    check(shown == settings.mcps.count || !inbox.isEmpty, "\(shown) MCPs are shown")
    if published.arrangements != looks.arrangements {
      looks.arrangements = published.arrangements
      looks.doubt(published.statuses.map(\.description.name), until: doubtEnds)
      looks.doubt(published.gone, until: doubtEnds)
    }
    for index in published.changed { lint(published.statuses[index]) }
  }

  private mutating func lint(_ status: MCPStatus) {
    let name = status.description.name
    check((status.circuit == .open) == (status.retryAt != nil), "\(name): \(status.circuit)")
    check(status.circuit == .closed || status.circuitEnabled, "\(name) is not breakable")
    check(status.isEnabled || status.isUp == nil, "\(name): up while disabled")
    // One that is found disabled at a start has stopped, and that is not committed yet.
    let isRunning = status.downtime.since != nil && status.downtimeEnd == nil
    check(!isRunning || status.isEnabled, "\(name): downtime while disabled")
    check(status.downtime.total >= .zero, "\(name): downtime \(status.downtime.total)")
    if status.verdict == .up || status.verdict == .neutral {
      check(status.downtime.since == nil, "\(name): downtime while it answers")
    }
    let moves = status.counters.transitions
    let entered = moves[.init(from: .open, to: .halfOpen)]
    let left = moves[.init(from: .halfOpen, to: .open)] + moves[.init(from: .halfOpen, to: .closed)]
    check(entered == left || entered == left + 1, "\(name): half-open in and out")
    // A coordinator that stood still shows what it decided before the journal went on.
    let hasNews = inbox.contains {
      if case .committed = $0 { true } else { false }
    }
    if !journal.ahead.contains(name) && !hasNews { checkCommitted(name, status) }
  }

  /// What outlives a restart is shown as the journal's last commit has it.
  private mutating func checkCommitted(_ name: String, _ status: MCPStatus) {
    guard let record = journal.disk.records[name] else {
      check(status.verdict == nil && status.circuit == .closed, "\(name) shown before committed")
      return
    }
    let isCommitted =
      status.circuit == record.breaker.state && status.retryAt == record.breaker.openUntil
      && status.consecutiveFailures == record.breaker.consecutiveFailures
      && status.failureCycles == record.breaker.failureCycles
      && status.counters.transitions == record.transitions
      && status.counters.recoveryAttempts == record.recoveryAttempts
      && status.verdict == record.verdict && status.downtime == record.downtime
      && status.catalogue == record.catalogue
    check(isCommitted, "\(name) is shown as the journal does not have it: \(status) \(record)")
  }

  mutating func lint(_ batch: JournalBatch) {
    var last: UInt64 = 0
    for event in batch.events {
      check(event.sequence > last, "event \(event.sequence) after \(last)")
      last = event.sequence
    }
    check(Set(batch.records.map(\.name)).count == batch.records.count, "an MCP twice in a batch")
  }

  // MARK: The rule engine

  mutating func lint(_ batch: AlertingBatch) {
    let gone = Set(batch.gone)
    for record in batch.changed { check(!gone.contains(record.id), "an alert changed and gone") }
    check(
      !batch.changed.isEmpty || !batch.gone.isEmpty || batch.notifications != nil, "an empty batch")
  }

  /// Only what the journal has, or has refused, is sent; one key is one message.
  mutating func lint(_ order: DeliveryOrder) {
    guard let message = known[order.id.message ?? 0] else {
      return check(false, "message \(order.id.message ?? 0) was never handed to the journal")
    }
    check(message.key == order.idempotencyKey, "\(order.idempotencyKey) is another message")
    check(
      journal.answered.contains(message.key), "\(message.key) is sent and the journal was not asked"
    )
    var hash = StableHash()
    for byte in order.body { hash.combine(byte: byte) }
    check((bodies[message.key] ?? hash.value) == hash.value, "\(message.key) has two bodies")
    bodies[message.key] = hash.value
    check(order.deadline > now.monotonic, "\(message.key): a try without time")
  }

  /// Nobody hears of the end of what he was never told of.
  mutating func lint(arriving message: NotificationMessage) {
    let destination = message.lane.destination
    let believed = heard.naive[destination] ?? []
    guard (heard.arrivals[message.key]?.count ?? 0) == 0, message.told.firing.isEmpty else {
      return
    }
    let isNews = message.told.resolved.contains {
      believed.contains($0.fingerprint) || excused.contains($0.fingerprint)
        || perhapsTold[destination, default: []].contains($0.fingerprint)
    }
    check(isNews, "\(message.key) tells only of ends of what was never told of")
  }

  mutating func lintEngine(_ work: RuleRounds.Work, _ taken: RuleMail) {
    guard let engine else { return }
    looks.turnsAtOnce = looks.turnAt == now.monotonic ? looks.turnsAtOnce + 1 : 0
    looks.turnAt = now.monotonic
    check(looks.turnsAtOnce < 100, "the rule engine turns without end")
    let head = engine.samples.head.figures
    check(head.series >= 0 && head.bytes >= 0, "series: \(head.series), bytes: \(head.bytes)")
    for destination in engine.alerting.notifications.figures(at: now).destinations {
      check(
        destination.waiting >= 0 && destination.waitingBytes >= 0 && destination.inFlight >= 0
          && destination.inFlight <= 4, "figures of \(destination.destination)")
    }
    if work.hasEvaluated || work.hasSamples { lintAlerts(engine.alerting.rules.statuses) }
    if work.hasSamples || !taken.transitions.isEmpty { lintSamples() }
  }

  private mutating func lintAlerts(_ groups: [RuleGroupStatus]) {
    for group in groups {
      for rule in group.rules {
        check(rule.health != .err, "\(rule.rule.name): \(rule.lastError ?? "")")
        guard case .alerting(let settings) = rule.rule.kind else { continue }
        for alert in rule.alerts {
          let held = alert.firedAt.map { alert.activeAt.duration(to: $0) }
          check(
            (alert.state == .firing) == (alert.firedAt != nil), "\(alert.labels): \(alert.state)")
          check((held ?? settings.holdDuration) >= settings.holdDuration, "\(alert.labels): early")
          check(alert.resolvedAt == nil, "\(alert.labels) is resolved and shown")
        }
      }
    }
  }

  /// What is published of each MCP is in the head, and what is down has its alert.
  private mutating func lintSamples() {
    guard let engine else { return }
    let source = engine.samples.head.snapshot
    let series = source.select([Matcher("__name__", equals: "mcp_up")], from: .min, through: .max)
    var (times, values): ([Int64], [Double]) = ([], [])
    let through = now.wall.milliseconds.addingSaturating(60_000)
    let since = now.wall.milliseconds.subtractingSaturating(300_000)
    _ = source.latest(
      series.handles, after: since, through: through, times: &times, values: &values)
    var shown: [String: Double] = [:]
    var shownAt: [String: Int64] = [:]
    for (place, labels) in series.labels.enumerated()
    where values[place].bitPattern != StaleMarker.value.bitPattern {
      shown[labels["mcp"] ?? ""] = values[place]
      shownAt[labels["mcp"] ?? ""] = times[place]
    }
    let firing = firingNames(engine.alerting.rules.statuses)
    // What ended while nothing ran has no end in the head.
    let isYoung = now.monotonic <= startedAt.advanced(by: .seconds(600))
    for status in published.statuses {
      let name = status.description.name
      let expected: Double? = status.isUp.map { $0 ? 1 : 0 }
      let isSame = shown.removeValue(forKey: name) == expected
      let isTold = firing.map { $0.contains(name) == (expected == 0) } ?? true
      if isSame && isTold {
        checks += 1
        // Samples of before a clock was set back hide the next ones until it has caught up.
        if shownAt[name].map({ $0 <= now.wall.milliseconds }) ?? true { looks.trust(name) }
      } else {
        let isExcused = looks.isDoubtful(name, at: now.monotonic) || (expected == nil && isYoung)
        let why = isSame ? evaluation : "the head at \(shownAt[name] as Any) is not"
        check(isExcused, "\(name): up is \(expected as Any), \(why)")
      }
    }
    guard !isYoung else { return }
    for name in shown.keys.sorted() {
      check(
        looks.isDoubtful(name, at: now.monotonic),
        "\(name) is gone and has a sample \(shownAt[name] as Any)")
    }
  }

  /// When `IsDown` was evaluated last, and what came of it.
  private var evaluation: String {
    let groups = engine?.alerting.rules.statuses ?? []
    let rule = groups.flatMap(\.rules).first { $0.rule.name == SimulatedRules.isDown }
    let fires = rule?.alerts.map { "\($0.labels) \($0.state)" } ?? []
    return "its alert, evaluated at \(rule?.lastEvaluation?.milliseconds as Any), is \(fires)"
  }

  /// MCPs whose `IsDown` fires; `nil` without that rule.
  private func firingNames(_ groups: [RuleGroupStatus]) -> Set<String>? {
    for group in groups {
      for rule in group.rules where rule.rule.name == SimulatedRules.isDown {
        return Set(rule.alerts.compactMap { $0.labels["mcp"] })
      }
    }
    return nil
  }
}
