import Foundation
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

@Suite struct Payloads {
  private static let hostile = "we\"at\\her\n\u{e9}\u{1}\u{2028}<b>&"

  /// What Alertmanager 0.25 sent for the same two alerts.
  private static let ofAlertmanager = #"""
    {"receiver":"chat","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Down",
    "job":"a","mcp":"we\"at\\her\né\u0001\u2028\u003cb\u003e\u0026","severity":"warn"},
    "annotations":{"summary":"other","z":"1"},"startsAt":"2026-11-24T10:00:00Z",
    "endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x/","fingerprint":"ac2149185a72851e"},
    {"status":"resolved","labels":{"alertname":"Down","job":"b",
    "mcp":"we\"at\\her\né\u0001\u2028\u003cb\u003e\u0026","severity":"page"},"annotations":
    {"summary":"a \u003c/script\u003e \u0026 \"q\" \u2028 \u0007 \u007f \u0008\u000c","z":"1"},
    "startsAt":"2026-11-24T20:00:00.12Z","endsAt":"2026-11-24T21:00:00.25Z",
    "generatorURL":"http://x/graph?g0.expr=a%3E1\u0026g0.tab=1","fingerprint":"f9bd2ac70a7c11f6"}],
    "groupLabels":{"alertname":"Down","mcp":"we\"at\\her\né\u0001\u2028\u003cb\u003e\u0026"},
    "commonLabels":{"alertname":"Down","mcp":"we\"at\\her\né\u0001\u2028\u003cb\u003e\u0026"},
    "commonAnnotations":{"z":"1"},"externalURL":"http://am.example/x","version":"4","groupKey":
    "{}:{alertname=\"Down\", mcp=\"we\\\"at\\\\her\\né\\x01\\u2028\u003cb\u003e\u0026\"}",
    "truncatedAlerts":0}
    """#

  private static func twoAlerts() -> [Alert] {
    let first = Alert(
      labels: ["alertname": "Down", "mcp": hostile, "severity": "warn", "job": "a"],
      annotations: [Label(name: "summary", value: "other"), Label(name: "z", value: "1")],
      startsAt: Timestamp(milliseconds: 1_795_514_400_000),
      endsAt: Timestamp(milliseconds: 1_795_564_740_000), isResolved: false,
      generatorURL: "http://x/")
    let summary = "a </script> & \"q\" \u{2028} \u{7} \u{7f} \u{8}\u{c}"
    let second = Alert(
      labels: ["alertname": "Down", "mcp": hostile, "severity": "page", "job": "b"],
      annotations: [Label(name: "summary", value: summary), Label(name: "z", value: "1")],
      startsAt: Timestamp(milliseconds: 1_795_550_400_120),
      endsAt: Timestamp(milliseconds: 1_795_554_000_250), isResolved: true,
      generatorURL: "http://x/graph?g0.expr=a%3E1&g0.tab=1")
    return [second, first]
  }

  private static func settings(_ adjust: (inout NotificationSettings) -> Void = { _ in })
    -> NotificationSettings
  {
    NotificationDriver.settings {
      $0.route?.groupBy = .labels(["alertname", "mcp"])
      $0.externalURL = "http://am.example/x"
      adjust(&$0)
    }
  }

  private static func parse(_ bytes: [UInt8]) throws -> [String: JSON] {
    guard case .object(let object) = try JSONDecoder().decode(JSON.self, from: Data(bytes)) else {
      return [:]
    }
    return object
  }

  /// The body of the first message that tells of these alerts.
  private static func body(
    of alerts: [Alert], _ settings: NotificationSettings = settings(),
    limits: NotificationLimits = .init()
  ) throws -> [UInt8] {
    var driver = NotificationDriver(settings, limits: limits)
    driver.commits = nil
    driver.state.take(alerts.filter { !$0.isResolved }, at: driver.now)
    let changes = driver.state.takeChanges(batch: 99)
    return try #require(changes?.messages.first).body
  }

  @Test func `a message is Alertmanager's, and has keys of its own`() throws {
    var driver = NotificationDriver(Self.settings())
    var bodies: [[UInt8]] = []
    var alerts = Self.twoAlerts()
    alerts[0].isResolved = false
    driver.take(alerts)
    driver.commits = nil
    driver.state.take([Self.twoAlerts()[0]], at: driver.now)
    driver.now = .at(300)
    driver.state.attend(at: driver.now)
    for message in driver.state.takeChanges(batch: 99)?.messages ?? [] {
      bodies.append(message.body)
    }
    var ours = try Self.parse(try #require(bodies.first))
    #expect(ours["routeLabels"] == .object([:]))
    #expect(ours["notification_reason"] == .string("some alerts resolved"))
    guard case .string(let delivery)? = ours["delivery_id"] else { return #expect(Bool(false)) }
    #expect(delivery.hasPrefix("agent-2-"))
    for key in ["routeLabels", "notification_reason", "delivery_id"] { ours[key] = nil }
    #expect(try JSON.object(ours) == .object(Self.parse(Array(Self.ofAlertmanager.utf8))))
  }

  @Test func `angle brackets and ampersands are escaped, as Go does`() throws {
    let text = String(decoding: try Self.body(of: Self.twoAlerts()), as: UTF8.self)
    #expect(text.contains(#"\u003cb\u003e\u0026"#))
    #expect(!text.contains("<"))
    #expect(!text.contains("\u{2028}"))
  }

  @Test func `at most so many alerts are listed, and the rest are counted`() throws {
    var alerts: [Alert] = []
    for name in ["Down/a", "Down/b", "Down/c"] {
      alerts.append(NotificationDriver.alert(name, at: Now.at(0).wall))
    }
    let settings = Self.settings {
      $0.route?.groupBy = .labels(["alertname"])
      var webhook = WebhookSettings(url: Secret("http://hook.test/"))
      webhook.maxAlerts = 2
      $0.receivers[0].integrations = [Integration(.webhook(webhook))]
    }
    let body = try Self.parse(try Self.body(of: alerts, settings))
    #expect(body["truncatedAlerts"] == .number(1))
    guard case .array(let listed)? = body["alerts"] else { return #expect(Bool(false)) }
    #expect(listed.count == 2)
  }

  @Test func `a body has a bound, and at least one alert`() throws {
    let alerts = (0..<50).map { NotificationDriver.alert("Down/\($0)", at: Now.at(0).wall) }
    let settings = Self.settings { $0.route?.groupBy = .labels(["alertname"]) }
    for (bytes, listed) in [(1, 1), (1000, 4), (1_000_000, 50)] {
      var limits = NotificationLimits()
      limits.bodyBytes = bytes
      let body = try Self.parse(try Self.body(of: alerts, settings, limits: limits))
      #expect(body["truncatedAlerts"] == .number(Double(50 - listed)))
    }
  }

  @Test func `a long annotation is cut, with a mark`() throws {
    var alert = NotificationDriver.alert("Down/a", at: Now.at(0).wall)
    alert.annotations = [
      Label(name: "long", value: String(repeating: "é", count: 524_288)),
      Label(name: "short", value: "x"),
    ]
    let body = try Self.parse(try Self.body(of: [alert]))
    guard case .object(let annotations)? = body["commonAnnotations"],
      case .string(let long)? = annotations["long"]
    else { return #expect(Bool(false)) }
    #expect(long.utf8.count <= 16_384 && long.utf8.count > 16_380)
    #expect(long.hasSuffix("é… (cut)"))
    #expect(annotations["short"] == .string("x"))
  }

  @Test func `any text comes out as it went in`() throws {
    var random = SeededRandom(seed: 7)
    let pieces = [
      "\"", "\\", "</script>", "\u{0}", "\u{1f}", "\u{7f}", "\n", "\r\n", "\u{2029}",
      "\u{feff}", "😀", "\u{10ffff}", "\u{fffd}", "e\u{301}", "{{", "\\u0041", "'", "&amp;", "a",
    ]
    for _ in 0..<300 {
      func text() -> String {
        (0..<Int.random(in: 0..<8, using: &random)).map { _ in
          pieces.randomElement(using: &random) ?? ""
        }.joined()
      }
      var alert = NotificationDriver.alert("Down/a", at: Now.at(0).wall)
      let (label, annotation) = (text(), text())
      alert.labels = ["alertname": "x" + text(), "mcp": label]
      alert.annotations = [Label(name: "summary", value: annotation)]
      let body = try Self.parse(try Self.body(of: [alert]))
      guard case .array(let alerts)? = body["alerts"], case .object(let first)? = alerts.first,
        case .object(let labels)? = first["labels"],
        case .object(let annotations)? = first["annotations"]
      else { return #expect(Bool(false)) }
      #expect(labels["mcp"] == (label.isEmpty ? nil : .string(label)))
      #expect(annotations["summary"] == .string(annotation))
    }
  }

  @Test func `an alert without labels, or with too many, is refused and counted`() {
    var driver = NotificationDriver()
    var alert = NotificationDriver.alert("Down/a", at: driver.now.wall)
    alert.labels = .empty
    driver.take([alert])
    alert.labels = ["alertname": String(repeating: "x", count: 70_000)]
    driver.take([alert])
    #expect(driver.decided.isEmpty)
    #expect(driver.figures.alertsRefused == [.labels: 2])
  }
}
