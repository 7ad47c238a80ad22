import Foundation
import TestSupport
import Testing

/// Debian's Alertmanager, which a running agent pushes to.
@Suite(
  .enabled(
    if: isInstalled("prometheus-alertmanager"), "no prometheus-alertmanager on PATH"),
  .timeLimit(.minutes(10)))
struct AlertmanagerTests {
  private static let isLong = ProcessInfo.processInfo.environment["TORTURE"] != nil

  private static let rules = """
    groups:
      - name: mcp
        rules:
          - alert: Open
            expr: mcp_health_status{status="circuit_open"} == 1
            labels: {severity: critical}
            annotations: {summary: "The circuit of {{ $labels.mcp }} is open"}

    """

  /// An agent with two healthy MCPs, a webhook of its own, and the Alertmanager.
  private struct Stage {
    let bench: RuleBench
    let direct = ScriptedReceiver()
    let peer: Alertmanager
    let process: ChildProcess
    let agent: AgentProcess

    init() async throws {
      bench = try RuleBench()
      peer = try Alertmanager(in: bench.scratch)
      process = try await peer.start()
      try bench.scratch.write("rules.yml", AlertmanagerTests.rules)
      try bench.configure(
        ["one", "two"], evaluation: "1s", global: "external_labels: {site: lab}",
        webhooks: ["url: \"\(direct.url)\""], more: "alertmanagers: [{url: \"\(peer.url)\"}]")
      agent = try await bench.start(arguments: ["--web.external-url", "http://agent.example/"])
      try await bench.healthy(agent)
    }

    func ends() async throws -> [String: Double] {
      try await peer.alerts().mapValues { instant($0["endsAt"].string) }
    }
  }

