import Foundation
import TestSupport
import Testing

/// SIGHUP with other rules and other receivers.
@Suite(.timeLimit(.minutes(5))) struct RuleReloads {
  private static let success = "breakwater_config_last_reload_successful"

  private static let broken = """
    groups:
      - name: mcp
        rules:
          - alert: Open
            expr: mcp_health_status{status="circuit_open"} = 1
          - alert: Open
            expr: mcp_up == 0
            fro: 1m

    """

  /// An agent with one MCP whose circuit is open, told of.
  private func withAnOutage(_ bench: RuleBench, _ receiver: ScriptedReceiver) async throws
    -> AgentProcess
  {
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    try bench.configure(["one"], evaluation: "1s", webhooks: ["url: \"\(receiver.url)\""])
    let agent = try await bench.start()
    try await bench.healthy(agent)
    try await bench.turn(["one"], to: "500")
    try await receiver.told("one", "firing")
    return agent
  }

  @Test func brokenRulesAreToldOfAndTheOldOnesStay() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver()
    let agent = try await withAnOutage(bench, receiver)
    #expect(try await agent.metrics().value(Self.success) == 1)
    try bench.scratch.write("rules.yml", Self.broken)
    agent.process.send(SIGHUP)
    try await until("the reload has failed") {
      try await agent.metrics().value(Self.success) == 0
    }
    let log = try await eventually("the problems are logged") {
      let log = agent.process.output + agent.process.errors
      return log.contains("rules.yml:8:") ? log : nil
    }
    #expect(log.contains("rules.yml:5:"), "\(log)")
    #expect(log.contains(#"unexpected \"=\""#), "\(log)")
    #expect(log.contains("for"), "the nearest field: \(log)")
    #expect(try await agent.value(of: #"ALERTS{alertname="Open"}"#) == 1)
    #expect(try await agent.metrics().value("breakwater_rule_group_rules") == 1)

    try await bench.turn(["one"], to: "ok")
    try await receiver.told("one", "resolved")
    #expect(receiver.webhooks.map(\.status) == ["firing", "resolved"])
    try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
    agent.process.send(SIGHUP)
    try await until("the reload has succeeded") {
      try await agent.metrics().value(Self.success) == 1
    }
    #expect(try await agent.process.stop() == 0)
  }

  @Test func theAlertsOfARemovedRuleEnd() async throws {
    let bench = try RuleBench()
    let receiver = ScriptedReceiver()
    let agent = try await withAnOutage(bench, receiver)
    try bench.scratch.write(
      "rules.yml", RuleBench.circuitOpen.replacing("alert: Open", with: "alert: Other"))
    agent.process.send(SIGHUP)
    try await receiver.told("one", "resolved")
    try await until("the rule in its place is told of") {
      receiver.webhooks.contains { $0.alertname == "Other" && $0.status == "firing" }
    }
    let open = receiver.webhooks.filter { $0.alertname == "Open" }
    #expect(open.map(\.status) == ["firing", "resolved"])
    #expect(
      open.first?.body["alerts"].array.first?["fingerprint"]
        == open.last?.body["alerts"].array.first?["fingerprint"])
    try await until("only the other alert fires") {
      try await agent.value(of: #"count(ALERTS{alertname="Open"}) or vector(0)"#) == 0
    }
    #expect(try await agent.value(of: #"ALERTS{alertname="Other"}"#) == 1)
    #expect(try await agent.process.stop() == 0)
  }

  @Test func anotherURLTakesEffect() async throws {
    let bench = try RuleBench()
    let (first, second) = (ScriptedReceiver(), ScriptedReceiver())
    let agent = try await withAnOutage(bench, first)
    try bench.configure(["one"], webhooks: ["url: \"\(second.url)\""])
    agent.process.send(SIGHUP)
    try await until("it is reloaded") { agent.process.errors.contains("Configuration reloaded") }
    try await bench.turn(["one"], to: "ok")
    try await second.told("one", "resolved")
    #expect(second.webhooks.map(\.status) == ["resolved"])
    #expect(first.webhooks.map(\.status) == ["firing"])
    #expect(first.webhooks.first?.key != second.webhooks.first?.key)
    #expect(try await agent.process.stop() == 0)
  }

  /// A message that waits for a receiver that never takes it goes where the new URL says.
  @Test func aWaitingMessageGoesToTheOtherURL() async throws {
    let bench = try RuleBench()
    let (first, second) = (ScriptedReceiver(then: .status(503)), ScriptedReceiver())
    let agent = try await withAnOutage(bench, first)
    try bench.configure(["one"], webhooks: ["url: \"\(second.url)\""])
    agent.process.send(SIGHUP)
    try await second.told("one", "firing")
    #expect(Set((first.webhooks + second.webhooks).map(\.key)).count == 1)
    #expect(try await agent.process.stop() == 0)
  }
}
