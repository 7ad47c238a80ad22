import Foundation
import TestSupport
import Testing

extension Heavy {
  /// The rows of OMNI2's own tables as MCPs.
  @Suite(.timeLimit(.minutes(10))) struct PostgresRegistry {
    /// OMNI2's tables with rows of its own in them.
    private static func bench(_ names: [String], interval: Int = 1) async throws -> PostgresBench {
      let bench = try await PostgresBench()
      let rows = names.map { bench.insert($0) }.joined(separator: ";\n")
      try await bench.cluster.psql(
        """
        \(OMNI2.tables)
        \(rows);
        INSERT INTO omni2.mcp_health_log (mcp_server_id, status)
        SELECT 1, 'healthy' FROM generate_series(1, 50);
        INSERT INTO omni2.omni2_config (config_key, config_value)
        VALUES ('health_check', '{"interval_seconds": \(interval), "timeout_seconds": 10}');
        """)
      return bench
    }

    private static func isShown(_ name: String, _ agent: AgentProcess) async throws -> Bool {
      try await agent.metrics().samples.contains {
        $0.name == "mcp_up" && $0.labels["mcp"] == name
      }
    }

    /// Seconds from a commit to what it brings about.
    private static func seconds(
      from commit: Double, to what: String, _ holds: () async throws -> Bool
    ) async throws -> Double {
      try await until(what, every: .milliseconds(5), holds)
      return Date().timeIntervalSince1970 - commit
    }

    @Test func changesOfRowsTakeEffectWithinASecond() async throws {
      // As OMNI2 probes: what is new must not wait for its turn.
      let bench = try await Self.bench(["alpha", "beta"], interval: 30)
      try bench.configure(["filed"])
      let agent = try await bench.start()
      try await until("the rows are MCPs") {
        try await agent.mcps().filter { $0.health == "healthy" }.count == 3
      }
      #expect(try await bench.rows("SELECT 1 FROM omni2.mcp_health_log WHERE id <= 50").count == 50)
      var inserts = Measured(what: "INSERT to the first request")
      var moves = Measured(what: "UPDATE of the URL to the first request there")
      var stops = Measured(what: "status inactive to the end of its series")
      var ends = Measured(what: "DELETE to the end of its series")
      for round in 0..<5 {
        let name = "new-\(round)"
        let row = "omni2.mcp_servers WHERE name = '\(name)'"
        var commit = try await bench.change(bench.insert(name))
        inserts.seconds.append(try await bench.servers.firstRequest(of: name) - commit)
        commit = try await bench.change(
          """
          UPDATE omni2.mcp_servers SET url = '\(bench.servers.url("moved-\(round)"))'
          WHERE name = '\(name)'
          """)
        moves.seconds.append(try await bench.servers.firstRequest(of: "moved-\(round)") - commit)
        try await until("it is up") { try await agent.mcp(name).health == "healthy" }
        commit = try await bench.change(
          "UPDATE omni2.mcp_servers SET status = 'inactive' WHERE name = '\(name)'")
        stops.seconds.append(
          try await Self.seconds(from: commit, to: "the series of \(name) end") {
            try await !Self.isShown(name, agent)
          })
        _ = try await bench.change(
          "UPDATE omni2.mcp_servers SET status = 'active' WHERE name = '\(name)'")
        try await until("it is back") { try await Self.isShown(name, agent) }
        commit = try await bench.change("DELETE FROM \(row)")
        ends.seconds.append(
          try await Self.seconds(from: commit, to: "\(name) is gone") {
            try await !Self.isShown(name, agent)
          })
      }
      for measured in [inserts, moves, stops, ends] {
        print(measured)
        // Other programs keep the machine busy: the best counts, the figures are for people.
        #expect(measured.best < 1, "\(measured)")
      }
      #expect(try await agent.mcps().count == 3)
      try await bench.agree(agent, "alpha")
      try await bench.agree(agent, "filed")
      #expect(try await agent.process.stop() == 0)
    }

    /// Without notifications the tables are read every `hot_reload` seconds, here each second
    /// instead of every 30.
    @Test func lostNotificationsAreMadeUpFor() async throws {
      let bench = try await Self.bench(["alpha"])
      try bench.configure([])
      let agent = try await bench.start()
      try await until("the row is an MCP") { try await agent.mcps().count == 1 }
      _ = try await bench.set("hot_reload", #"{"interval_seconds": 1}"#)
      try await until("that is known") {
        try await bench.rows(
          "SELECT 1 FROM omni2.breakwater_events WHERE detail LIKE '%-> 1'"
        ).count == 1
      }
      try await bench.cluster.psql(
        """
        DROP TRIGGER breakwater_changed ON omni2.mcp_servers;
        DROP TRIGGER breakwater_changed ON omni2.omni2_config;
        """)
      var measured = Measured(what: "INSERT to the first request, without notifications")
      for round in 0..<3 {
        let commit = try await bench.change(bench.insert("new-\(round)"))
        measured.seconds.append(
          try await bench.servers.firstRequest(of: "new-\(round)") - commit)
      }
      print(measured)
      #expect(measured.median < 5, "\(measured)")
      #expect(try await agent.process.stop() == 0)
    }

    @Test func rowsThatCannotBeAreReportedAndTheOthersRun() async throws {
      let bench = try await Self.bench(["alpha"])
      let bad = [
        "scheme": ["url": "'ftp://127.0.0.1/mcp'"], "empty": ["url": "''"],
        "filed": [:], "labels": ["meta_data": #"'{"labels": {"0bad": "x"}}'"#],
        "interval": ["meta_data": #"'{"interval": "soon"}'"#],
        "secret": ["auth_type": "'bearer'", "auth_config": #"'{"token": "env:BW_NOT_SET"}'"#],
      ]
      for (name, columns) in bad { _ = try await bench.change(bench.insert(name, columns)) }
      try bench.configure(["filed"])
      let agent = try await bench.start()
      let refused = "breakwater_postgres_registry_refused"
      try await until("they are counted") {
        try await agent.metrics().value(refused) == Double(bad.count)
      }
      #expect(try await agent.metrics().value("breakwater_postgres_registry_mcps") == 1)
      try await until("the others run") {
        let mcps = try await agent.mcps()
        return mcps.compactMap { $0["name"].string } == ["alpha", "filed"]
          && mcps.allSatisfy { $0.health == "healthy" }
      }
      try await bench.agree(agent, "filed")
      let events = try await eventually("there is an event of each") {
        let events = try await bench.rows(
          "SELECT * FROM omni2.breakwater_events WHERE event_type = 'registry_row_refused'")
        return events.count == bad.count ? events : nil
      }
      for name in bad.keys {
        #expect(events.contains { $0["meta_data"]["subject"].string == name }, "\(name)")
        #expect(agent.process.errors.contains(#"mcp_servers \"\#(name)\""#), "\(name)")
      }
      _ = try await bench.change(
        """
        UPDATE omni2.mcp_servers SET url = '\(bench.servers.url("empty"))' WHERE name = 'empty'
        """)
      try await until("one that is mended runs") {
        try await agent.mcp("empty").health == "healthy"
      }
      #expect(try await agent.metrics().value(refused) == Double(bad.count - 1))
      #expect(try await agent.process.stop() == 0)
    }
  }
}
