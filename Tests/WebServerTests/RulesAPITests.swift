import Alerting
import PromQL
import Signals
import Synchronization
import Templates
import Testing
import WebServer

/// The answers of `/api/v1/rules` and `/alerts`, byte for byte, in the shape of Prometheus's.
struct RulesAPITests {
  private static let warning =
    #"{"labels":{"alertname":"Down","mcp":"archive","severity":"page"},"#
    + #""annotations":{"summary":"archive is \"down\""},"state":"firing","#
    + #""activeAt":"2015-07-01T20:10:00.000Z","value":"0e+00"}"#
  private static let pending =
    #"{"labels":{"alertname":"Slow","mcp":"weather"},"annotations":{},"state":"pending","#
    + #""activeAt":"2015-07-01T20:10:00.000Z","value":"1.5e+00"}"#
  private static let evaluated =
    #""evaluationTime":0.002,"lastEvaluation":"2015-07-01T20:10:00.000Z","#
  private static let alerting =
    #"{"state":"firing","name":"Down","query":"mcp_up == 0","duration":0,"keepFiringFor":0,"#
    + #""labels":{"severity":"page"},"annotations":{"summary":"{{ $labels.mcp }} is \"down\""},"#
    + #""alerts":[\#(warning)],"health":"ok",\#(evaluated)"type":"alerting"}"#
  private static let slow =
    #"{"state":"pending","name":"Slow","query":"seconds > 1","duration":120,"keepFiringFor":60,"#
    + #""labels":{},"annotations":{},"alerts":[\#(pending)],"health":"ok","#
    + #"\#(evaluated)"type":"alerting"}"#
  private static let recording =
    #"{"name":"mcp:up:sum","query":"sum(mcp_up)","labels":{"team":"data"},"health":"ok","#
    + #"\#(evaluated)"type":"recording"}"#
  private static let failing =
    #"{"name":"bad","query":"mcp_up * on () mcp_up","health":"err","lastError":"found duplicate "#

  private static func group(_ name: String, _ file: String, _ rules: String...) -> String {
    #"{"name":"\#(name)","file":"\#(file)","rules":[\#(rules.joined(separator: ","))],"#
      + #""interval":60,"limit":0,"evaluationTime":0.01,"#
      + #""lastEvaluation":"2015-07-01T20:10:00.000Z"}"#
  }

