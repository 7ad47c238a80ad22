import Notifications
import PromQL
import Signals
import TestSupport

/// The owner of a `NotificationState`: a clock, a journal that answers at once, receivers that
/// answer what they are told to, and what was heard.
struct NotificationDriver {
  var state: NotificationState
  var now = Now.at(0)
  var journal = JournalModel()
  /// What the journal does with a batch; `nil`: it does not answer.
  var commits: Bool? = true
  /// `nil`: the try stays under way.
  var answer: (DeliveryOrder) -> DeliveryResult? = { _ in .answered(status: 200, retryAfter: nil) }
  /// One line a message that was delivered.
  var heard: [String] = []
  /// The same with the receiver before it: `chat 0s first notification: +a`.
  var heardBy: [String] = []
  /// Bodies of pushes that an Alertmanager has taken.
  var pushed: [String] = []
  /// One line a message that was decided.
  var decided: [String] = []
  /// Tries under way, oldest first.
  var flying: [DeliveryOrder] = []
  /// The instants and messages of all tries.
  var tries: [(seconds: Int64, message: UInt64)] = []
  /// How often something was due.
  var wakes = 0
  /// Of all tries.
  var keys: [String] = []
  /// The last body that each receiver was sent.
  var bodies: [String: String] = [:]
  var settings: NotificationSettings
  var limits: NotificationLimits
  private var batch: UInt64 = 0
  private var known: [UInt64: NotificationMessage] = [:]

  init(
    _ settings: NotificationSettings = Self.settings(), limits: NotificationLimits = .init()
  ) {
    self.settings = settings
    self.limits = limits
    state = NotificationState(restoring: journal.contents, agentID: "agent", limits: limits)
    state.configure(settings, at: now)
    settle()
  }

  /// One webhook named `chat`; groups by `alertname`, at once, then each 5 minutes.
  static func settings(
    wait: Duration = .zero, webhooks: Int = 1,
    _ adjust: (inout NotificationSettings) -> Void = { _ in }
  ) -> NotificationSettings {
    var settings = NotificationSettings()
    var route = Route(receiver: "chat")
    route.groupBy = .labels(["alertname"])
    route.groupWait = wait
    settings.route = route
    var receiver = Receiver(name: "chat")
    receiver.integrations = (0..<webhooks).map {
      Integration(.webhook(WebhookSettings(url: Secret("http://hook.test/\($0)"))))
    }
    settings.receivers = [receiver]
    settings.externalURL = "http://agent.test"
    adjust(&settings)
    return settings
  }

  var figures: NotificationFigures { state.figures(at: now) }

  var seconds: Int64 { now.monotonic.nanoseconds / 1_000_000_000 }

  /// Hands over alerts that fire (`Down/a`) or have ended (`-Down/a`).
  mutating func take(_ names: String...) { take(names.map { Self.alert($0, at: now.wall) }) }

  mutating func take(_ alerts: [Alert]) {
    state.take(alerts, at: now)
    settle()
  }

  static func alert(_ name: String, at now: Timestamp, startsAt: Timestamp? = nil) -> Alert {
    let isResolved = name.hasPrefix("-")
    let parts = name.drop { $0 == "-" }.split(separator: "/").map(String.init)
    return Alert(
      labels: ["alertname": parts[0], "mcp": parts.count > 1 ? parts[1] : ""],
      annotations: [Label(name: "summary", value: "it is \(name)")], startsAt: startsAt ?? now,
      endsAt: now, isResolved: isResolved, generatorURL: "http://agent.test/graph")
  }

  mutating func configure(_ settings: NotificationSettings) {
    self.settings = settings
    state.configure(settings, at: now)
    settle()
  }

  mutating func silence(_ matchers: [Matcher], for seconds: Int64) throws -> String {
    let silence = Silence(
      id: "", matchers: matchers, startsAt: now.wall,
      endsAt: now.wall.advanced(by: .seconds(seconds)), updatedAt: now.wall, createdBy: "me",
      comment: "quiet")
    let id = try state.setSilence(silence, at: now)
    settle()
    return id
  }