  @Test func itGroupsListsAndForwardsWhatWePush() async throws {
    let stage = try await Stage()
    try await stage.bench.turn(["one", "two"], to: "500")
    try await until("one message tells of both") {
      stage.peer.receiver.webhooks.contains { $0.body["alerts"].array.count == 2 }
    }
    try await stage.direct.told("one", "firing")
    let alert = try #require(stage.peer.told(of: "one").last)
    let labels = JSON.object([
      "alertname": .string("Open"), "mcp": .string("one"), "severity": .string("critical"),
      "site": .string("lab"), "status": .string("circuit_open"),
    ])
    #expect(alert["labels"] == labels)
    let summary = JSON.string("The circuit of one is open")
    #expect(alert["annotations"] == .object(["summary": summary]))
    let source = alert["generatorURL"].string ?? ""
    #expect(source.hasPrefix("http://agent.example/graph?g0.expr=mcp_health_status"), "\(source)")
    let direct = try #require(stage.direct.webhooks(of: "one").first).body["alerts"].array.first
    for key in ["fingerprint", "generatorURL"] { #expect(alert[key] == direct?[key], "\(key)") }
    #expect(instant(alert["startsAt"].string) == instant(direct?["startsAt"].string))

    let listed = try await stage.peer.alerts()
    #expect(Set(listed.keys) == ["one", "two"])
    #expect(listed["one"]?["labels"] == labels)
    #expect(listed.values.allSatisfy { $0["status"]["state"].string == "active" })
    try await expectEndsThatMoveOn(stage)

    try await stage.bench.turn(["one", "two"], to: "ok")
    for name in ["one", "two"] {
      try await stage.peer.hears(name, "resolved")
      #expect(stage.peer.turns(of: name) == ["firing", "resolved"])
    }
    let groups = Set(stage.peer.receiver.webhooks.map { $0.body["groupKey"].string })
    #expect(groups == [#"{}:{alertname="Open"}"#])
    #expect(stage.peer.receiver.webhooks.last?.status == "resolved")
    #expect(try await stage.peer.alerts().isEmpty)
    try await expectCounts(stage)
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// Four minutes ahead, and again each minute, so that a lost push or two resolve nothing.
  private func expectEndsThatMoveOn(_ stage: Stage) async throws {
    let now = Date().timeIntervalSince1970
    let before = try await stage.ends()
    #expect(before.values.allSatisfy { (120...245).contains($0 - now) }, "\(before), \(now)")
    try await until("both are pushed again", within: .seconds(150)) {
      try await stage.ends().allSatisfy { name, end in before[name].map { end > $0 + 50 } == true }
    }
    for name in ["one", "two"] { #expect(stage.peer.turns(of: name) == ["firing"]) }
  }

  private func expectCounts(_ stage: Stage) async throws {
    let page = try await stage.agent.metrics()
    let of = ["alertmanager": stage.peer.url]
    let sent = page.value("breakwater_alertmanager_alerts_sent_total", of)
    #expect(sent.map { $0 >= 6 } == true, "\(String(describing: sent))")
    #expect(page.value("breakwater_alertmanager_queue_length", of) == 0)
    let failures = page.samples.filter { $0.name == "breakwater_alertmanager_alerts_failed_total" }
    #expect(!failures.isEmpty && failures.allSatisfy { $0.value == 0 }, "\(failures)")
  }

  /// It keeps no alerts over a restart, only what it has told of: all it knows then is from us.
  @Test func whatHappenedWhileItWasAwayItHearsWhenItIsBack() async throws {
    let stage = try await Stage()
    try await stage.bench.turn(["one"], to: "500")
    try await stage.peer.hears("one", "firing")
    #expect(try await stage.process.stop() == 0)

    try await stage.bench.turn(["one"], to: "ok")
    try await stage.direct.told("one", "resolved")
    try await stage.bench.turn(["two"], to: "500")
    try await stage.direct.told("two", "firing")
    let failed = "breakwater_alertmanager_alerts_failed_total"
    try await until("pushes have failed") {
      try await stage.agent.metrics().value(failed, ["reason": "network"]).map { $0 > 0 } == true
    }
    #expect(stage.peer.turns(of: "one") == ["firing"])

    let process = try await stage.peer.start()
    try await stage.peer.hears("one", "resolved")
    try await stage.peer.hears("two", "firing")
    #expect(Set(try await stage.peer.alerts().keys) == ["two"])
    try await stage.bench.turn(["two"], to: "ok")
    try await stage.peer.hears("two", "resolved")
    for name in ["one", "two"] {
      #expect(stage.peer.turns(of: name) == ["firing", "resolved"])
    }
    #expect(try await stage.agent.process.stop() == 0)
    #expect(try await process.stop() == 0)
  }

  @Test func anAlertDoesNotEndThereWhileTheAgentIsAway() async throws {
    let stage = try await Stage()
    try await stage.bench.turn(["one"], to: "500")
    try await stage.peer.hears("one", "firing")
    let before = try #require(try await stage.peer.alerts()["one"])
    stage.agent.process.send(SIGKILL)
    try await stage.agent.process.exitStatus()
    let killed = Date().timeIntervalSince1970
    #expect(instant(before["endsAt"].string) - killed > 120)
    let pause = Self.isLong ? 100.0 : 5
    try await until("the agent was away for \(pause) s", within: .seconds(200)) {
      Date().timeIntervalSince1970 - killed > pause
    }
    #expect(Set(try await stage.peer.alerts().keys) == ["one"])

    let agent = try await stage.bench.start()
    try await until("it is pushed again", within: .seconds(150)) {
      let end = try await stage.ends()["one"] ?? 0
      return end > instant(before["endsAt"].string)
    }
    let after = try #require(try await stage.peer.alerts()["one"])
    #expect(after["startsAt"] == before["startsAt"])
    #expect(stage.peer.turns(of: "one") == ["firing"])
    try await stage.bench.turn(["one"], to: "ok")
    try await stage.peer.hears("one", "resolved")
    #expect(stage.peer.turns(of: "one") == ["firing", "resolved"])
    #expect(stage.peer.told(of: "two").isEmpty)
    #expect(try await agent.process.stop() == 0)
  }
}
