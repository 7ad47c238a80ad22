import Agent
import Signals
import Testing
import WebServer

/// `/api/v1/sd`, for Prometheus's `http_sd_configs`.
struct DiscoveryTests {
  @Test func `each MCP that is probed is a group with the labels of its series`() async throws {
    let mcps: [MCPStatus] = [
      .named("weather", labels: [Label(name: "team", value: "data")]),
      .named("off", isEnabled: false),
      .named("a \"b\" <c>", url: "http://10.0.0.1:8000/mcp?key=secret"),
    ]
    try await serving(FakeAgent(mcps: mcps)) { peer in
      let answer = try await peer.get("/api/v1/sd")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      #expect(
        answer.text == """
          [{"labels":{"mcp":"a \\"b\\" <c>"},"targets":["http://10.0.0.1:8000/mcp"]},\
          {"labels":{"mcp":"weather","team":"data"},"targets":["https://weather.example/mcp"]}]

          """)
    }
  }

  @Test func `without MCPs it is an empty list`() async throws {
    try await serving(FakeAgent()) { peer in
      let answer = try await peer.get("/api/v1/sd")
      #expect(answer.text == "[]\n")
    }
  }
}
