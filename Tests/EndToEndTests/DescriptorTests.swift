import Foundation
import TestSupport
import Testing

/// The program with next to no descriptors (A7).
extension Heavy {
  @Suite(.timeLimit(.minutes(5)), .enabled(if: isInstalled("prlimit"), "there is no prlimit"))
  struct Descriptors {
    /// What an agent without Postgres needs, nothing inherited.
    private static let few = 48

    /// `env` takes what is no assignment for the command.
    private func agent(
      _ configuration: URL, limit: Int, in scratch: Scratch
    ) throws -> AgentProcess {
      try AgentProcess(
        configuration: configuration, port: try freePort(), in: scratch,
        environment: ["prlimit", "--nofile=\(limit):\(limit)"])
    }

    @Test func aFewAreEnoughToProbeToAnswerAndToTell() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      let receiver = ScriptedReceiver()
      let names = (0..<8).map { "good-\($0)" } + ["hangs-0", "hangs-1"]
      for name in names {
        try await servers.turn(name, to: name.hasPrefix("good") ? "ok" : "hang")
      }
      try scratch.write(
        "rules.yml",
        """
        groups:
          - {name: up, interval: 1s, rules: [{alert: Down, expr: 'mcp_up{mcp="good-0"} == 0'}]}
        """)
      let file = try scratch.write(
        "breakwater.yml",
        """
        global: {probe_interval: 200ms, probe_timeout: 200ms, evaluation_interval: 1s}
        circuit_breaker: {failure_threshold: 100}
        rule_files: [rules.yml]
        route: {receiver: hook, group_wait: 0s}
        receivers: [{name: hook, webhook_configs: [{url: "\(receiver.url)"}]}]
        mcps:
        \(names.map { "  - {name: \($0), url: \"\(servers.url($0))\"}\n" }.joined())
        """)
      let agent = try agent(file, limit: Self.few, in: scratch)
      try await agent.ready()
      let good = names.filter { $0.hasPrefix("good") }
      try await until("every good MCP has been seen well, by turns") {
        try await agent.mcps().count { $0.health == "healthy" } == good.count
      }
      try await until("what there was no room for is counted") {
        let page = try await agent.metrics()
        #expect(page.value("process_max_fds") == Double(Self.few))
        let skipped = page.value("breakwater_probes_skipped_total", ["reason": "concurrency"])
        return (skipped ?? 0) > 0
      }

      try await servers.turn("good-0", to: "500")
      let statuses = await crowd(agent, times: 200)
      #expect(statuses.contains(200))
      #expect(statuses.subtracting([200, 503, 0]) == [], "answers, refusals or nothing")
      try await until("the alert is delivered") { !receiver.webhooks.isEmpty }

      #expect(agent.process.isRunning, "\(agent.process.errors.suffix(2_000))")
      try await servers.turn("good-0", to: "ok")
      try await until("all is well again") {
        try await agent.mcps().count { $0.health == "healthy" } == good.count
      }
      let downs = try await agent.events(of: "good-1").filter {
        $0["type"].string == "disconnected"
      }
      #expect(downs == [], "our own want is no server's fault")
      #expect(try await agent.process.stop() == 0)
    }

    /// Asks from many connections at once; the statuses that came, 0 for a broken connection.
    private func crowd(_ agent: AgentProcess, times: Int) async -> Set<Int> {
      let http = agent.http
      return await withTaskGroup(of: Int.self) { group in
        for _ in 0..<times {
          group.addTask { (try? await http.get("/metrics").status) ?? 0 }
        }
        return await group.reduce(into: []) { $0.insert($1) }
      }
    }

    @Test(arguments: [12, 20, 28]) func tooFewAreOneClearLine(limit: Int) async throws {
      let scratch = try Scratch()
      let file = try scratch.write("breakwater.yml", "mcps: []\n")
      let agent = try agent(file, limit: limit, in: scratch)
      #expect(try await agent.process.exitStatus() == 1)
      let lines = agent.process.errors.split(separator: "\n").filter { $0.contains("level=error") }
      #expect(lines.count == 1, "\(agent.process.errors)")
      #expect(lines.first?.contains("descriptor") == true, "\(agent.process.errors)")
    }
  }
}
