import Alerting
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Values that come and go under rules of every kind, receivers that fail, a journal that is late
/// or refuses, and an agent that crashes between any two calls. Every draw comes from one seed.
struct SimulatedWorld {
  /// What can go wrong, drawn once a seed, so that rare combinations get runs of their own.
  struct Regime {
    var failurePercent = 0
    var lostPercent = 0
    var refusedPercent = 0
    var journalRefusesPercent = 0
    var crashPermille = 0
    var reloadPermille = 0
    var clockPermille = 0
    var flipPermille = 0
  }

  struct Flight {
    var order: DeliveryOrder
    var result: DeliveryResult
    var arrives: Bool
    var at: MonotonicInstant
  }

  let seed: UInt64
  var random: SeededRandom
  var regime = Regime()
  let rules: SimulatedRules
  var settings = NotificationSettings()
  var limits = NotificationLimits()
  var environment = RuleEnvironment()
  var state: AlertingState
  var store = TestStore()
  var now = Now.at(0)
  /// What is measured: whether each instance is bad.
  var bad: Set<Int> = []
  /// One of the rules fails.
  var isBroken = false
  var variant = 0

  var journal = AlertingJournal()
  var underWay: [AlertingBatch] = []
  var answersAt: [MonotonicInstant] = []
  var flights: [Flight] = []
  var flipsAt = MonotonicInstant.at(0)
  var receivers = SimulatedReceivers()
  /// What the agent of this life decided, by number; and which came first, by key.
  var known: [UInt64: NotificationMessage] = [:]
  var sequences: [String: Int] = [:]
  /// Alerts that a receiver may take for firing and no journal knows of: told while the journal
  /// refused, and lost with a crash. Nobody can know of them.
  var excused: Set<UInt64> = []
  var (crashes, calls, refusals, comparisons) = (0, 0, 0, 0)

  init(seed: UInt64) throws {
    self.seed = seed
    var random = SeededRandom(seed: seed)
    func pick(_ values: [Int]) -> Int { values.randomElement(using: &random) ?? 0 }
    regime = Regime(
      failurePercent: pick([0, 10, 60]), lostPercent: pick([0, 5, 40]),
      refusedPercent: pick([0, 0, 10]), journalRefusesPercent: pick([0, 0, 5, 50]),
      crashPermille: pick([0, 2, 10]), reloadPermille: pick([0, 0, 20]),
      clockPermille: pick([0, 0, 10]), flipPermille: pick([20, 100, 300]))
    rules = try SimulatedRules(&random)
    var route = Route(receiver: "chat")
    route.groupBy = pick([0, 1]) == 0 ? .labels(["alertname"]) : .allLabels
    route.groupWait = .seconds(pick([0, 30]))
    route.groupInterval = .seconds(pick([10, 300]))
    // A message that may have come and was then refused for good is only repeated.
    if regime.refusedPercent > 0 { route.repeatInterval = .seconds(600) }
    settings.route = route
    var receiver = Receiver(name: "chat")
    receiver.integrations = (0..<2).map {
      Integration(.webhook(WebhookSettings(url: Secret("http://hook.test/\($0)"))))
    }
    settings.receivers = [receiver]
    self.random = random
    state = AlertingState(restoring: journal.contents, agentID: "agent", limits: limits)
    configure()
  }

  mutating func percent(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &random) < chance }
  mutating func permille(_ chance: Int) -> Bool {
    Int.random(in: 0..<1000, using: &random) < chance
  }

  mutating func configure() {
    state.configure(
      rules.groups(variant), settings, at: now, over: &store, environment)
  }

  mutating func run(for duration: Duration) {
    let end = now.monotonic.advanced(by: duration)
    while let next = nextInstant(), next <= end {
      pass(to: max(next, now.monotonic))
      happen()
    }
    pass(to: end)
  }

  private mutating func pass(to instant: MonotonicInstant) {
    let passed = now.monotonic.duration(to: instant)
    now = Now(monotonic: instant, wall: now.wall.advanced(by: passed))
  }

  private func nextInstant() -> MonotonicInstant? {
    let due = state.due
    let rules = due.wall.map { now.monotonic.advanced(by: max(.zero, now.wall.duration(to: $0))) }
    return ([rules, due.monotonic].compactMap { $0 } + flights.map(\.at) + answersAt + [flipsAt])
      .min()
  }

  /// One thing that is due.
  private mutating func happen() {
    calls += 1
    if let index = flights.indices.first(where: { flights[$0].at <= now.monotonic }) {
      land(flights.remove(at: index))
    } else if let at = answersAt.first, at <= now.monotonic {
      answersAt.removeFirst()
      journalAnswers()
    } else if flipsAt <= now.monotonic {
      flipsAt = now.monotonic.advanced(by: .seconds(Int.random(in: 5...60, using: &random)))
      flip()
    } else {
      if let due = state.rules.due, due <= now.wall { sample() }
      state.attend(at: now, over: &store, environment)
    }
    if permille(regime.crashPermille) { return crash() }
    startTries()
    if permille(regime.crashPermille) { return crash() }
    save()
    if percent(20) { compare() }
  }

  /// Writes every series as it is now.
  private mutating func sample() {
    let time = now.wall.milliseconds
    for number in 0..<SimulatedRules.instances {
      store.memory.append(
        ["__name__": "x", "i": "\(number)"], time: time, value: bad.contains(number) ? 1 : 0)
    }
    store.memory.append(["__name__": "z", "i": "0"], time: time, value: 1)
    store.memory.append(
      ["__name__": "z", "i": "1"], time: time, value: isBroken ? 1 : StaleMarker.value)
  }

  private mutating func flip() {
    var changed = false
    for number in 0..<SimulatedRules.instances where permille(regime.flipPermille) {
      if bad.remove(number) == nil { bad.insert(number) }
      changed = true
    }
    if permille(regime.flipPermille / 4) { isBroken.toggle() }
    if changed {
      sample()
      state.evaluateAtOnce(changed: ["x"], by: now.wall, at: now, over: &store, environment)
    }
    if permille(regime.reloadPermille) {
      variant = Int.random(in: 0..<SimulatedRules.variants, using: &random)
      let sites = ["", "here", "there"]
      environment.externalLabels = [
        Label(name: "site", value: sites.randomElement(using: &random) ?? "")
      ]
      configure()
    }
    if permille(regime.clockPermille) {
      let jump = Int.random(in: -3600...3600, using: &random)
      now.wall = now.wall.advanced(by: .seconds(jump))
      // What is later than now leaves the store, as in the agent's own.
      if jump < 0 { store = TestStore() }
    }
  }
}

