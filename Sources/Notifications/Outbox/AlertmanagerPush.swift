import DequeModule
import PromQL
import Signals

/// What an Alertmanager is to know and does not know yet: the newest of each alert, sent in
/// bunches, one under way at a time, until it has taken them.
///
/// Nothing of it is in the journal: rules hand over a firing alert again each minute, and one that
/// has ended for a quarter of an hour, over restarts too.
struct AlertmanagerPush: Sendable {
  /// An alert in the order in which it came.
  private struct Place: Sendable {
    let order: UInt64
    let fingerprint: UInt64
  }
  private struct Flight: Sendable {
    let number: UInt64
    let sent: [Place]
    let began: MonotonicInstant
    let deadline: MonotonicInstant
  }

  var settings: AlertmanagerSettings
  private let limits: NotificationLimits
  /// By fingerprint; of those under way, what has come since stands beside what was sent.
  private var waiting: [UInt64: (order: UInt64, alert: Alert)] = [:]
  private var queue: Deque<Place> = []
  private var lastOrder: UInt64 = 0
  private var flight: Flight?
  /// Alerts in one push: half as many after one that was too large, twice as many after one that
  /// was taken.
  private var bunch: Int
  private var failures = 0
  private var nextTry: MonotonicInstant?
  private var counts = NotificationFigures.PerAlertmanager()

  init(_ settings: AlertmanagerSettings, _ limits: NotificationLimits) {
    self.settings = settings
    self.limits = limits
    bunch = limits.alertsPerPush
  }

  mutating func take(_ alert: Alert) {
    let fingerprint = alert.labels.alertFingerprint
    lastOrder += 1
    if waiting[fingerprint] == nil {
      guard waiting.count < limits.pushQueue else {
        counts.dropped += 1
        return
      }
      queue.append(Place(order: lastOrder, fingerprint: fingerprint))
    }
    waiting[fingerprint] = (lastOrder, alert)
  }

  func isUnderWay(_ number: UInt64) -> Bool { flight?.number == number }

  /// When `takeOrder` is to be called at the latest.
  var due: MonotonicInstant? {
    if let flight { return flight.deadline.advanced(by: limits.reportGrace) }
    return waiting.isEmpty ? nil : nextTry
  }

  /// The next try, if it may begin.
  mutating func takeOrder(
    number: UInt64, agentID: String, at now: Now
  ) -> DeliveryOrder? {
    if let due, flight != nil, due <= now.monotonic { land(.local, at: now) }
    guard flight == nil, !queue.isEmpty, nextTry.map({ $0 <= now.monotonic }) ?? true else {
      return nil
    }
    let (sent, body) = nextBunch()
    let deadline = now.monotonic.advanced(by: settings.timeout)
    flight = Flight(number: number, sent: sent, began: now.monotonic, deadline: deadline)
    return DeliveryOrder(
      id: .push(number), attempt: 1,
      idempotencyKey: "\(agentID)-push-\(number)-\(now.wall.milliseconds)",
      request: DeliveryRequest(to: Secret(settings.url.exposed + "/api/v2/alerts")),
      http: settings.http, body: body, deadline: deadline)
  }

  private func nextBunch() -> (sent: [Place], body: [UInt8]) {
    var body = JSONText()
    var sent: [Place] = []
    body.append("[")
    for place in queue.prefix(bunch) where body.bytes.count < limits.bodyBytes {
      guard let (order, alert) = waiting[place.fingerprint] else { continue }
      if !sent.isEmpty { body.append(",") }
      body.append(alert: alert)
      sent.append(Place(order: order, fingerprint: place.fingerprint))
    }
    body.append("]")
    return (sent, body.bytes)
  }

  mutating func end(_ result: DeliveryResult, at now: Now) {
    switch result {
    case .answered(let answer):
      switch AnswerMeaning(of: answer) {
      case .delivered: land(nil, at: now)
      case .again(let asked, let reason): land(reason, asked: asked, at: now)
      case .refused(let reason), .gone(let reason): land(reason, at: now)
      case .tooLarge: land(.tooLarge, at: now)
      }
    case .failed(.timeout, _, _): land(.timeout, at: now)
    case .failed(.local, _, _): land(.local, at: now)
    case .failed: land(.network, at: now)
    }
  }

  /// `reason`: why they were not taken. An Alertmanager that finds fault with some has taken the
  /// rest, and the others are no better the next time: like Prometheus, leave them. So is one alert
  /// that is too large by itself.
  private mutating func land(_ reason: FailureReason?, asked: Duration? = nil, at now: Now) {
    guard let flight = flight.take() else { return }
    if let reason {
      counts.failed[reason, default: 0] += UInt64(flight.sent.count)
    } else {
      counts.sent += UInt64(flight.sent.count)
      counts.latency.observe(flight.began.duration(to: now.monotonic))
    }
    if reason == nil { bunch = min(bunch * 2, limits.alertsPerPush) }
    if reason == .tooLarge {
      bunch = max(1, flight.sent.count / 2)
      if flight.sent.count > 1 { return }
    }
    guard reason == nil || reason == .clientError || reason == .tooLarge else {
      failures += 1
      let wait = asked ?? RetryPolicy.backoff(attempt: failures, key: settings.url.exposed)
      let bounded = min(max(wait, .milliseconds(100)), .seconds(60))
      nextTry = now.monotonic.advanced(by: bounded)
      return
    }
    failures = 0
    nextTry = nil
    queue.removeFirst(min(flight.sent.count, queue.count))
    for place in flight.sent {
      guard let (order, _) = waiting[place.fingerprint] else { continue }
      if order == place.order {
        waiting[place.fingerprint] = nil
      } else {
        queue.append(Place(order: order, fingerprint: place.fingerprint))
      }
    }
  }

  var figures: NotificationFigures.PerAlertmanager {
    var figures = counts
    figures.address = settings.address
    figures.waiting = waiting.count
    return figures
  }
}

extension AlertmanagerSettings {
  /// Without what may be secret: scheme, host and port, and a number for the second one there.
  package var address: String {
    let number = othersBefore == 0 ? "" : "#\(othersBefore + 1)"
    return origin + number
  }

  /// Scheme, host and port; empty when there is no URL.
  package var origin: String {
    let text = url.exposed
    guard let scheme = text.firstRange(of: "://") else { return "" }
    let host = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
    let bare = host.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return String(text[..<scheme.upperBound] + bare)
  }
}

extension JSONText {
  /// As Alertmanager's API takes one.
  fileprivate mutating func append(alert: Alert) {
    append(#"{"labels":"#)
    append(object: alert.labels.labels)
    append(#","annotations":"#)
    append(object: alert.annotations)
    append(#","startsAt":"\#(Payload.time(alert.startsAt))","endsAt":"#)
    append(#""\#(Payload.time(alert.endsAt))","generatorURL":"#)
    append(string: alert.generatorURL)
    append("}")
  }
}
