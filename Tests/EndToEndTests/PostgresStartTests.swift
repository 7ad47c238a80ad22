import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Starts while Postgres is away.
  @Suite(.timeLimit(.minutes(5))) struct PostgresStart {
    private static func isUp(_ agent: AgentProcess) async throws -> Bool {
      try await agent.metrics().value("breakwater_postgres_up") == 1
    }

    @Test func theFirstWithoutPostgresWatchesTheMCPsOfTheFile() async throws {
      let bench = try await PostgresBench()
      try await bench.cluster.psql(OMNI2.tables)
      _ = try await bench.change(bench.insert("row"))
      try await bench.cluster.stop()
      try bench.configure(["filed"])
      let agent = try await bench.start()
      try await until("it is probed") { try await agent.mcp("filed").health == "healthy" }
      #expect(try await !Self.isUp(agent))
      #expect(try await agent.mcps().count == 1)
      try await until("what it finds waits") {
        try await agent.metrics().value("breakwater_postgres_queue_length") ?? 0 >= 3
      }
      try await bench.cluster.start()
      try await until("the row is an MCP") { try await agent.mcp("row").health == "healthy" }
      try await bench.agree(agent, "filed")
      try await bench.agree(agent, "row")
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten()
    }

    @Test func rowsOfTheLastLookAreWatchedExceptThoseWithPlainSecrets() async throws {
      let bench = try await PostgresBench()
      try await bench.cluster.psql(OMNI2.tables)
      let config = { (token: String) in
        ["auth_type": "'bearer'", "auth_config": #"'{"token": "\#(token)"}'"#]
      }
      for sql in [
        bench.insert("bare"), bench.insert("named", config("env:BW_TEST")),
        bench.insert("plain", config("word")),
      ] {
        _ = try await bench.change(sql)
      }
      _ = try await bench.set("circuit_breaker", #"{"failure_threshold": 3}"#)
      try bench.configure(["filed"])
      var agent = try await bench.start(environment: ["BW_TEST=secret"])
      try await until("all are healthy") {
        try await agent.mcps().filter { $0.health == "healthy" }.count == 4
      }
      #expect(try await agent.process.stop() == 0)
      try await bench.cluster.stop()

      agent = try await bench.start(environment: ["BW_TEST=other"])
      try await until("those that can be known are probed") {
        let mcps = try await agent.mcps()
        return mcps.compactMap { $0["name"].string } == ["bare", "filed", "named"]
          && mcps.allSatisfy { $0.health == "healthy" }
      }
      try await until("secrets are looked up anew") {
        try await bench.servers.seen("named")["headers"]["authorization"].string == "Bearer other"
      }
      #expect(try await !Self.isUp(agent))
      #expect(try await agent.http.get("/-/ready").status == 200)
      try await bench.servers.turn("bare", to: "500")
      try await until("its circuit opens") { try await agent.mcp("bare").circuitState == "open" }
      let opened = try await agent.events(of: "bare").first {
        $0["type"].string == "circuit_opened"
      }
      #expect(opened?["data"]["consecutive_failures"].string == "3", "omni2_config's")

      try await bench.cluster.start()
      try await until("Postgres is back") { try await Self.isUp(agent) }
      try await until("the row with the plain secret is back") {
        try await agent.mcp("plain").health == "healthy"
      }
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten()
    }
  }
}