  mutating func redeliver(_ dead: NotificationMessage) throws -> UInt64 {
    defer { settle() }
    let stored = StoredMessage(message: dead, end: .failed(.clientError))
    return try state.redeliver(stored, at: now)
  }

  /// Goes on to this instant, and does on the way what is due.
  mutating func run(to seconds: Double) {
    let end = Now.at(seconds)
    while let wake = state.nextWake, wake <= end.monotonic {
      if wake > now.monotonic {
        let passed = now.monotonic.duration(to: wake)
        now = Now(monotonic: wake, wall: now.wall.advanced(by: passed))
      }
      state.attend(at: now)
      wakes += 1
      settle()
    }
    now = end
  }

  /// The first try under way ends so.
  mutating func land(_ result: DeliveryResult) {
    let order = flying.removeFirst()
    end(order, result)
    settle()
  }

  mutating func settle() {
    repeat { save() } while start()
    save()
  }

  private mutating func save() {
    batch += 1
    guard let changes = state.takeChanges(batch: batch) else { return }
    for message in changes.messages where known[message.number]?.key != message.key {
      known[message.number] = message
      decided.append(line(message))
    }
    switch commits {
    case true:
      journal.apply(changes)
      state.committed(through: batch)
    case false: state.refused(through: batch)
    default: break
    }
  }

  private mutating func start() -> Bool {
    let orders = state.takeOrders(at: now)
    for order in orders {
      tries.append((seconds, order.id.message ?? 0))
      keys.append(order.idempotencyKey)
      if let result = answer(order) { end(order, result) } else { flying.append(order) }
    }
    return !orders.isEmpty
  }

  private mutating func end(_ order: DeliveryOrder, _ result: DeliveryResult) {
    if case .answered(let answer) = result, (200...299).contains(answer.status),
      let message = known[order.id.message ?? 0]
    {
      heard.append(line(message))
      bodies[message.lane.destination.receiver] = String(decoding: order.body, as: UTF8.self)
      heardBy.append("\(message.lane.destination.receiver) \(line(message))")
    }
    if case .push = order.id, result == .ok {
      pushed.append(String(decoding: order.body, as: UTF8.self))
    }
    state.end(
      DeliveryReport(id: order.id, attempt: order.attempt, result: result), at: now)
  }

  /// The agent dies and starts again from what the journal has.
  mutating func restart(after pause: Double = 0) {
    now = Now.at(now.monotonic.elapsed.inSeconds + pause)
    flying = []
    known = known.filter { number, _ in number < journal.nextMessage }
    state = NotificationState(restoring: journal.contents, agentID: "agent", limits: limits)
    state.configure(settings, at: now)
    settle()
  }

  /// `300s new alerts added: +a -b`
  private func line(_ message: NotificationMessage) -> String {
    func names(_ sign: String, _ alerts: [ToldAlert]) -> [String] {
      alerts.map { sign + ($0.labels["mcp"] ?? $0.labels["alertname"] ?? "") }.sorted()
    }
    let told = names("+", message.told.firing) + names("-", message.told.resolved)
    return "\(seconds)s \(message.reason.rawValue): " + told.joined(separator: " ")
  }
}

extension DeliveryResult {
  static let ok = Self.answered(status: 200, retryAfter: nil)
  static let unavailable = Self.answered(status: 503, retryAfter: nil)
  static let refusedConnection = Self.failed(
    .connect, detail: "connection refused", mayHaveArrived: false)
  static let lost = Self.failed(.timeout, detail: "no answer", mayHaveArrived: true)
  static func status(_ status: Int) -> Self { .answered(status: status, retryAfter: nil) }

  /// As HTTP has it; `nil` without an answer.
  var meaning: AnswerMeaning? {
    if case .answered(let answer) = self { AnswerMeaning(of: answer) } else { nil }
  }
}
