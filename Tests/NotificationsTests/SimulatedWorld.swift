import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Alerts that come and go, receivers that fail in every way, a journal that is late or refuses,
/// and an agent that crashes between any two calls. Every draw comes from one seed.
struct SimulatedWorld {
  /// What can go wrong, drawn once a seed, so that rare combinations get runs of their own.
  struct Regime {
    var failurePercent: Int
    var lostPercent: Int
    var refusedPercent: Int
    var journalRefusesPercent: Int
    var crashPermille: Int
    var reloadPermille: Int
    var clockPermille: Int
    var flipPermille: Int
    var silencePermille: Int
  }

  /// What the rules know; committed with the notifications' changes.
  struct Rules {
    var firing: [Int: Timestamp] = [:]
    /// When each ended; handed over for a quarter of an hour.
    var resolved: [Int: (startsAt: Timestamp, endsAt: Timestamp)] = [:]
  }

  struct Flight {
    var order: DeliveryOrder
    var result: DeliveryResult
    var arrives: Bool
    var at: MonotonicInstant
  }

  static let alerts = 10
  let seed: UInt64
  var random: SeededRandom
  var regime: Regime
  var limits = NotificationLimits()
  var settings = SimulatedRoutes.settings
  var state: NotificationState
  var now = Now.at(0)
  /// What is really the matter.
  var conditions: Set<Int> = []
  var rules = Rules()
  var committedRules = Rules()
  var journal = JournalModel()
  var underWay: [(batch: UInt64, changes: NotificationChanges?, rules: Rules)] = []
  var answersAt: [MonotonicInstant] = []
  var flights: [Flight] = []
  var receivers = SimulatedReceivers()
  /// What the agent of this life decided, by number; and when each was decided first, by key.
  var known: [UInt64: NotificationMessage] = [:]
  var sequences: [String: Int] = [:]
  /// Alerts that a receiver may take for firing and no journal knows of: lost with a crash while
  /// the journal refused. Nobody can know of them.
  var excused: Set<UInt64> = []
  var batch: UInt64 = 0
  var evaluatesAt = MonotonicInstant.at(0)
  var crashes = 0
  var calls = 0

  init(seed: UInt64) {
    self.seed = seed
    var random = SeededRandom(seed: seed)
    func pick(_ values: [Int]) -> Int { values.randomElement(using: &random) ?? 0 }
    regime = Regime(
      failurePercent: pick([0, 10, 60, 95]), lostPercent: pick([0, 5, 40]),
      refusedPercent: pick([0, 0, 10, 80]), journalRefusesPercent: pick([0, 0, 5, 50]),
      crashPermille: pick([0, 2, 10]), reloadPermille: pick([0, 0, 5]),
      clockPermille: pick([0, 0, 5]), flipPermille: pick([2, 20, 200]),
      silencePermille: pick([0, 0, 50]))
    limits.messageLifetime = .seconds(pick([900, 7200, 86_400]))
    limits.messages = pick([4, 10_000])
    settings.route?.groupWait = .seconds(pick([0, 30]))
    settings.route?.repeatInterval = .seconds(pick([1800, 14_400]))
    SimulatedRoutes.change(&settings, &random)
    self.random = random
    state = NotificationState(restoring: journal.contents, agentID: "agent", limits: limits)
    state.configure(settings, at: now)
  }

  mutating func percent(_ chance: Int) -> Bool { Int.random(in: 0..<100, using: &random) < chance }
  mutating func permille(_ chance: Int) -> Bool {
    Int.random(in: 0..<1000, using: &random) < chance
  }

  mutating func run(for duration: Duration) {
    let end = now.monotonic.advanced(by: duration)
    while let next = nextInstant(), next <= end {
      let passed = max(.zero, now.monotonic.duration(to: next))
      now = Now(
        monotonic: max(next, now.monotonic), wall: now.wall.advanced(by: passed))
      happen()
    }
    now = Now(monotonic: end, wall: now.wall.advanced(by: now.monotonic.duration(to: end)))
  }

  private func nextInstant() -> MonotonicInstant? {
    ([evaluatesAt] + flights.map(\.at) + answersAt + [state.nextWake].compactMap { $0 }).min()
  }

  /// One thing that is due.
  private mutating func happen() {
    calls += 1
    if let index = flights.indices.first(where: { flights[$0].at <= now.monotonic }) {
      land(flights.remove(at: index))
    } else if let at = answersAt.first, at <= now.monotonic {
      answersAt.removeFirst()
      journalAnswers()
    } else if let wake = state.nextWake, wake <= now.monotonic {
      state.attend(at: now)
    } else {
      evaluate()
      evaluatesAt = now.monotonic.advanced(by: .seconds(60))
    }
    if permille(regime.crashPermille) { return crash() }
    startTries()
    if permille(regime.crashPermille) { return crash() }
    save(always: false)
  }

