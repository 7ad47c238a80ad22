import Alerting
import Notifications
import PromQL
import Signals
import TestSupport

/// The owner of an `AlertingState`: a clock, a journal, a receiver, and what was heard.
struct AlertingDriver {
  var state: AlertingState
  var now = Now.at(0)
  var store = TestStore()
  var environment = RuleEnvironment()
  var groups: [RuleGroup]
  var settings: NotificationSettings
  var journal = AlertingJournal()
  /// What the journal does with a batch; `nil`: it does not answer.
  var commits: Bool? = true
  var batches: [AlertingBatch] = []
  /// Tries of messages, with the status of an answer or none.
  var orders: [DeliveryOrder] = []
  var answer: (DeliveryOrder) -> DeliveryResult? = { _ in .answered(status: 200, retryAfter: nil) }
  /// One line a message that was delivered: `30 first notification +A -B`.
  var heard: [String] = []
  private var known: [UInt64: NotificationMessage] = [:]

  init(wait: Duration = .zero, _ groups: RuleGroup...) {
    self.groups = groups
    settings = NotificationSettings()
    var route = Route(receiver: "chat")
    route.groupBy = .labels(["alertname"])
    route.groupWait = wait
    settings.route = route
    var receiver = Receiver(name: "chat")
    receiver.integrations = [
      Integration(.webhook(WebhookSettings(url: Secret("http://hook.test/"))))
    ]
    settings.receivers = [receiver]
    state = AlertingState(restoring: journal.contents, agentID: "agent")
    configure()
  }

  var seconds: Double { now.monotonic.elapsed.inSeconds }

  mutating func configure() {
    state.configure(groups, settings, at: now, over: &store, environment)
    settle()
  }

  /// The series `x{i="a"}` has this value from now on; `nil` ends it.
  mutating func set(_ instance: String, _ value: Double?, of name: String = "x") {
    store.memory.append(
      ["__name__": name, "i": instance], time: now.wall.milliseconds,
      value: value ?? StaleMarker.value)
  }

  mutating func turnAtOnce() {
    state.evaluateAtOnce(changed: nil, by: now.wall, at: now, over: &store, environment)
    settle()
  }

  /// Goes on to this instant, and does on the way what is due.
  mutating func run(to seconds: Double) {
    let end = Now.at(seconds)
    while let next = next(), next <= end.monotonic {
      let passed = max(.zero, now.monotonic.duration(to: next))
      now = Now(monotonic: now.monotonic.advanced(by: passed), wall: now.wall.advanced(by: passed))
      state.attend(at: now, over: &store, environment)
      settle()
    }
    now = end
  }

  private func next() -> MonotonicInstant? {
    let due = state.due
    let rules = due.wall.map { now.monotonic.advanced(by: now.wall.duration(to: $0)) }
    return [rules, due.monotonic].compactMap { $0 }.min()
  }

  mutating func settle() {
    repeat { save() } while start()
    save()
  }

  private mutating func save() {
    guard let batch = state.takeBatch(at: now) else { return }
    batches.append(batch)
    for message in batch.notifications?.messages ?? [] { known[message.number] = message }
    switch commits {
    case true:
      journal.apply(batch)
      state.committed(through: batch.sequence)
    case false: state.refused(through: batch.sequence, at: now)
    default: break
    }
  }

  private mutating func start() -> Bool {
    let taken = state.takeOrders(at: now)
    orders += taken
    for order in taken {
      guard let result = answer(order) else { continue }
      if result == .answered(status: 200, retryAfter: nil),
        let message = known[order.id.message ?? 0]
      {
        heard.append(line(message))
      }
      state.end(
        DeliveryReport(id: order.id, attempt: order.attempt, result: result), at: now)
    }
    return !taken.isEmpty
  }

  /// The agent dies and begins again with what the journal has.
  mutating func restart(after pause: Double = 0) {
    now = Now.at(seconds + pause)
    known = known.filter { number, _ in number < journal.messages.nextMessage }
    state = AlertingState(restoring: journal.contents, agentID: "agent")
    configure()
  }

  private func line(_ message: NotificationMessage) -> String {
    func names(_ sign: String, _ alerts: [ToldAlert]) -> [String] {
      alerts.map { sign + RuleDriver.name($0.labels) }.sorted()
    }
    let told = names("+", message.told.firing) + names("-", message.told.resolved)
    return "\(Int(seconds)) \(message.reason.rawValue) " + told.joined(separator: " ")
  }
}

/// What the journal's tables of alerts and messages hold.
struct AlertingJournal {
  private(set) var alerts = AlertTable()
  private(set) var messages = JournalModel()

  var contents: AlertingContents {
    var contents = AlertingContents()
    contents.alerts = alerts.records
    contents.notifications = messages.contents
    return contents
  }

  mutating func apply(_ batch: AlertingBatch) {
    alerts.apply(changed: batch.changed, gone: batch.gone)
    if let changes = batch.notifications { messages.apply(changes) }
  }
}
