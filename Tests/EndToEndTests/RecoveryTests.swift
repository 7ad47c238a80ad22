import Foundation
import TestSupport
import Testing

/// What a breaker has decided, seen from outside the program.
@Suite(.timeLimit(.minutes(15))) struct Recovery {
  @Test func theQueueOrdersTrialsAndOutlivesAKill() async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    for name in ["fast", "slow", "far"] { try await servers.turn(name, to: "500") }
    let waits = [("fast", "2s"), ("slow", "30s"), ("far", "1h")]
    let rows = waits.map { name, wait in
      """
        - {name: \(name), url: "\(servers.url(name))", circuit_breaker: {recovery_timeout: \(wait)}}

      """
    }
    let configuration = try scratch.write(
      "breakwater.yml",
      """
      global: {probe_interval: 2s, probe_timeout: 2s}
      circuit_breaker: {failure_threshold: 1, backoff: {multiplier: 1, max: 2h, jitter: 0}}
      mcps:
      \(rows.joined())
      """)
    var agent = try AgentProcess(configuration: configuration, port: try freePort(), in: scratch)
    try await agent.ready()

    let first = try await agent.queue { $0.map(\.mcp) == ["fast", "slow", "far"] }
    #expect(first.map(\.position) == [1, 2, 3])
    #expect(first.last?.attempts == 0)
    try await agent.queue { $0.attempts(of: "fast") >= 2 && $0.attempts(of: "slow") == 0 }
    let swapped = try await agent.queue { $0.first?.mcp == "slow" }
    #expect(swapped.map(\.position) == Array(1...swapped.count))
    try await agent.queue { $0.map(\.mcp) == ["fast", "slow", "far"] && $0[1].attempts >= 1 }
    let before = try await agent.queue { $0.count == 3 && $0.attempts(of: "fast") >= 4 }

    agent.process.send(SIGKILL)
    try await agent.process.exitStatus()
    agent = try AgentProcess(configuration: configuration, port: try freePort(), in: scratch)
    try await agent.ready()
    let after = try await agent.queue { $0.count == 3 }
    #expect(after.last == before.last, "to the millisecond of its trial")
    for name in ["fast", "slow"] {
      #expect(after.attempts(of: name) >= before.attempts(of: name), "\(name)")
    }

    for name in ["fast", "slow"] { try await servers.turn(name, to: "ok") }
    let left = try await agent.queue { $0.map(\.mcp) == ["far"] }
    #expect(left == after.suffix(1).map { $0.at(position: 1) })
    for name in ["fast", "slow"] {
      try await until("\(name) is healthy") { try await agent.mcp(name).health == "healthy" }
    }
    #expect(try await agent.process.stop() == 0)
  }

  @Test func anMCPThatIsGivenUpStaysSoOverAKillUntilItsSettingsChange() async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    try await servers.turn("lost", to: "500")
    func configuration(cycles: Int) -> String {
      """
      global: {probe_interval: 2s, probe_timeout: 2s}
      mcps:
        - name: lost
          url: "\(servers.url("lost"))"
          circuit_breaker:
            {failure_threshold: 1, recovery_timeout: 200ms, max_failure_cycles: \(cycles)}
      """
    }
    let first = try await AgentProcess.started(configuration(cycles: 2), in: scratch)
    try await until("it is given up") { try await first.mcp("lost").health == "disabled" }
    first.process.send(SIGKILL)
    try await first.process.exitStatus()

    try await servers.turn("lost", to: "ok")
    let agent = try await AgentProcess.started(configuration(cycles: 2), in: scratch)
    let mcp = try await agent.mcp("lost")
    #expect(mcp["enabled"] == .bool(false))
    #expect(mcp["disabled_reason"].string == "2 failure cycles")
    #expect(mcp.circuit["retry_at"] == .null)
    #expect(try await agent.http.get("/api/v1/recovery-queue").json()["data"] == .array([]))
    let page = try await agent.metrics()
    #expect(page.value("mcp_health_status", ["mcp": "lost", "status": "disabled"]) == 1)
    #expect(page.value("mcp_up", ["mcp": "lost"]) == nil)
    let events = try await agent.events(of: "lost").filter { $0["type"].string == "auto_disabled" }
    #expect(events.map { $0["data"]["failure_cycles"].string } == ["2"])

    try scratch.write("breakwater.yml", configuration(cycles: 3))
    agent.process.send(SIGHUP)
    try await until("it is probed again") { try await agent.mcp("lost").health == "healthy" }
    #expect(try await agent.mcp("lost")["disabled_reason"] == .null)
    #expect(try await agent.process.stop() == 0)
  }
}

/// One place of `/api/v1/recovery-queue`.
struct QueuePlace: Equatable, Decodable {
  var mcp: String
  var position: Int
  var retry_at: String
  var attempts: Int

  func at(position: Int) -> QueuePlace {
    var place = self
    place.position = position
    return place
  }
}

extension [QueuePlace] {
  /// -1 when it does not wait.
  func attempts(of name: String) -> Int { first { $0.mcp == name }?.attempts ?? -1 }
}

extension AgentProcess {
  private struct Envelope: Decodable { var data: [QueuePlace] }

  /// The recovery queue, once it is as wanted. Some of what is wanted lasts for a moment, and comes
  /// again every half minute.
  @discardableResult
  func queue(when isWanted: ([QueuePlace]) -> Bool) async throws -> [QueuePlace] {
    try await eventually(
      "the queue is as wanted", within: .seconds(240), every: .milliseconds(10)
    ) {
      let answer = try await http.get("/api/v1/recovery-queue")
      let queue = try JSONDecoder().decode(Envelope.self, from: answer.body).data
      return isWanted(queue) ? queue : nil
    }
  }
}