  private mutating func evaluate() {
    if permille(regime.silencePermille) { silenceOrNot() }
    for alert in 0..<Self.alerts where permille(regime.flipPermille) {
      if conditions.remove(alert) == nil { conditions.insert(alert) }
    }
    for alert in 0..<Self.alerts {
      if conditions.contains(alert) {
        if rules.firing[alert] == nil { rules.firing[alert] = now.wall }
        rules.resolved[alert] = nil
      } else if let startsAt = rules.firing.removeValue(forKey: alert) {
        rules.resolved[alert] = (startsAt, now.wall)
      }
    }
    rules.resolved = rules.resolved.filter {
      $0.value.endsAt.duration(to: now.wall) < .seconds(900)
    }
    handOver()
    save(always: true)
    if permille(regime.clockPermille) {
      let jump = Int.random(in: -3600...3600, using: &random)
      now.wall = now.wall.advanced(by: .seconds(jump))
    }
    if permille(regime.reloadPermille) { reload() }
  }

  private mutating func handOver() {
    var alerts: [Alert] = []
    for (alert, startsAt) in rules.firing.sorted(by: { $0.key < $1.key }) {
      alerts.append(Self.alert(alert, startsAt, endsAt: nil))
    }
    for (alert, times) in rules.resolved.sorted(by: { $0.key < $1.key }) {
      alerts.append(Self.alert(alert, times.startsAt, endsAt: times.endsAt))
    }
    state.take(alerts, at: now)
  }

  private static func alert(_ number: Int, _ startsAt: Timestamp, endsAt: Timestamp?) -> Alert {
    Alert(
      labels: ["alertname": "A\(number % 3)", "mcp": "m\(number)"], annotations: [],
      startsAt: startsAt, endsAt: endsAt ?? startsAt, isResolved: endsAt != nil,
      generatorURL: "")
  }

  private mutating func reload() {
    SimulatedRoutes.change(&settings, &random)
    state.configure(settings, at: now)
  }

  /// A silence of some alerts for up to an hour, or the end of all.
  private mutating func silenceOrNot() {
    guard percent(70) else { return endSilences() }
    let name = "A\(Int.random(in: 0..<3, using: &random))"
    let length = Duration.seconds(Int.random(in: 60...3600, using: &random))
    let silence = Silence(
      id: "", matchers: [Matcher("alertname", equals: name)], startsAt: now.wall,
      endsAt: now.wall.advanced(by: length), updatedAt: now.wall, createdBy: "me", comment: "")
    _ = try? state.setSilence(silence, at: now)
  }

  private mutating func endSilences() {
    for silence in state.view(at: now).silences { try? state.expireSilence(silence.id, at: now) }
  }

  private mutating func save(always: Bool) {
    batch += 1
    let changes = state.takeChanges(batch: batch)
    guard always || changes != nil else { return }
    for message in changes?.messages ?? [] {
      known[message.number] = message
      if sequences[message.key] == nil { sequences[message.key] = sequences.count }
    }
    underWay.append((batch, changes, rules))
    let delay = Int.random(in: 1...2000, using: &random)
    answersAt.append(now.monotonic.advanced(by: .milliseconds(delay)))
    answersAt.sort()
  }

  /// The journal takes or refuses all that it was given.
  private mutating func journalAnswers() {
    guard let last = underWay.last else { return }
    let batches = underWay
    underWay = []
    if percent(regime.journalRefusesPercent) { return state.refused(through: last.batch) }
    for (_, changes, rules) in batches {
      if let changes { journal.apply(changes) }
      committedRules = rules
    }
    state.committed(through: last.batch)
  }

  private mutating func startTries() {
    for order in state.takeOrders(at: now) {
      let (result, arrives) = fate()
      let latency = Int.random(in: 1...9_000, using: &random)
      flights.append(
        Flight(
          order: order, result: result, arrives: arrives,
          at: now.monotonic.advanced(by: .milliseconds(latency))))
      guard let message = known[order.id.message ?? 0], message.key == order.idempotencyKey else {
        Issue.record("seed \(seed): \(order.idempotencyKey) was not handed to the journal first")
        continue
      }
    }
  }

