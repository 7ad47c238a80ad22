import Agent
import Notifications
import PromQL
import Signals
import Synchronization
import Testing

/// The answers of `/api/v2`, byte for byte, in the shape of Alertmanager's.
@Suite struct AlertmanagerAPITests {
  private static let down =
    #"{"annotations":{"summary":"weather is \"down\""},"endsAt":"2026-07-28T12:04:00.000Z","#
    + #""fingerprint":"0000000000000002","receivers":[{"name":"chat"},{"name":"pager"}],"#
    + #""startsAt":"2026-07-28T11:00:00.000Z","status":{"inhibitedBy":[],"mutedBy":[],"#
    + #""silencedBy":[],"state":"active"},"updatedAt":"2026-07-28T11:59:59.000Z","#
    + #""generatorURL":"http://b/graph","labels":{"alertname":"Down","mcp":"weather"}}"#
  private static let slow =
    #"{"annotations":{},"endsAt":"2026-07-28T12:04:00.000Z","#
    + #""fingerprint":"00000000000000ff","receivers":[{"name":"chat"}],"#
    + #""startsAt":"2026-07-28T11:00:00.000Z","status":{"inhibitedBy":["0000000000000002"],"#
    + #""mutedBy":[],"silencedBy":["s-active"],"state":"suppressed"},"#
    + #""updatedAt":"2026-07-28T11:59:59.000Z","generatorURL":"http://b/graph","#
    + #""labels":{"alertname":"Slow","mcp":"weather"}}"#
  private static let new =
    #"{"annotations":{},"endsAt":"2026-07-28T12:04:00.000Z","#
    + #""fingerprint":"0000000000000001","receivers":[{"name":"pager"}],"#
    + #""startsAt":"2026-07-28T11:00:00.000Z","status":{"inhibitedBy":[],"mutedBy":[],"#
    + #""silencedBy":[],"state":"active"},"updatedAt":"2026-07-28T11:59:59.000Z","#
    + #""generatorURL":"http://b/graph","labels":{"alertname":"New","mcp":"search"}}"#

  private static func silence(_ state: String, _ from: String, _ to: String) -> String {
    #"{"id":"s-\#(state)","status":{"state":"\#(state)"},"#
      + #""updatedAt":"2026-07-28T11:00:00.000Z","comment":"a \"rest\"","createdBy":"ann","#
      + #""endsAt":"2026-07-28T\#(to):00.000Z","matchers":[{"isEqual":true,"isRegex":false,"#
      + #""name":"alertname","value":"Slow"},{"isEqual":false,"isRegex":true,"name":"mcp","#
      + #""value":"a|b"}],"startsAt":"2026-07-28T\#(from):00.000Z"}"#
  }

  private static let active = silence("active", "11:00", "13:00")
  private static let pending = silence("pending", "13:00", "14:00")
  private static let expired = silence("expired", "10:00", "11:00")

  private static let chat =
    #"{"alerts":[\#(down),\#(slow)],"labels":{"mcp":"weather"},"receiver":{"name":"chat"}}"#
  private static let pager =
    #"{"alerts":[\#(muted(down))],"labels":{"mcp":"weather"},"receiver":{"name":"pager"}}"#

