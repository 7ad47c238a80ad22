import Foundation
import TestSupport
import Testing

extension Heavy {
  /// What operators ask for over HTTP, each time with `kill -9` right after the answer.
  @Suite(.timeLimit(.minutes(5))) struct Actions {
    private let bench: PostgresBench
    /// Of "secret of ann", with cost 10.
    private static let users = """
      basic_auth_users:
        ann: $2b$10$abcdefghijklmnopqrstuuw3jRHrhDpjuJq1wfWacijkNFVAej0q2
      breakwater_roles: {ann: operator}

      """

    init() async throws {
      bench = try await PostgresBench()
      try bench.configure(["one"], mcp: ", circuit_breaker: {max_failure_cycles: 1}")
    }

    private func post(
      _ agent: AgentProcess, _ path: String, headers: [String: String] = [:]
    ) async throws -> String {
      let answer = try await agent.http.post(path, headers: headers)
      let effect = try? answer.json()["data"]["effect"].string
      return "\(answer.status) \(effect ?? "-")"
    }

    private func killed(_ agent: AgentProcess) async throws -> AgentProcess {
      agent.process.send(SIGKILL)
      try await agent.process.exitStatus()
      return try await bench.start()
    }

    /// Each row of the log that an operator has made: `type action effect user address`.
    private func audit(_ table: String) async throws -> [String] {
      try await bench.rows(
        """
        SELECT concat_ws(' ', event_type, meta_data->>'by', meta_data->>'action',
          meta_data->>'target', meta_data->>'effect', meta_data->>'user', meta_data->>'address')
          AS line
        FROM omni2.\(table) WHERE event_type ~ '^(manually|operator)'
        ORDER BY split_part(event_id, '-', 2)::bigint
        """
      ).compactMap { $0["line"].string }
    }

    @Test func whatASwitchSaysOutlivesAKillAndReachesPostgres() async throws {
      var agent = try await bench.start()
      try await healthy(agent)
      #expect(try await post(agent, "/api/v1/mcps/one/disable") == "200 done")
      agent = try await killed(agent)
      let mcp = try await agent.mcp("one")
      #expect(mcp["enabled"] == .bool(false) && mcp["disabled_reason"].string == "by hand")
      #expect(mcp.health == "disabled")
      #expect(try await agent.http.get("/").text.contains("disabled by hand"))
      #expect(try await post(agent, "/api/v1/mcps/one/disable") == "200 unchanged")
      #expect(try await post(agent, "/api/v1/mcps/one/probe") == "409 -")
      #expect(try await post(agent, "/api/v1/mcps/two/disable") == "404 -")
      try await until("Postgres has it") {
        try await bench.server("one")["health_status"].string == "disabled"
      }
      #expect(try await agent.metrics().value("mcp_up", ["mcp": "one"]) == nil)

      agent = try await enabledByAnn(agent)
      try await healthy(agent)
      try await until("a probe by hand sets out") {
        try await post(agent, "/api/v1/mcps/one/probe") == "200 done"
      }
      let expected = [
        "manually_disabled hand disable done 127.0.0.1",
        "operator_action disable one unchanged 127.0.0.1",
        "operator_action probe one refused 127.0.0.1",
        "manually_enabled hand enable done ann 127.0.0.1",
        "operator_action probe one done 127.0.0.1",
      ]
      try await until("each of them is in Postgres") {
        let lines = try await audit("mcp_health_log")
        // Asked again and again until a probe could set out, it was refused as often.
        let once = lines.indices.filter {
          $0 == 0 || lines[$0] != lines[$0 - 1] || !lines[$0].contains("refused")
        }
        return once.map { lines[$0] } == expected
      }
      #expect(try await agent.process.stop() == 0)
      try await bench.expectAllIsWritten("after all")
    }

    /// The agent has users for one life, which ends right after her word.
    private func enabledByAnn(_ agent: AgentProcess) async throws -> AgentProcess {
      #expect(try await agent.process.stop() == 0)
      let file = try bench.scratch.write("web.yml", Self.users)
      let guarded = try AgentProcess(
        configuration: bench.scratch.path("breakwater.yml"), port: bench.port, in: bench.scratch,
        arguments: ["--web.config.file", file.path])
      try await until("it listens") { guarded.process.errors.contains("listening") }
      let ann = Data("ann:secret of ann".utf8).base64EncodedString()
      #expect(try await post(guarded, "/api/v1/mcps/one/enable") == "401 -")
      #expect(
        try await post(
          guarded, "/api/v1/mcps/one/enable", headers: ["Authorization": "Basic \(ann)"])
          == "200 done")
      return try await killed(guarded)
    }

    @Test(arguments: ["enable", "reset"])
    func anMCPThatWasGivenUpIsLetGoForGood(action: String) async throws {
      var agent = try await bench.start()
      try await healthy(agent)
      try await bench.servers.turn("one", to: "500")
      try await until("it is given up") {
        try await bench.server("one")["auto_disabled_at"] != .null
      }
      try await bench.servers.turn("one", to: "ok")
      #expect(try await post(agent, "/api/v1/mcps/one/\(action)") == "200 done")
      agent = try await killed(agent)
      try await healthy(agent)
      #expect(try await agent.mcp("one").circuit["failure_cycles"].number == 0)
      try await until("Postgres has it") {
        let row = try await bench.server("one")
        return row["auto_disabled_at"] == .null && row["auto_disabled_reason"] == .null
          && row["health_status"].string == "healthy"
      }
      #expect(try await agent.process.stop() == 0)
    }

    @Test func whatConcernsNoMCPIsAnEventOfTheAgent() async throws {
      var agent = try await bench.start(arguments: ["--web.enable-lifecycle"])
      let silence = """
        {"matchers":[{"name":"mcp","value":"one","isRegex":false}],"createdBy":"ann",
        "startsAt":"2026-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","comment":"moving"}
        """
      let answer = try await agent.http.post(
        "/api/v2/silences", body: silence, headers: ["Content-Type": "application/json"])
      let id = try #require(try answer.json()["silenceID"].string)
      agent.process.send(SIGKILL)
      try await agent.process.exitStatus()
      agent = try await bench.start(arguments: ["--web.enable-lifecycle"])
      try await until("it is connected to Postgres") {
        try await agent.metrics().value("breakwater_postgres_up") == 1
      }
      #expect(try await post(agent, "/api/v1/notifications/4711/redeliver") == "404 -")
      #expect(try await post(agent, "/-/reload") == "200 -")
      agent.process.send(SIGHUP)
      try await until("the signal is told of") {
        try await agent.http.get("/api/v1/events").text.contains(#""address":"signal""#)
      }
      #expect(try await post(agent, "/-/quit") == "200 -")
      #expect(try await agent.process.exitStatus() == 0)
      #expect(
        try await audit("breakwater_events") == [
          "operator_action silence_set \(id) done 127.0.0.1",
          "operator_action redeliver 4711 refused 127.0.0.1",
          "operator_action reload done 127.0.0.1", "operator_action reload done signal",
          "operator_action quit done 127.0.0.1",
        ])
      try await bench.expectAllIsWritten("after the end")
    }

    private func healthy(_ agent: AgentProcess) async throws {
      try await until("it is healthy") { try await agent.mcp("one").health == "healthy" }
    }
  }
}