  private mutating func fate() -> (DeliveryResult, arrives: Bool) {
    if percent(regime.lostPercent) {
      let results: [DeliveryResult] = [
        .lost, .status(502),
        .failed(
          .network, detail: "reset", mayHaveArrived: true),
      ]
      return (results.randomElement(using: &random) ?? .lost, percent(50))
    }
    if percent(regime.refusedPercent) {
      return (.status([400, 401, 404, 410, 413, 301].randomElement(using: &random) ?? 400), false)
    }
    if percent(regime.failurePercent) {
      let results: [DeliveryResult] = [
        .refusedConnection, .answered(status: 429, retryAfter: .seconds(40)),
        .failed(.dns, detail: "", mayHaveArrived: false), .status(408),
      ]
      return (results.randomElement(using: &random) ?? .refusedConnection, false)
    }
    return (.ok, true)
  }

  private mutating func land(_ flight: Flight) {
    arrive(flight)
    if flight.result != .ok { receivers.excuse(flight.order.idempotencyKey) }
    state.end(
      DeliveryReport(
        id: flight.order.id, attempt: flight.order.attempt, result: flight.result),
      at: now)
  }

  private mutating func arrive(_ flight: Flight) {
    guard flight.arrives, let message = known[flight.order.id.message ?? 0] else { return }
    receivers.arrive(message, sequence: sequences[message.key] ?? 0)
  }

  /// The agent dies. What is under way may still arrive; the journal keeps what it committed.
  private mutating func crash() {
    crashes += 1
    for flight in flights where percent(50) { arrive(flight) }
    flights = []
    let saved = Set(journal.contents.messages.map(\.key))
    for (number, message) in known {
      receivers.excuse(message.key)
      let isSaved = saved.contains(message.key) || journal.ended[number] != nil
      if !isSaved, (receivers.arrivals[message.key]?.count ?? 0) > 0 {
        excused.formUnion(message.told.firing.map(\.fingerprint))
        excused.formUnion(message.told.resolved.map(\.fingerprint))
      }
    }
    underWay = []
    answersAt = []
    rules = committedRules
    let pause = Duration.milliseconds(Int.random(in: 100...120_000, using: &random))
    now = Now(monotonic: now.monotonic.advanced(by: pause), wall: now.wall.advanced(by: pause))
    known = [:]
    for message in journal.contents.messages {
      known[message.number] = message
      if regime.journalRefusesPercent > 0 { receivers.excuseOrder(message.key) }
    }
    state = NotificationState(restoring: journal.contents, agentID: "agent", limits: limits)
    state.configure(settings, at: now)
    handOver()
    save(always: false)
    evaluatesAt = now.monotonic
  }

  /// No fault any more, and nothing is held.
  mutating func heal() {
    regime = Regime(
      failurePercent: 0, lostPercent: 0, refusedPercent: 0, journalRefusesPercent: 0,
      crashPermille: 0, reloadPermille: 0, clockPermille: 0, flipPermille: 0, silencePermille: 0)
    endSilences()
    settings.inhibitRules = []
    settings.timeIntervals["lunch"] = []
    state.configure(settings, at: now)
  }

  /// After a calm time in which everything has fired: all whom a route tells know it.
  func checkAllTold() {
    for alert in 0..<Self.alerts {
      let labels = Self.alert(alert, now.wall, endsAt: nil).labels
      for receiver in SimulatedRoutes.receivers(of: labels, settings) {
        for (destination, _) in settings.receivers.first(where: { $0.name == receiver })?
          .destinations
          ?? []
        {
          let knows = receivers.firing[destination]?.contains(labels.alertFingerprint) ?? false
          #expect(knows, "seed \(seed): \(destination) has not heard of \(labels)")
        }
      }
    }
  }

  /// After a calm time: all is told, nothing waits, nobody believes what is not.
  func check() {
    for trouble in receivers.troubles { Issue.record("seed \(seed): \(trouble)") }
    let figures = state.figures(at: now)
    #expect(figures.queueLength == 0, "seed \(seed)")
    #expect(figures.groups == 0, "seed \(seed)")
    #expect(journal.contents.messages.isEmpty, "seed \(seed)")
    for beliefs in [receivers.firing, receivers.naive] {
      for (destination, firing) in beliefs.sorted(by: { $0.key < $1.key }) {
        let left = firing.subtracting(excused)
        #expect(left.isEmpty, "seed \(seed): \(destination) still believes in \(left.count)")
      }
    }
    for entry in journal.contents.log {
      #expect(entry.told.firing.isEmpty, "seed \(seed): the log says that \(entry.lane) fires")
    }
  }
}
