import Foundation
import TestSupport
import Testing

extension Heavy {
  /// A process that is stopped and goes on: a laptop that sleeps, a machine that is moved.
  @Suite(.timeLimit(.minutes(5))) struct Pause {
    private static let names = (0..<30).map { "mcp-\($0)" }
    private static let interval = 0.5

    /// 8 s, longer than a stall's bound; a minute with TORTURE.
    @Test func isNoFalseDownNoBurstNoStallAndIsCounted() async throws {
      let pause = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 8.0 : 60
      let bench = try RuleBench()
      try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
      try bench.configure(Self.names, probes: "500ms", webhooks: ["url: \"http://127.0.0.1:1/\""])
      // Some of its probes are on their way at any moment.
      for name in Self.names { try await bench.servers.turn(name, to: "slow") }
      let agent = try await bench.start()
      try await bench.healthy(agent)
      let events = try await eventCounts(agent)

      let before = try await agent.metrics()
      agent.process.send(SIGSTOP)
      let stopped = ContinuousClock.now
      try await until("the pause is over", within: .seconds(pause + 30)) {
        stopped.duration(to: .now) >= .seconds(pause)
      }
      agent.process.send(SIGCONT)
      let resumed = ContinuousClock.now
      try await until("every MCP has been probed again, twice") {
        let page = try await agent.metrics()
        return Self.names.allSatisfy { Self.ok(page, $0) >= Self.ok(before, $0) + 2 }
      }
      let after = try await agent.metrics()
      let slots = (resumed.duration(to: .now) / .seconds(1) / Self.interval).rounded(.up)

      let probes = after.values("mcp_probes_total", by: ["mcp", "outcome"])
      let old = before.values("mcp_probes_total", by: ["mcp", "outcome"])
      for (key, count) in probes where !["ok", "internal_error"].contains(key[1]) {
        #expect(count == old[key] ?? 0, "\(key): a fault of our own is none of the server")
      }
      for name in Self.names {
        let made = probes.filter { $0.key[0] == name }.values.reduce(0, +)
        let had = old.filter { $0.key[0] == name }.values.reduce(0, +)
        // The one that was on its way, one that makes up for the pause, and one a slot.
        #expect(made - had <= slots + 2, "a burst at \(name)")
      }
      let now = try await eventCounts(agent)
      for name in Self.names {
        #expect(now[name] == events[name], "\(name) has had no event")
        #expect(after.value("mcp_up", ["mcp": name]) == 1)
      }
      for (reason, count) in after.values("breakwater_coordinator_restarts_total", by: ["reason"]) {
        #expect(count == 0, "restarts: \(reason)")
      }
      let skipped = after.values("breakwater_probes_skipped_total", by: [])[[]] ?? 0
      let missed = skipped - (before.values("breakwater_probes_skipped_total", by: [])[[]] ?? 0)
      #expect(missed >= 0.8 * pause / Self.interval * Double(Self.names.count))
      #expect(missed <= 1.2 * (pause / Self.interval + slots) * Double(Self.names.count))
      #expect(try await agent.process.stop() == 0)
    }

    private static func ok(_ page: MetricsPage, _ name: String) -> Double {
      page.value("mcp_probes_total", ["mcp": name, "outcome": "ok"]) ?? 0
    }

    private func eventCounts(_ agent: AgentProcess) async throws -> [String: Int] {
      var counts: [String: Int] = [:]
      for name in Self.names { counts[name] = try await agent.events(of: name).count }
      return counts
    }
  }
}
