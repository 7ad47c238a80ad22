import Foundation
import TestSupport
import Testing

/// What signals do to a running agent, and what they do not.
@Suite(.timeLimit(.minutes(5))) struct Signal {
  /// SIGTERM and SIGINT, since two of one kind that come at once are one.
  @Test func theSecondSignalEndsItAtOnce() async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    try await servers.turn("stuck", to: "hang")
    let agent = try await AgentProcess.started(
      Self.patient(servers.url("stuck")), in: scratch)
    try await until("a probe hangs") {
      try await agent.metrics().value("breakwater_probes_in_flight") == 1
    }
    agent.process.send(SIGTERM)
    agent.process.send(SIGINT)
    let status = try await agent.process.exitStatus(within: .seconds(10))
    #expect([128 + SIGTERM, 128 + SIGINT].contains(status))
    #expect(!agent.process.errors.contains("Ended cleanly"))
  }

  @Test func aSignalDuringTheStartIs0() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("breakwater.yml", "mcps: []\n")
    let agent = try AgentProcess(configuration: file, port: freePort(), in: scratch)
    try await until("it takes signals", every: .milliseconds(1)) {
      ProcessTable.catchesTermination(agent.process.pid)
    }
    agent.process.send(SIGTERM)
    #expect(try await agent.process.exitStatus(within: .seconds(10)) == 0)
  }

  /// The MCP, the database and the receiver take what they are sent and never answer.
  @Test func theEndWaitsForNobodyWhoHangs() async throws {
    let scratch = try Scratch()
    let (mcp, database, receiver) = (try TakenPort(), try TakenPort(), try TakenPort())
    try scratch.write("rules.yml", Self.alwaysFiring)
    let agent = try await AgentProcess.started(
      """
      global: {evaluation_interval: 1s}
      postgres: {url: "postgres://nobody@127.0.0.1:\(database.port)/nothing"}
      rule_files: [rules.yml]
      route: {receiver: hook, group_wait: 0s, group_interval: 1s}
      receivers:
        - name: hook
          webhook_configs: [{url: "http://127.0.0.1:\(receiver.port)/hook"}]
      \(Self.patient("http://127.0.0.1:\(mcp.port)/mcp"))
      """, in: scratch)
    try await until("a message is on its way and a probe hangs") {
      let page = try await agent.metrics()
      let messages = page.samples.filter { $0.name == "breakwater_notification_queue_length" }
      return messages.contains { $0.value > 0 }
        && page.value("breakwater_probes_in_flight") == 1
    }
    agent.process.send(SIGTERM)
    #expect(try await agent.process.exitStatus(within: .seconds(10)) == 0)
    #expect(agent.process.errors.contains("Ended cleanly"))
  }

  @Test func aStormOfHangUpsIsAFewReloadsAndTheLastFileCounts() async throws {
    let scratch = try Scratch()
    let agent = try await AgentProcess.started("mcps: []\n", in: scratch)
    for round in 0..<100 {
      try scratch.write(
        "breakwater.yml", "mcps: [{name: mcp-\(round), url: \"http://127.0.0.1:9/mcp\"}]\n")
      for _ in 0..<10 { agent.process.send(SIGHUP) }
    }
    try await until("the last configuration runs") {
      try await agent.mcps().compactMap { $0["name"].string } == ["mcp-99"]
    }
    let reloads = agent.process.errors.split(separator: "\n").filter {
      $0.contains("Configuration reloaded")
    }
    #expect((1...200).contains(reloads.count))
    #expect(try await agent.process.stop() == 0)
  }

  @Test func signalsWithoutAMeaningAreIgnored() async throws {
    let scratch = try Scratch()
    let agent = try await AgentProcess.started("mcps: []\n", in: scratch)
    for signal in [SIGPIPE, SIGUSR1, SIGUSR2] { agent.process.send(signal) }
    #expect(try await agent.http.get("/-/healthy").status == 200)
    #expect(try await agent.process.stop() == 0)
  }

  @Test(arguments: [
    ("closed streams", ">&- 2>&- <&-"),
    ("readers that are gone", "> >(exit 0) 2> >(exit 0)"),
    ("a full disk", ">/dev/full 2>/dev/full"),
  ])
  func outputThatGoesNowhereIsNoTrouble(_ name: String, _ redirection: String) async throws {
    let scratch = try Scratch()
    let file = try scratch.write("breakwater.yml", "mcps: []\n")
    let port = try freePort()
    let arguments = AgentProcess.arguments(configuration: file, port: port, in: scratch)
    let process = try ChildProcess(
      "bash", ["-c", "exec \"$@\" \(redirection)", "bash", breakwaterExecutable] + arguments,
      name: "breakwater", in: scratch)
    let http = LocalHTTP(port: port)
    try await until("the agent is ready") { try await http.get("/-/ready").status == 200 }
    func reloadedAt() async throws -> Double? {
      MetricsPage(try await http.get("/metrics").text)
        .value("breakwater_config_last_reload_success_timestamp_seconds")
    }
    let start = try #require(try await reloadedAt())
    process.send(SIGHUP)
    try await until("a reload, and so a line of the log") {
      try await reloadedAt().map { $0 > start } ?? false
    }
    #expect(try await process.stop() == 0)
  }

  private static let alwaysFiring = """
    groups:
      - name: always
        rules:
          - alert: Always
            expr: vector(1)

    """

  /// One MCP that is waited for.
  private static func patient(_ url: String) -> String {
    """
    mcps:
      - {name: stuck, url: "\(url)", probe: {interval: 60s, timeout: 60s}}
    """
  }
}
