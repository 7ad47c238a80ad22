import Foundation
import TestSupport
import Testing

/// `address_policy` and `GET /probe` of a running agent.
@Suite(.timeLimit(.minutes(5))) struct ConnectionPolicy {
  private static let discovery = """
    {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",\
    "supportedVersions":["2026-07-28"],"capabilities":{}}}
    """

  private func server() -> LoopbackServer {
    LoopbackServer { peer in
      while peer.readRequest() != nil {
        peer.send(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(Self.discovery.utf8.count)\r\n\r\n\(Self.discovery)")
      }
    }
  }

  private func reload(_ agent: AgentProcess, _ scratch: Scratch, _ text: String) async throws {
    try scratch.write("breakwater.yml", text)
    #expect(try await agent.http.post("/-/reload").status == 200)
  }

  private func probe(_ agent: AgentProcess, _ url: String) async throws -> HTTPAnswer {
    try await agent.http.get(
      "/probe?target=\(url)", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "5"])
  }

  @Test func aReloadCountsForWhatIsProbed() async throws {
    let scratch = try Scratch()
    let server = server()
    defer { server.stop() }
    let mcps = """
      global: {probe_interval: 200ms}
      mcps: [{name: one, url: "\(server.url)"}]

      """
    let agent = try await AgentProcess.started(
      mcps, in: scratch, arguments: ["--web.enable-lifecycle"])
    try await until("it is up") { try await agent.metrics().value("mcp_up", ["mcp": "one"]) == 1 }
    #expect(try await probe(agent, server.url).status == 404)

    try await reload(agent, scratch, mcps + "web: {enable_probe: true}\n")
    let up = try await probe(agent, server.url)
    #expect(up.status == 200)
    let page = MetricsPage(up.text)
    #expect(page.value("probe_success") == 1)
    #expect(page.value("probe_mcp_outcome", ["outcome": "ok"]) == 1)
    #expect(try await probe(agent, "ftp://127.0.0.1/").status == 400)
    #expect(try await probe(agent, "http://user:hunter2@127.0.0.1/").status == 400)
    let metadata = MetricsPage(try await probe(agent, "169.254.169.254/latest").text)
    #expect(metadata.value("probe_success") == 0)
    #expect(
      metadata.value("probe_mcp_outcome", ["outcome": "config_error", "verdict": "hold"]) == 1)

    try await reload(
      agent, scratch,
      mcps + "web: {enable_probe: true}\naddress_policy: {deny: [127.0.0.0/8]}\n")
    try await until("the kept connection is used no more") {
      try await agent.mcp("one")["last_probe"]["outcome"].string == "config_error"
    }
    let detail = try await agent.mcp("one")["last_probe"]["detail"].string ?? ""
    #expect(detail.hasSuffix("address 127.0.0.1 of 127.0.0.1 is denied by address_policy"))
    #expect(try await agent.metrics().value("mcp_up", ["mcp": "one"]) == 1)
    let denied = MetricsPage(try await probe(agent, server.url).text)
    #expect(denied.value("probe_success") == 0)

    try await reload(agent, scratch, mcps)
    try await until("it is probed again") {
      try await agent.mcp("one")["last_probe"]["outcome"].string == "ok"
    }
    #expect(try await agent.process.stop() == 0)
  }

  @Test func noMoreThanThirtyTwoProbesAreMadeOnRequest() async throws {
    let scratch = try Scratch()
    let mute = LoopbackServer { $0.waitForEnd() }
    defer { mute.stop() }
    let agent = try await AgentProcess.started(
      "mcps: []\nweb: {enable_probe: true}\n", in: scratch)
    let clients = (0..<32).compactMap { _ in LoopbackServer.dial(port: agent.http.port) }
    for client in clients {
      client.send(
        "GET /probe?target=\(mute.url) HTTP/1.1\r\nHost: localhost\r\n"
          + "X-Prometheus-Scrape-Timeout-Seconds: 60\r\n\r\n")
    }
    try await until("all are under way") { mute.accepted == 32 }
    #expect(try await probe(agent, mute.url).status == 503)
    #expect(try await agent.metrics().value("breakwater_probes_in_flight") == 0)
    #expect(try await agent.process.stop() == 0)
  }

  @Test func aProbeOnRequestDoesNotHoldUpTheEnd() async throws {
    let scratch = try Scratch()
    let mute = LoopbackServer { $0.waitForEnd() }
    defer { mute.stop() }
    let agent = try await AgentProcess.started(
      "mcps: []\nweb: {enable_probe: true}\n", in: scratch)
    let http = agent.http
    let asked = Task {
      try? await http.get(
        "/probe?target=\(mute.url)", headers: ["X-Prometheus-Scrape-Timeout-Seconds": "60"])
    }
    try await until("the server is asked") { mute.accepted == 1 }
    #expect(try await agent.process.stop() == 0)
    _ = await asked.value
  }
}
