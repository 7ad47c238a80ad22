import Foundation
import TestSupport
import Testing

/// Debian's amtool against a running agent.
@Suite(.timeLimit(.minutes(5))) struct AmtoolTests {
  /// An agent with an MCP that fails, and the alert of that.
  private struct Stage {
    let bench: RuleBench
    let receiver = ScriptedReceiver()
    let agent: AgentProcess

    init() async throws {
      bench = try RuleBench()
      try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
      try bench.configure(
        ["one", "two"], evaluation: "1h", webhooks: ["url: \"\(receiver.url)\""])
      agent = try await bench.start()
      try await bench.healthy(agent)
    }

    /// Runs amtool; its words must be a success.
    func amtool(
      _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
      let result = try await run(arguments)
      #expect(
        result.status == 0, "\(arguments): \(result.output)\(result.errors)",
        sourceLocation: sourceLocation)
      return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func run(_ arguments: [String]) async throws -> CommandResult {
      try await runCommand(
        "amtool", ["--alertmanager.url=http://127.0.0.1:\(bench.port)"] + arguments,
        in: bench.scratch)
    }

    /// The MCPs of the alerts that a query gives.
    func alerts(_ query: String...) async throws -> [String] {
      let result = try await run(["alert", "query", "-o", "json"] + query)
      let alerts = try JSONDecoder().decode([JSON].self, from: Data(result.output.utf8))
      return alerts.compactMap { $0["labels"]["mcp"].string }.sorted()
    }

    func state(of mcp: String) async throws -> String? {
      let alerts = try await agent.http.get("/api/v2/alerts").json().array
      return alerts.first { $0["labels"]["mcp"].string == mcp }?["status"]["state"].string
    }
  }

  @Test func itShowsTheConfigurationAndTriesRoutesOnIt() async throws {
    let stage = try await Stage()
    let shown = try await stage.amtool("config", "show")
    #expect(shown.contains("receiver: 'hook'") && !shown.contains("127.0.0.1"), "\(shown)")
    #expect(try await stage.amtool("cluster", "show").contains("disabled"))
    #expect(try await stage.amtool("config", "routes", "test", "mcp=one") == "hook")
    #expect(try await stage.amtool("config", "routes", "show").contains("hook"))
    #expect(try await stage.agent.process.stop() == 0)
  }

  @Test func itListsAlertsAndSetsQueriesChangesAndEndsSilences() async throws {
    let stage = try await Stage()
    #expect(try await stage.alerts() == [])
    try await stage.bench.turn(["one", "two"], to: "500")
    try await until("both alerts are listed") { try await stage.alerts() == ["one", "two"] }
    #expect(try await stage.alerts("mcp=two") == ["two"])
    #expect(try await stage.alerts("alertname=~O.*", "mcp!=two") == ["one"])
    #expect(try await stage.alerts("mcp=three") == [])
    #expect(try await stage.amtool("alert").contains("active"))

    let id = try await stage.amtool(
      "silence", "add", "alertname=Open", "mcp=~o.+", "--comment=moving", "--author=ann",
      "--duration=1h")
    #expect(id.count == 36)
    #expect(try await stage.state(of: "one") == "suppressed")
    #expect(try await stage.state(of: "two") == "active")
    #expect(try await stage.alerts("--silenced") == ["one"])
    #expect(try await stage.amtool("silence", "query", "-q", "mcp=~o.+") == id)
    let listed = try await stage.amtool("silence", "query")
    #expect(listed.contains("ann") && listed.contains("moving"), "\(listed)")

    _ = try await stage.amtool("silence", "update", "--duration=2h", "--comment=longer", id)
    #expect(try await stage.amtool("silence", "query", "-q") == id, "the same one, changed")
    #expect(try await stage.amtool("silence", "query").contains("longer"))
    _ = try await stage.amtool("silence", "expire", id)
    #expect(try await stage.amtool("silence", "query", "-q") == "")
    #expect(try await stage.amtool("silence", "query", "-q", "--expired") == id)
    #expect(try await stage.state(of: "one") == "active")
    #expect(try await stage.run(["silence", "expire", "no-such"]).status == 1)
    let bad = try await stage.run(["silence", "add", "mcp=", "-c", "x", "-a", "a"])
    #expect(bad.status == 1 && bad.errors.contains("empty"), "\(bad)")
    #expect(try await stage.agent.process.stop() == 0)
  }

  /// What `amtool` has printed as the id of a silence is durable by then.
  @Test func aSilenceSurvivesAKillAndWhatItHoldsIsNotTold() async throws {
    let stage = try await Stage()
    let id = try await stage.amtool("silence", "add", "mcp=one", "-c", "moving", "-a", "ann")
    stage.agent.process.send(SIGKILL)
    try await stage.agent.process.exitStatus()
    let agent = try await stage.bench.start()
    #expect(try await stage.amtool("silence", "query", "-q") == id)

    try await stage.bench.healthy(agent)
    try await stage.bench.turn(["one", "two"], to: "500")
    try await stage.receiver.told("two", "firing")
    try await until("the alert of one is held") {
      try await agent.http.get("/api/v2/alerts").json().array
        .first { $0["labels"]["mcp"].string == "one" }?["status"]["silencedBy"].array
        .first?.string == id
    }
    #expect(stage.receiver.webhooks(of: "one").isEmpty)
    _ = try await stage.amtool("silence", "expire", id)
    try await stage.receiver.told("one", "firing")
    #expect(try await agent.process.stop() == 0)
  }
}