  private static func muted(_ alert: String) -> String {
    alert.replacing(#""mutedBy":[]"#, with: #""mutedBy":["night"]"#)
      .replacing(#""state":"active""#, with: #""state":"suppressed""#)
  }

  /// A path below `/api/v2` and its answer.
  static let answers: [(String, String)] = [
    ("receivers", #"[{"name":"chat"},{"name":"pager"}]"#),
    ("alerts", "[\(new),\(down),\(slow)]"),
    ("alerts?active=false", "[\(slow)]"),
    ("alerts?silenced=false", "[\(new),\(down)]"),
    ("alerts?inhibited=false&unprocessed=false", "[\(new),\(down)]"),
    ("alerts?unprocessed=0&active=F", "[\(slow)]"),
    ("alerts?filter=alertname%3D%22Down%22", "[\(down)]"),
    ("alerts?filter=alertname%3D~%22Down|Slow%22&filter=mcp%3Dweather", "[\(down),\(slow)]"),
    ("alerts?filter=%7Balertname!%3D%22Slow%22,mcp%3Dweather%7D", "[\(down)]"),
    ("alerts?filter=team%3D%22%22", "[\(new),\(down),\(slow)]"),
    ("alerts?filter=team!%3D%22%22", "[]"),
    ("alerts?receiver=pag.*", "[\(new),\(down)]"),
    ("alerts?receiver=pag", "[]"),
    ("alerts/groups", "[\(chat),\(pager)]"),
    ("alerts/groups?muted=false", "[\(chat)]"),
    ("alerts/groups?receiver=pager", "[\(pager)]"),
    ("alerts/groups?filter=alertname%3DNew", "[]"),
    ("silences", "[\(active),\(pending),\(expired)]"),
    ("silences?filter=alertname%3D%22Slow%22", "[\(active),\(pending),\(expired)]"),
    ("silences?filter=mcp!~%22a|b%22", "[\(active),\(pending),\(expired)]"),
    ("silences?filter=mcp%3D~%22a|b%22", "[]"),
    ("silence/s-pending", pending),
  ]

  @Test(arguments: AlertmanagerAPITests.answers)
  func anAnswerIsAlertmanagers(path: String, answer: String) async throws {
    try await serving(.withAlerts()) { peer in
      let given = try await peer.get("/api/v2/\(path)")
      given.expect(status: 200)
      #expect(given.header("content-type") == "application/json")
      #expect(given.text == answer + "\n")
    }
  }

  @Test func theStatusSaysWhoThisIsAndHowItRoutes() async throws {
    try await serving(.withAlerts()) { peer in
      let status = try await peer.get("/api/v2/status")
      #expect(
        status.text
          == #"{"cluster":{"name":"","peers":[],"status":"disabled"},"config":{"original":"#
          + #""route:\n  receiver: 'chat'\n"},"uptime":"1970-01-01T00:00:00.000Z","#
          + #""versionInfo":{"branch":"","buildDate":"","buildUser":"","goVersion":"","#
          + #""revision":"","version":"1.2.3"}}"# + "\n")
    }
  }

  /// A path and what is wrong with it.
  static let refused: [(String, Int, String)] = [
    ("alerts?filter=alertname", 400, "bad matcher format: alertname"),
    ("alerts?filter=a%3D~%22(%22", 400, "bad matcher format"),
    ("alerts?active=maybe", 400, "active must be true or false"),
    ("alerts?receiver=(", 400, "failed to parse receiver param"),
    ("silences?filter=%3D", 400, "bad matcher format"),
    ("silence/nobody", 404, "no silence of this id"),
    ("silence", 404, "no such page"), ("silence/", 404, "no such page"), ("x", 404, "no such page"),
    ("silence/a/b", 404, "no such page"),
  ]

  @Test(arguments: AlertmanagerAPITests.refused)
  func anErrorIsAString(path: String, status: Int, why: String) async throws {
    try await serving(.withAlerts()) { peer in
      let answer = try await peer.get("/api/v2/\(path)")
      answer.expect(status: status)
      #expect(answer.text.hasPrefix("\"") && answer.text.hasSuffix("\"\n"), "\(answer.text)")
      #expect(answer.text.contains(why), "\(answer.text)")
    }
  }

  @Test func alertsAreNotTakenFromOutside() async throws {
    try await serving(.withAlerts()) { peer in
      let answer = try await peer.post("/api/v2/alerts", form: "[]", type: "application/json")
      answer.expect(status: 405)
      #expect(answer.header("allow") == "GET, HEAD")
      #expect(
        answer.text == #""the agent's alerts come from its rules alone; use GET or HEAD""# + "\n")
    }
  }

  @Test func anAgentThatDoesNotAnswerIsUnavailable() async throws {
    let agent = FakeAgent.withAlerts()
    agent.script.withLock { $0.answersNothing = true }
    try await serving(agent) { peer in
      for path in ["alerts", "alerts/groups", "silences", "receivers", "silence/x"] {
        let answer = try await peer.get("/api/v2/\(path)")
        answer.expect(status: 503)
        #expect(answer.header("retry-after") == "1")
        #expect(answer.text.contains("did not answer in time"))
      }
      try await peer.get("/api/v2/status").expect(status: 200)
    }
  }

  @Test func answersAreCompressedOnRequestAndHaveHeads() async throws {
    try await serving(.withAlerts()) { peer in
      let packed = try await peer.get("/api/v2/alerts", ["Accept-Encoding: gzip"])
      #expect(packed.header("content-encoding") == "gzip")
      #expect(packed.body.starts(with: [0x1f, 0x8b]))
      let head = try await peer.send("HEAD", "/api/v2/alerts")
      head.expect(status: 200)
      #expect(head.body.isEmpty)
    }
  }

  @Test func fiftyThousandAlertsAreAPage() async throws {
    let agent = FakeAgent.withAlerts()
    agent.script.withLock { script in
      for number in 0..<50_000 { script.view.alerts.append(.named("Many", mcp: "m\(number)")) }
    }
    try await serving(agent) { peer in
      let answer = try await peer.get("/api/v2/alerts")
      answer.expect(status: 200)
      #expect(answer.text.hasSuffix("}]\n") && answer.body.count > 10 << 20)
    }
  }
}

extension FakeAgent {
  /// Two alerts of one MCP in groups of two receivers, one that is new, one that has ended, and a
  /// silence of each state.
  static func withAlerts() -> FakeAgent {
    let agent = FakeAgent()
    var view = NotificationView()
    view.receivers = ["chat", "pager"]
    var down = NotificationView.AlertView.named("Down", mcp: "weather", fingerprint: 2)
    down.alert.annotations = [Label(name: "summary", value: "weather is \"down\"")]
    down.receivers = ["chat", "pager"]
    var slow = NotificationView.AlertView.named("Slow", mcp: "weather", fingerprint: 255)
    slow.receivers = ["chat"]
    (slow.silencedBy, slow.inhibitedBy) = (["s-active"], [2])
    var new = NotificationView.AlertView.named("New", mcp: "search", fingerprint: 1)
    new.receivers = ["pager"]
    var ended = NotificationView.AlertView.named("Ended", mcp: "weather", fingerprint: 3)
    ended.alert.isResolved = true
    view.alerts = [down, slow, new, ended]
    var chat = NotificationView.GroupView(labels: ["mcp": "weather"], receiver: "chat")
    chat.alerts = [0, 1, 3]
    var pager = NotificationView.GroupView(labels: ["mcp": "weather"], receiver: "pager")
    (pager.alerts, pager.mutedBy) = ([0], ["night"])
    let over = NotificationView.GroupView(labels: ["mcp": "over"], receiver: "chat")
    view.groups = [pager, over, chat]
    view.silences = [
      .named("s-expired", hours: -2..<(-1)), .named("s-pending", hours: 1..<2),
      .named("s-active", hours: -1..<1),
    ]
    agent.script.withLock { script in
      script.now = .noon
      script.view = view
      script.alertmanagerText = "route:\n  receiver: 'chat'\n"
    }
    return agent
  }
}

extension Timestamp {
  /// 2026-07-28T12:00:00Z
  static let noon = Timestamp(milliseconds: 1_785_240_000_000)
}

extension NotificationView.AlertView {
  static func named(_ name: String, mcp: String, fingerprint: UInt64 = 7) -> Self {
    Self(
      alert: Alert(
        labels: ["alertname": name, "mcp": mcp], annotations: [],
        startsAt: .noon.advanced(by: .seconds(-3600)), endsAt: .noon.advanced(by: .seconds(240)),
        isResolved: false, generatorURL: "http://b/graph"),
      fingerprint: fingerprint, updatedAt: .noon.advanced(by: .seconds(-1)))
  }
}

extension Silence {
  static func named(_ id: String, hours: Range<Int>) -> Self {
    let pattern = try? Matcher("mcp", .doesNotMatch, "a|b")
    return Self(
      id: id, matchers: [Matcher("alertname", equals: "Slow")] + (pattern.map { [$0] } ?? []),
      startsAt: .noon.advanced(by: .seconds(3600 * hours.lowerBound)),
      endsAt: .noon.advanced(by: .seconds(3600 * hours.upperBound)),
      updatedAt: .noon.advanced(by: .seconds(-3600)), createdBy: "ann", comment: "a \"rest\"")
  }
}
