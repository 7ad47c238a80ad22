import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct Reload {
  private static let success = "breakwater_config_last_reload_successful"

  @Test func byHangUpIsAllOrNothing() async throws {
    let scratch = try Scratch()
    let servers = try SwitchServers(in: scratch)
    try await servers.turn("one", to: "ok")
    let agent = try await AgentProcess.started(servers.configuration(["one"]), in: scratch)
    #expect(try await agent.metrics().value(Self.success) == 1)

    try scratch.write("breakwater.yml", servers.configuration(["one", "two"]) + "\nnonsense: 1\n")
    agent.process.send(SIGHUP)
    try await until("the reload has failed") {
      try await agent.metrics().value(Self.success) == 0
    }
    #expect(try await agent.mcps().compactMap { $0["name"].string } == ["one"])
    let probes = try await agent.metrics().value(
      "mcp_probes_total", ["mcp": "one", "outcome": "ok"])
    try await until("what ran still runs") {
      let now = try await agent.metrics()
        .value("mcp_probes_total", ["mcp": "one", "outcome": "ok"])
      return (now ?? 0) > (probes ?? 0)
    }

    try scratch.write("breakwater.yml", servers.configuration(["one", "two"]))
    agent.process.send(SIGHUP)
    try await until("the reload has succeeded and the new MCP is healthy") {
      guard try await agent.metrics().value(Self.success) == 1 else { return false }
      return try await agent.mcp("two").health == "healthy"
    }
    let kept = try await agent.metrics().value("mcp_probes_total", ["mcp": "one", "outcome": "ok"])
    #expect((kept ?? 0) > (probes ?? 0), "an MCP that stays keeps its counters")

    try scratch.write("breakwater.yml", servers.configuration(["two"]))
    agent.process.send(SIGHUP)
    try await until("the series of an MCP that is gone are gone") {
      try await agent.metrics().samples.allSatisfy { $0.labels["mcp"] != "one" }
    }
    #expect(try await agent.process.stop() == 0)
  }

  @Test func overHTTPOnlyWhenEnabled() async throws {
    let scratch = try Scratch()
    let closed = try await AgentProcess.started("mcps: []\n", in: scratch)
    #expect(try await closed.http.post("/-/reload").status >= 400)
    #expect(try await closed.http.post("/-/quit").status >= 400)
    #expect(try await closed.process.stop() == 0)

    let open = try await AgentProcess.started(
      "mcps: []\n", in: scratch, arguments: ["--web.enable-lifecycle"])
    #expect(try await open.http.post("/-/reload").status == 200)
    try scratch.write("breakwater.yml", "nonsense: 1\n")
    let refused = try await open.http.post("/-/reload")
    #expect(refused.status >= 400)
    #expect(try await open.metrics().value(Self.success) == 0)
    #expect(try await open.http.post("/-/quit").status == 200)
    #expect(try await open.process.exitStatus() == 0)
  }
}
