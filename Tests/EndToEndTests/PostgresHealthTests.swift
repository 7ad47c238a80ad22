import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Health as it is in Postgres, beside what the agent's API says.
  @Suite(.timeLimit(.minutes(10))) struct PostgresHealth {
    @Test func anOutageIsThereToTheSecondAndOutlivesTheAgent() async throws {
      let bench = try await PostgresBench()
      try bench.configure(["one"])
      var agent = try await bench.start()
      try await until("it is healthy in Postgres") {
        try await bench.server("one")["health_status"].string == "healthy"
      }
      try await bench.servers.turn("one", to: "500")
      try await until("its circuit is open") {
        try await agent.mcp("one").circuitState == "open"
      }
      var downtime = -1.0
      for _ in 0..<3 {
        downtime = try await downtimeIsRight(bench, agent, after: downtime)
        try await bench.agree(agent, "one")
      }
      try await bench.servers.turn("one", to: "slow")
      try await until("it is up again") { try await agent.mcp("one").health == "healthy" }
      try await bench.agree(agent, "one")
      let total = try await agent.mcp("one")["downtime_seconds_total"].number ?? -1
      try await until("the downtime stands still in Postgres") {
        try await bench.server("one")["total_downtime_seconds"].number == total.rounded(.down)
      }
      try await expectSameEvents(bench, agent)
      try await expectColumns(bench, agent)

      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten("after the first life")
      let first = try await bench.written()
      agent = try await bench.start()
      try await until("the next life writes") {
        try await bench.written().most > first.most + 3
      }
      try await bench.agree(agent, "one")
      #expect(
        try await bench.server("one")["total_downtime_seconds"].number == total.rounded(.down))
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten("after the second life")
      #expect(try await bench.rows("SELECT 1 FROM omni2.mcp_servers").count == 1)
    }

    /// While it grows: what Postgres says lies between a second before and now.
    private func downtimeIsRight(
      _ bench: PostgresBench, _ agent: AgentProcess, after last: Double
    ) async throws -> Double {
      func shown() async throws -> Double {
        try await agent.metrics().value("mcp_downtime_seconds_total", ["mcp": "one"]) ?? -1
      }
      return try await eventually("the downtime is right to the second") {
        let before = try await shown()
        let written = try await bench.server("one")["total_downtime_seconds"].number ?? -2
        let after = try await shown()
        #expect(written <= after, "never more than there was")
        return written >= before - 1 && written > last ? written : nil
      }
    }

    /// Those of the API in the same order; the rest are probes that changed nothing.
    private func expectSameEvents(_ bench: PostgresBench, _ agent: AgentProcess) async throws {
      let events = try await agent.events(of: "one").reversed().map { $0 }
      let ids = Set(events.compactMap { $0["id"].string })
      let newest = try #require(events.last?["id"].string)
      let all = try await eventually("the newest event is in Postgres") {
        let rows = try await bench.rows(
          """
          SELECT event_id, event_type, status, response_time_ms,
            extract(epoch FROM "timestamp")::float8 AS at
          FROM omni2.mcp_health_log ORDER BY id
          """)
        return rows.contains { $0["event_id"].string == newest } ? rows : nil
      }
      let told = all.filter { ids.contains($0["event_id"].string ?? "") }
      #expect(told.map { $0["event_id"] } == events.map { $0["id"] })
      #expect(told.map { $0["event_type"] } == events.map { $0["type"] })
      for (row, event) in zip(told, events) {
        #expect(abs((row["at"].number ?? 0) - instant(event["timestamp"].string)) < 0.001)
      }
      let statuses = [
        "connected": "healthy", "disconnected": "disconnected", "circuit_opened": "circuit_open",
        "recovery_attempt": "circuit_open", "circuit_half_open": "circuit_open",
        "recovery_success": "healthy", "circuit_closed": "healthy",
      ]
      for (type, status) in statuses {
        let rows = told.filter { $0["event_type"].string == type }
        #expect(!rows.isEmpty, "\(type)")
        #expect(rows.allSatisfy { $0["status"].string == status }, "\(type)")
      }
      let last = all.lastIndex { $0["event_id"].string == newest } ?? 0
      let checks = all[...last].filter { !ids.contains($0["event_id"].string ?? "") }
      let types: Set = ["health_check_success", "health_check_failed"]
      #expect(checks.allSatisfy { types.contains($0["event_type"].string ?? "") })
      #expect(checks.allSatisfy { $0["response_time_ms"].number != nil })
      let slow = all.last { $0["event_type"].string == "connected" }
      #expect((slow?["response_time_ms"].number ?? 0) >= 150)
    }

    private func expectColumns(_ bench: PostgresBench, _ agent: AgentProcess) async throws {
      let page = try await agent.metrics()
      func shown(_ name: String) -> Double? { page.value(name, ["mcp": "one"]) }
      let row = try await bench.server("one")
      let failed = page.samples.filter {
        $0.name == "mcp_probes_total" && $0.labels["outcome"] != "ok"
      }
      #expect(row["error_count"].number == failed.reduce(0) { $0 + $1.value })
      #expect(row["failure_cycle_count"].number == shown("mcp_failure_cycles"))
      let recovered = shown("mcp_last_recovery_attempt_timestamp_seconds") ?? 0
      #expect(abs((row["recovered"].number ?? 0) - recovered) < 0.001)
      #expect(row["auto_disabled_at"] == .null)
      let probed = shown("mcp_last_probe_timestamp_seconds") ?? .infinity
      try await until("the last probe is there too") {
        try await bench.server("one")["checked"].number ?? 0 >= probed - 0.001
      }
    }

    @Test func toolsAreKeptInStep() async throws {
      let bench = try await PostgresBench()
      try bench.configure(["one"], mcp: ", probe: {depth: catalogue}")
      let agent = try await bench.start()
      func tools() async throws -> [String: JSON] {
        let rows = try await bench.rows("SELECT * FROM omni2.mcp_tools")
        return Dictionary(rows.map { ($0["name"].string ?? "", $0) }, uniquingKeysWith: { $1 })
      }
      let before = try await eventually("the tools are there") {
        let tools = try await tools()
        return tools.keys.sorted() == ["look", "taste", "touch"] ? tools : nil
      }
      try await bench.servers.setTools(
        of: "one",
        to: """
          [{"name": "touch", "inputSchema": {"type": "object"}},
           {"name": "look", "description": "Looks; it's new", "inputSchema": {"type": "object"}},
           {"name": "hear", "inputSchema": {"type": "object", "required": ["x"]}}]
          """)
      let after = try await eventually("they are the new ones") {
        let tools = try await tools()
        return tools.keys.sorted() == ["hear", "look", "touch"] ? tools : nil
      }
      #expect(after["touch"] == before["touch"], "nothing of it has changed")
      #expect(after["look"]?["id"] == before["look"]?["id"])
      #expect(after["look"]?["created_at"] == before["look"]?["created_at"])
      #expect(after["look"]?["description"].string == "Looks; it's new")
      #expect(after["hear"]?["input_schema"]["required"].array == [.string("x")])
      #expect(try await agent.process.stop() == 0)
    }

    @Test func withLogChangesOnlyChangesAreLogged() async throws {
      let bench = try await PostgresBench()
      try bench.configure(["one"], postgres: ", log: changes")
      let agent = try await bench.start()
      func probes() async throws -> Double {
        try await agent.metrics().value("mcp_probes_total", ["outcome": "ok"]) ?? 0
      }
      try await until("there were probes") { try await probes() >= 6 }
      try await bench.servers.turn("one", to: "500")
      try await until("its circuit is open") {
        try await agent.mcp("one").circuitState == "open"
      }
      try await bench.agree(agent, "one")
      let events = try await agent.events(of: "one").compactMap { $0["id"].string }
      try await until("all events are there") {
        try await Set(events).isSubset(
          of: bench.rows("SELECT event_id FROM omni2.mcp_health_log").compactMap {
            $0["event_id"].string
          })
      }
      let checks = try await bench.rows(
        "SELECT 1 FROM omni2.mcp_health_log WHERE event_type = 'health_check_success'")
      #expect(checks.count == 1, "one an hour")
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten()
    }
  }
}
