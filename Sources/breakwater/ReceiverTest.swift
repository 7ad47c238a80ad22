import ConfigFile
import CurlTransport
import Notifications
import PromQL
import Signals

/// A test message for one integration, and what is said of its one try.
struct ReceiverTest {
  let destination: Destination
  let receiver: any MessageReceiver
  let order: DeliveryOrder
  /// What is wrong with a template of the configuration.
  let problem: String?

  init(
    _ destination: Destination, _ integration: Integration, _ settings: NotificationSettings,
    externalURL: String, now: Now
  ) {
    self.destination = destination
    receiver = integration.target.receiver
    let labels: LabelSet = ["alertname": "BreakwaterTest", "severity": "info"]
    let alert = Alert(
      labels: labels,
      annotations: [
        Label(
          name: "description",
          value: "Sent by hand with `breakwater receivers test`. There is nothing to do."),
        Label(name: "summary", value: "A test message: this receiver works"),
      ],
      startsAt: now.wall, endsAt: now.wall.advanced(by: .seconds(300)), isResolved: false,
      generatorURL: externalURL)
    let key = "test-\(now.wall.milliseconds)-\(destination.kind)-\(destination.integration)"
    var message = OutgoingMessage(
      receiver: destination.receiver, groupKey: GroupKey("{}:{alertname=\"BreakwaterTest\"}"),
      groupLabels: [Label(name: "alertname", value: "BreakwaterTest")], alerts: [alert],
      reason: .firstNotification, deliveryID: key, now: now.wall)
    message.isTest = true
    let body = receiver.body(
      for: message,
      in: RenderingContext(
        externalURL: externalURL, templates: settings.templates,
        bytesMax: NotificationLimits().bodyBytes, zone: TimeZones.rules(named:)))
    problem = body.problem
    order = DeliveryOrder(
      id: .message(1), attempt: 1, idempotencyKey: key,
      request: receiver.request(idempotencyKey: key), http: integration.http, body: body.bytes,
      deadline: now.monotonic.advanced(by: integration.timeout ?? .seconds(10)))
  }

  /// `chat webhook[0]: delivered (204 in 0.03s)`
  func outcome(
    of delivery: TimedDelivery
  ) -> (isDelivered: Bool, line: String) {
    let place =
      "\(destination.receiver.shownSafely) "
      + "\(destination.kind.rawValue)[\(destination.integration)]"
    let doubt = problem.map { "; a template fails: \($0.shownSafely)" } ?? ""
    switch delivery.result {
    case .failed(let failure, let detail, _):
      let why = detail.isEmpty ? failure.rawValue : detail.shownSafely
      return (false, "\(place): failed: \(why), \(failure.advice)\(doubt)")
    case .answered(let answer):
      let meaning = receiver.meaning(of: answer)
      guard meaning != .delivered else {
        let seconds = Self.seconds(delivery.took)
        return (true, "\(place): delivered (\(answer.status) in \(seconds)s)\(doubt)")
      }
      let said = delivery.result.detail(receiver.reason(of: answer)).shownSafely
      return (false, "\(place): failed: \(said), \(meaning.advice)\(doubt)")
    }
  }

  /// With two decimals.
  private static func seconds(_ duration: Duration) -> String {
    let hundredths = max(0, duration.wholeMilliseconds / 10)
    let rest = String(hundredths % 100)
    return "\(hundredths / 100)." + (rest.count < 2 ? "0" : "") + rest
  }
}

extension DeliveryFailure {
  /// What to try first.
  fileprivate var advice: String {
    switch self {
    case .dns: "check the name of the host in the URL"
    case .connect: "check the host and port in the URL, and whether something listens there"
    case .tls: "check the certificates and tls_config"
    case .timeout: "see whether the receiver hangs, or give it a longer timeout"
    case .network: "see what the receiver or a proxy between says of it"
    case .local: "check the receiver's settings"
    }
  }
}

extension AnswerMeaning {
  /// What to try first.
  fileprivate var advice: String {
    switch self {
    case .delivered: ""
    case .again(_, .rateLimited): "it is asked too often: try again later"
    case .again: "the receiver has trouble of its own: try again later, or see its log"
    case .refused(.authError): "check the credentials, and whether the URL is still valid"
    case .refused: "check the URL, and what the receiver expects to be sent"
    case .gone: "the URL is not valid any more: make a new one"
    case .tooLarge: "the message is too large for it"
    }
  }
}

extension String {
  /// On one line of a terminal: without control characters, and not long.
  var shownSafely: String {
    let shown = unicodeScalars.prefix(500).map { scalar in
      scalar.properties.generalCategory == .control
        || scalar.properties.generalCategory == .format ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(shown))
  }
}