  /// A path below `/api/v1` and its `data`.
  static let answers: [(String, String)] = [
    ("alerts", #"{"alerts":[\#(warning),\#(pending)]}"#),
    (
      "rules?rule_group[]=mcp",
      #"{"groups":[\#(group("mcp", "a.yml", alerting, recording, slow))]}"#
    ),
    (
      "rules?type=alert",
      #"{"groups":[\#(group("mcp", "a.yml", alerting, slow))]}"#
    ),
    (
      "rules?type=record&file[]=a.yml",
      #"{"groups":[\#(group("mcp", "a.yml", recording))]}"#
    ),
    (
      "rules?rule_name[]=Down&rule_name[]=nothing",
      #"{"groups":[\#(group("mcp", "a.yml", alerting))]}"#
    ),
    (
      "rules?match[]=%7Bteam=%22data%22%7D",
      #"{"groups":[\#(group("mcp", "a.yml", recording))]}"#
    ),
    ("rules?rule_name[]=nothing", #"{"groups":[]}"#),
    ("rules?file[]=nothing", #"{"groups":[]}"#),
  ]

  @Test(arguments: RulesAPITests.answers)
  func anAnswerIsPrometheuss(path: String, data: String) async throws {
    try await serving(.withRules()) { client in
      let answer = try await client.get("/api/v1/\(path)")
      #expect(answer.status == 200)
      #expect(answer.text == #"{"status":"success","data":\#(data)}"# + "\n")
    }
  }

  @Test func groupsComeAPageAtATime() async throws {
    try await serving(.withRules()) { client in
      let all = try await client.get("/api/v1/rules")
      #expect(all.text.contains(Self.failing))
      let first = try await client.get("/api/v1/rules?group_limit=1&exclude_alerts=true")
      #expect(first.text.contains(#""name":"mcp""#) && !first.text.contains(#""name":"odd""#))
      #expect(first.text.contains(#""alerts":[]"#))
      let token = try #require(first.text.firstMatch(of: /"groupNextToken":"([0-9a-f]+)"/)).1
      let second = try await client.get("/api/v1/rules?group_limit=1&group_next_token=\(token)")
      #expect(second.text.contains(#""name":"odd""#) && !second.text.contains("groupNextToken"))
    }
  }

  static let refused: [(String, String)] = [
    ("type=x", #"invalid parameter \"type\": not supported value \"x\""#),
    ("exclude_alerts=maybe", #"invalid parameter \"exclude_alerts\""#),
    ("group_limit=0", "group_limit needs to be greater than 0"),
    ("group_limit=x", #"invalid parameter \"group_limit\""#),
    ("group_next_token=1", "group_limit needs to be set"),
    ("group_limit=1&group_next_token=1", "were rule groups changed?"),
    ("match[]=%7B", #"invalid parameter \"match[]\""#),
  ]

  @Test(arguments: RulesAPITests.refused)
  func whatCannotBeIsRefused(query: String, why: String) async throws {
    try await serving(.withRules()) { client in
      let answer = try await client.get("/api/v1/rules?\(query)")
      #expect(answer.status == 400)
      #expect(answer.text.contains(#""errorType":"bad_data""#) && answer.text.contains(why))
    }
  }
}

extension FakeAgent {
  /// Two groups: one with an alerting, a recording and a pending rule, and one whose rule fails.
  static func withRules() throws -> FakeAgent {
    let agent = FakeAgent()
    let groups = try [RuleGroupStatus.mcp(), .odd()]
    agent.script.withLock { $0.rules = groups }
    return agent
  }
}

extension RuleGroupStatus {
  private static let then = Timestamp(milliseconds: 1_435_781_400_000)

  fileprivate static func mcp() throws -> Self {
    let summary = "{{ $labels.mcp }} is \"down\""
    var down = Rule.Alerting()
    down.annotations = [
      TemplatedLabel(
        name: "summary", text: summary, template: try Template(parsing: summary, name: "test"))
    ]
    var slow = Rule.Alerting()
    slow.holdDuration = .seconds(120)
    slow.keepFiringFor = .seconds(60)
    var status = RuleGroupStatus(
      RuleGroup(
        file: "a.yml", name: "mcp", interval: .seconds(60),
        rules: [
          Rule(
            name: "Down", expression: try Expression(parsing: "mcp_up == 0"),
            labels: [Label(name: "severity", value: "page")], kind: .alerting(down)),
          Rule(
            name: "mcp:up:sum", expression: try Expression(parsing: "sum(mcp_up)"),
            labels: [Label(name: "team", value: "data")], kind: .recording),
          Rule(
            name: "Slow", expression: try Expression(parsing: "seconds > 1"), labels: [],
            kind: .alerting(slow)),
        ]))
    status.evaluated()
    var firing = ActiveAlert(
      labels: ["alertname": "Down", "mcp": "archive", "severity": "page"],
      annotations: [Label(name: "summary", value: "archive is \"down\"")], value: 0, activeAt: then)
    firing.state = .firing
    status.rules[0].alerts = [firing]
    status.rules[2].alerts = [
      ActiveAlert(
        labels: ["alertname": "Slow", "mcp": "weather"], annotations: [], value: 1.5,
        activeAt: then)
    ]
    return status
  }

  fileprivate static func odd() throws -> Self {
    var status = RuleGroupStatus(
      RuleGroup(
        file: "b.yml", name: "odd", interval: .seconds(60),
        rules: [
          Rule(
            name: "bad", expression: try Expression(parsing: "mcp_up * on () mcp_up"),
            labels: [], kind: .recording)
        ]))
    status.evaluated()
    status.rules[0].health = .err
    status.rules[0].lastError = "found duplicate series"
    return status
  }

  private mutating func evaluated() {
    lastEvaluation = Self.then
    evaluationTime = .milliseconds(10)
    for index in rules.indices {
      rules[index].health = .ok
      rules[index].lastEvaluation = Self.then
      rules[index].evaluationTime = .milliseconds(2)
    }
  }
}
