import Dispatch
import Foundation
import TestSupport
import Testing

/// What rules have decided and recorded, over the ends of agents.
@Suite(.timeLimit(.minutes(5))) struct RuleRestarts {
  private static let rules =
    RuleBench.circuitOpen + """
            - {alert: Patient, expr: mcp_up == 0, for: 1h}
            - {record: "mcps:up:sum", expr: sum(mcp_up)}

      """
  private static let recorded = escaped("mcps:up:sum[5m]")

  @Test func anAlertFiresOnWithoutASecondMessage() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver()
    try bench.scratch.write("rules.yml", Self.rules)
    try bench.configure(
      ["good", "bad"], evaluation: "500ms", webhooks: ["url: \"\(receiver.url)\""])
    var agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(["bad"], to: "500")
    try await receiver.told("bad", "firing")
    expectSeries(on: try await agent.metrics())
    for signal in [SIGTERM, SIGKILL, SIGKILL] {
      let before = try await settled(agent)
      agent.process.send(signal)
      let status = try await agent.process.exitStatus()
      #expect(status == (signal == SIGTERM ? 0 : 128 + signal))
      agent = try await bench.start()
      let after = try await settled(agent)
      // The time away does not count as pending.
      let moved = (after.pendingSince ?? 0) - (before.pendingSince ?? 0)
      #expect(abs(moved) < 30, "signal \(signal)")
      let newest = before.recorded.keys.max() ?? 0
      for (time, value) in before.recorded where time <= newest - 1 {
        #expect(after.recorded[time] == value, "signal \(signal), \(time) of \(newest)")
      }
      #expect(receiver.webhooks.map(\.status) == ["firing"], "signal \(signal)")
    }
    try await bench.turn(["bad"], to: "ok")
    try await receiver.told("bad", "resolved")
    #expect(receiver.webhooks.map(\.status) == ["firing", "resolved"])
    try await until("no alert fires or is pending") {
      try await agent.value(of: "count(ALERTS) or vector(0)") == 0
    }
    #expect(try await agent.process.stop() == 0)
  }

  private struct Look {
    /// When the alert with an hour's `for` became active, in Unix seconds.
    var pendingSince: Double?
    /// By time in seconds.
    var recorded: [Double: Double] = [:]
  }

  /// After some evaluations of this agent, both alerts active as they were.
  private func settled(_ agent: AgentProcess) async throws -> Look {
    try await until("rules are evaluated again and again") {
      try await agent.metrics().value("breakwater_rule_group_iterations_total") ?? 0 >= 6
    }
    let firing = #"ALERTS{alertname="Open", alertstate="firing", mcp="bad"}"#
    try await until("the alert fires") { try await agent.value(of: firing) == 1 }
    let pending = #"ALERTS{alertname="Patient", alertstate="pending", mcp="bad"}"#
    #expect(try await agent.value(of: pending) == 1)
    var look = Look()
    look.pendingSince = try await agent.value(
      of: #"ALERTS_FOR_STATE{alertname="Patient", mcp="bad"}"#)
    #expect(look.pendingSince != nil)
    try await expectLists(of: agent)
    let answer = try await agent.http.form("/api/v1/query", "query=\(Self.recorded)")
    for pair in answer["data"]["result"].array.first?["values"].array ?? [] {
      guard let time = pair.array.first?.number else { continue }
      look.recorded[time] = pair.array.last?.string.flatMap { Double($0) }
    }
    #expect(look.recorded.count >= 3)
    return look
  }

  /// As Prometheus's API has them.
  private func expectLists(of agent: AgentProcess) async throws {
    let alerts = try await agent.http.get("/api/v1/alerts").json()["data"]["alerts"].array
    let states = alerts.map { alert in
      let labels = alert["labels"]
      return [labels["alertname"], labels["mcp"], alert["state"]].compactMap(\.string)
    }
    #expect(states == [["Open", "bad", "firing"], ["Patient", "bad", "pending"]])
    let groups = try await agent.http.get("/api/v1/rules").json()["data"]["groups"].array
    let rules = groups.flatMap { $0["rules"].array }
    #expect(rules.map { $0["name"].string } == ["Open", "Patient", "mcps:up:sum"])
    #expect(rules.map { $0["state"].string } == ["firing", "pending", nil])
    #expect(rules.allSatisfy { $0["health"].string == "ok" }, "\(rules)")
  }

  private func expectSeries(on page: MetricsPage) {
    let names = Set(page.samples.map(\.name))
    let expected = [
      "breakwater_rule_evaluations_total", "breakwater_rule_evaluation_failures_total",
      "breakwater_rule_group_last_duration_seconds", "breakwater_rule_group_rules",
      "breakwater_notifications_total", "breakwater_notifications_failed_total",
      "breakwater_notification_queue_length", "breakwater_notification_latency_seconds_bucket",
    ]
    #expect(names.isSuperset(of: expected), "\(Set(expected).subtracting(names))")
    #expect(page.value("breakwater_rule_group_rules") == 3)
    #expect(page.value("breakwater_rule_evaluation_failures_total") == 0)
  }
}

/// The test has seconds: the agent waits no longer for an answer when it ends.
extension Heavy {
  @Suite(.timeLimit(.minutes(5))) struct AnswersAtTheEnd {
    /// The answer comes while the agent ends: it is waited for and written down.
    @Test func aMessageThatIsAnsweredAtTheEndIsNotSentAgain() async throws {
      let bench = try RuleBench()
      let gate = DispatchSemaphore(value: 0)
      let receiver = ScriptedReceiver { request in
        if request.number == 0 { gate.wait() }
        return .status(200)
      }
      try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
      try bench.configure(["one"], webhooks: ["url: \"\(receiver.url)\""])
      var agent = try await bench.start()
      try await bench.healthy(agent)
      try await bench.turn(["one"], to: "500")
      try await receiver.told("one", "firing")
      agent.process.send(SIGTERM)
      try await until("the agent takes no requests any more") {
        guard let answer = try? await agent.http.get("/-/ready") else { return true }
        return answer.status != 200
      }
      gate.signal()
      #expect(try await agent.process.exitStatus() == 0)
      agent = try await bench.start()
      try await bench.turn(["one"], to: "ok")
      try await receiver.told("one", "resolved")
      #expect(receiver.webhooks.map(\.status) == ["firing", "resolved"])
      #expect(try await agent.process.stop() == 0)
    }
  }
}
