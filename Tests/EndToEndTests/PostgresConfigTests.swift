import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `omni2_config` over the configuration file, by what the agent does.
  @Suite(.timeLimit(.minutes(10))) struct PostgresConfig {
    private static let refused = "breakwater_postgres_config_refused"

    /// How many failures in a row have opened the circuit this time.
    private static func failuresToOpen(
      _ name: String, _ bench: PostgresBench, _ agent: AgentProcess
    ) async throws -> Int {
      try await bench.servers.turn(name, to: "ok")
      try await until("\(name) is healthy") { try await agent.mcp(name).health == "healthy" }
      let before = try await agent.events(of: name).count { $0["type"].string == "circuit_opened" }
      try await bench.servers.turn(name, to: "500")
      let failures = try await eventually("the circuit of \(name) opens") { () -> String? in
        let opened = try await agent.events(of: name)
          .filter { $0["type"].string == "circuit_opened" }
        return opened.count > before
          ? opened.dropLast(before).last?["data"]["consecutive_failures"].string : nil
      }
      return Int(failures) ?? -1
    }

    @Test func theThresholdChangesWithinASecond() async throws {
      let bench = try await PostgresBench()
      try bench.configure(["one"], probes: "500ms", threshold: 1_000)
      let agent = try await bench.start()
      try await until("Postgres is attached") {
        try await agent.metrics().value("breakwater_postgres_up") == 1
      }
      var opened = Measured(what: "UPDATE omni2_config to the circuit that opens by it")
      var told = Measured(what: "UPDATE omni2_config to the time of its event")
      for _ in 0..<5 {
        _ = try await bench.set("circuit_breaker", #"{"failure_threshold": 1000}"#)
        try await bench.servers.turn("one", to: "ok")
        try await until("it is healthy") { try await agent.mcp("one").health == "healthy" }
        try await bench.servers.turn("one", to: "500")
        try await until("it has failed often") {
          try await agent.mcp("one").circuit["consecutive_failures"].number ?? 0 >= 4
        }
        #expect(try await agent.mcp("one").circuitState == "closed")
        let commit = try await bench.set("circuit_breaker", #"{"failure_threshold": 3}"#)
        let event = try await eventually("the circuit opens") {
          try await agent.events(of: "one").first { $0["type"].string == "circuit_opened" }
            .map { instant($0["timestamp"].string) }.flatMap { $0 > commit - 0.5 ? $0 : nil }
        }
        opened.seconds.append(event - commit)
        let change = try await eventually("there is an event of the change") {
          try await bench.rows(
            """
            SELECT extract(epoch FROM "timestamp")::float8 AS at FROM omni2.breakwater_events
            WHERE event_type = 'config_changed' AND detail LIKE '%-> 3'
              AND meta_data->>'subject' = 'circuit_breaker.failure_threshold'
              AND "timestamp" > to_timestamp(\(commit - 0.5))
            """
          ).first?["at"].number
        }
        told.seconds.append(change - commit)
      }
      for measured in [opened, told] {
        print(measured)
        // Other programs keep the machine busy: the best counts, the figures are for people.
        #expect(measured.best < 1, "\(measured)")
      }
      #expect(try await agent.process.stop() == 0)
    }

    @Test func aBadValueKeepsTheOldOneAndAnInactiveRowFallsBack() async throws {
      let bench = try await PostgresBench()
      try await bench.cluster.psql(OMNI2.tables)
      try bench.configure(["one"], threshold: 4)
      let agent = try await bench.start()
      #expect(try await Self.failuresToOpen("one", bench, agent) == 4, "the file's")

      _ = try await bench.set("circuit_breaker", #"{"failure_threshold": 2}"#)
      try await changes(bench, to: "unset -> 2")
      #expect(try await Self.failuresToOpen("one", bench, agent) == 2)

      _ = try await bench.set("circuit_breaker", #"{"failure_threshold": 0}"#)
      try await until("the value is refused") {
        try await agent.metrics().value(Self.refused, ["key": "circuit_breaker"]) == 1
      }
      try await until("there is an event of it") {
        try await bench.rows(
          """
          SELECT 1 FROM omni2.breakwater_events WHERE event_type = 'config_refused'
          AND detail LIKE '%circuit_breaker.failure_threshold%'
          """
        ).count == 1
      }
      #expect(agent.process.errors.contains("omni2_config circuit_breaker.failure_threshold"))
      #expect(try await Self.failuresToOpen("one", bench, agent) == 2, "the old one")

      _ = try await bench.change("UPDATE omni2.omni2_config SET is_active = false")
      try await changes(bench, to: "2 -> unset")
      #expect(try await agent.metrics().value(Self.refused, ["key": "circuit_breaker"]) == 0)
      #expect(try await Self.failuresToOpen("one", bench, agent) == 4, "the file's again")
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten()
    }

    private func changes(_ bench: PostgresBench, to detail: String) async throws {
      try await until("there is an event of \(detail)") {
        try await bench.rows(
          "SELECT 1 FROM omni2.breakwater_events WHERE detail = '\(detail)'"
        ).count == 1
      }
    }

    /// The MCP's own in the file, then its row, then `omni2_config`, then the file.
    @Test func whatIsNearerToTheMCPCounts() async throws {
      let bench = try await PostgresBench()
      try await bench.cluster.psql(OMNI2.tables)
      let value = #"{"failure_threshold": 3, "max_failure_cycles": 1000, "timeout_seconds": 0.2}"#
      _ = try await bench.set("circuit_breaker", value)
      _ = try await bench.change(bench.insert("row", ["max_failure_cycles": "2"]))
      _ = try await bench.change(bench.insert("plain", ["max_failure_cycles": "NULL"]))
      try bench.configure(["filed"], threshold: 5, mcp: ", circuit_breaker: {failure_threshold: 2}")
      let agent = try await bench.start()
      try await until("the rows are MCPs") { try await agent.mcps().count == 3 }
      #expect(try await Self.failuresToOpen("filed", bench, agent) == 2)
      #expect(try await Self.failuresToOpen("plain", bench, agent) == 3)
      #expect(try await Self.failuresToOpen("row", bench, agent) == 3)
      try await until("the row's own number of cycles disables it") {
        try await agent.events(of: "row").contains { $0["type"].string == "auto_disabled" }
      }
      try await until("Postgres says so") {
        let row = try await bench.server("row")
        return row["auto_disabled_at"] != .null && row["auto_disabled_reason"] != .null
          && row["health_status"].string == "disabled"
      }
      #expect(try await bench.server("row")["failure_cycle_count"].number == 2)
      #expect(try await bench.server("plain")["auto_disabled_at"] == .null)

      _ = try await bench.change("UPDATE omni2.omni2_config SET is_active = false")
      try await changes(bench, to: "3 -> unset")
      #expect(try await Self.failuresToOpen("plain", bench, agent) == 5, "the file's")
      #expect(try await agent.process.stop() == 0)
    }
  }
}
