import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Secrets of rows: they reach the MCP, and nobody else.
  @Suite(.timeLimit(.minutes(5))) struct PostgresSecrets {
    private static let canaries = (1...7).map { "canary-\($0)-3fd1c0de" }

    /// Rows of every form, by environment, by file and plain.
    private func fill(_ bench: PostgresBench) async throws {
      let file = try bench.scratch.write("key", Self.canaries[1] + "\n").path
      func config(_ json: String) -> String { "'\(json)'" }
      let rows: [(String, [String: String])] = [
        ("byenv", ["auth_type": "'bearer'", "auth_config": config(#"{"token": "env:BW_TEST"}"#)]),
        (
          "byfile",
          [
            "auth_type": "'api_key'",
            "auth_config": config(#"{"header": "X-Key", "api_key": "file:\#(file)"}"#),
          ]
        ),
        (
          "plain",
          [
            "auth_type": "'bearer'",
            "auth_config": config(#"{"token": "\#(Self.canaries[2])"}"#),
          ]
        ),
        (
          "custom",
          [
            "auth_type": "'custom_headers'",
            "auth_config": config(#"{"X-One": "\#(Self.canaries[3])", "X-Two": "env:BW_TEST"}"#),
          ]
        ),
        // Refused: what is told of it must not show it either.
        (
          "refused",
          [
            "auth_type": "'custom_headers'",
            "auth_config": config(#"{"Bad \#(Self.canaries[4])": "\#(Self.canaries[5])"}"#),
          ]
        ),
        ("url", ["url": "'http://u:\(Self.canaries[5])@127.0.0.1:1/mcp'"]),
        ("query", ["url": "'\(bench.servers.url("query"))?key=\(Self.canaries[6])'"]),
      ]
      try await bench.cluster.psql(OMNI2.tables)
      for (name, columns) in rows { _ = try await bench.change(bench.insert(name, columns)) }
    }

    @Test func reachTheirMCPAndNobodyElse() async throws {
      let bench = try await PostgresBench()
      try await fill(bench)
      try bench.configure([])
      let agent = try await bench.start(
        arguments: ["--log.level", "debug"], environment: ["BW_TEST=\(Self.canaries[0])"])
      let expected = [
        ("byenv", "authorization", "Bearer \(Self.canaries[0])"),
        ("byfile", "x-key", Self.canaries[1]),
        ("plain", "authorization", "Bearer \(Self.canaries[2])"),
        ("custom", "x-one", Self.canaries[3]),
        ("custom", "x-two", Self.canaries[0]),
      ]
      for (name, header, value) in expected {
        try await until("\(name) is probed") {
          try await bench.servers.seen(name)["headers"][header].string == value
        }
      }
      for name in ["plain", "query"] {
        try await bench.servers.turn(name, to: "500")
        try await until("\(name) has failed") {
          try await agent.mcp(name).circuitState == "open"
        }
      }
      try await until("two are refused") {
        try await agent.metrics().value("breakwater_postgres_registry_refused") == 2
      }
      for name in ["byenv", "custom"] { try await bench.agree(agent, name) }
      try await expectNone(of: pages(agent), "")
      #expect(try await agent.process.stop() == 0)
      try await expectNone(of: [agent.process.output, agent.process.errors], "the log")
      let data = bench.scratch.path("data")
      for file in try FileManager.default.contentsOfDirectory(atPath: data.path) {
        let bytes = try Data(contentsOf: data.appending(path: file))
        // A URL is kept whole: without it there is nothing to probe.
        for canary in Self.canaries.dropLast() {
          #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(file) holds \(canary)")
        }
      }
      let told = try await bench.rows(
        """
        SELECT (SELECT json_agg(l) FROM omni2.mcp_health_log l)::text AS log,
          (SELECT json_agg(e) FROM omni2.breakwater_events e)::text AS events
        """)
      try await expectNone(of: ["\(told)"], "what was written to Postgres")
    }

    private func pages(_ agent: AgentProcess) async throws -> [String] {
      var paths = ["/", "/metrics", "/api/v1/mcps", "/api/v1/rules", "/api/v1/alerts"]
      paths += ["byenv", "byfile", "plain", "custom", "query"].flatMap {
        ["/api/v1/mcps/\($0)", "/api/v1/mcps/\($0)/events"]
      }
      paths.append("/api/v1/query?query=\(escaped(#"{__name__=~".+"}"#))")
      var pages: [String] = []
      for path in paths { pages.append(try await agent.http.get(path).text) }
      #expect(pages.allSatisfy { !$0.isEmpty })
      return pages
    }

    private func expectNone(of texts: [String], _ place: String) async throws {
      for text in texts {
        for canary in Self.canaries {
          #expect(!text.contains(canary), "\(place): \(canary) in \(text.prefix(2_000))")
        }
      }
    }
  }
}