// MARK: - The journal

extension SimulatedWorld {
  private mutating func save() {
    guard let batch = state.takeBatch(at: now) else { return }
    for message in batch.notifications?.messages ?? [] {
      known[message.number] = message
      if sequences[message.key] == nil { sequences[message.key] = sequences.count }
    }
    underWay.append(batch)
    let delay = Int.random(in: 1...2000, using: &random)
    answersAt.append(now.monotonic.advanced(by: .milliseconds(delay)))
    answersAt.sort()
  }

  /// The journal takes or refuses all that it was given.
  private mutating func journalAnswers() {
    guard let last = underWay.last else { return }
    let batches = underWay
    underWay = []
    if percent(regime.journalRefusesPercent) {
      refusals += 1
      return state.refused(through: last.sequence, at: now)
    }
    for batch in batches { journal.apply(batch) }
    state.committed(through: last.sequence)
  }

  /// When nothing is on its way, the journal has the alerts that are shown, and no others but
  /// resolved ones.
  private mutating func compare() {
    guard underWay.isEmpty, state.due.monotonic != nil, !isWaitingToRetry else { return }
    comparisons += 1
    let keys = RuleKey.keys(of: state.rules.statuses.map(\.group))
    var shown: [AlertID: ActiveAlert] = [:]
    for (status, keys) in zip(state.rules.statuses, keys) {
      for (rule, key) in zip(status.rules, keys) {
        for alert in rule.alerts { shown[AlertID(rule: key, labels: alert.labels)] = alert }
      }
    }
    let kept = journal.alerts.rows.filter { $0.value.alert.state != .inactive }
    let isSame =
      Set(kept.keys) == Set(shown.keys)
      && kept.allSatisfy { id, record in
        guard let alert = shown[id] else { return false }
        return alert.state == record.alert.state && alert.activeAt == record.alert.activeAt
          && alert.firedAt == record.alert.firedAt
          && alert.keepFiringSince == record.alert.keepFiringSince
      }
    if !isSame { Issue.record("seed \(seed): the journal has other alerts at \(now)") }
  }

  /// What was refused is not written again yet.
  private var isWaitingToRetry: Bool {
    var copy = state
    var later = now
    later.monotonic = now.monotonic.advanced(by: .seconds(2))
    return copy.takeBatch(at: later) != nil
  }

  /// The agent dies. What is under way may still arrive; the journal keeps what it committed.
  private mutating func crash() {
    crashes += 1
    for flight in flights where percent(50) { arrive(flight) }
    flights = []
    let saved = Set(journal.contents.notifications.messages.map(\.key))
    for (number, message) in known {
      receivers.excuse(message.key)
      let isSaved = saved.contains(message.key) || journal.messages.ended[number] != nil
      if !isSaved, (receivers.arrivals[message.key]?.count ?? 0) > 0 {
        excused.formUnion(message.told.firing.map(\.fingerprint))
        excused.formUnion(message.told.resolved.map(\.fingerprint))
      }
    }
    (underWay, answersAt) = ([], [])
    pass(
      to: now.monotonic.advanced(by: .milliseconds(Int.random(in: 100...300_000, using: &random))))
    known = [:]
    for message in journal.contents.notifications.messages { known[message.number] = message }
    state = AlertingState(restoring: journal.contents, agentID: "agent", limits: limits)
    configure()
    sample()
    state.evaluateAtOnce(changed: nil, by: now.wall, at: now, over: &store, environment)
    save()
  }
}
