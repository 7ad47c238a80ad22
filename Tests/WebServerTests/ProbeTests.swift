import Agent
import MCPWire
import Signals
import Synchronization
import Testing

/// `GET /probe`.
@Suite struct ProbeTests {
  private func agent(_ probe: PassingProbe?) -> FakeAgent {
    let agent = FakeAgent()
    agent.script.withLock { $0.probe = probe }
    return agent
  }

  private var up: ProbeResult {
    var result = ProbeResult(outcome: .ok)
    result.duration = .milliseconds(120)
    result.times.connect = .microseconds(1500)
    result.times.wait = .milliseconds(80)
    result.transport = .statelessHTTP
    result.authRequired = false
    result.certificateExpiry = Timestamp(milliseconds: 1_790_000_000_000)
    result.catalogue = CatalogueCounts(tools: 3, prompts: nil, resources: 0)
    return result
  }

  @Test func aServerThatIsUpIsTold() async throws {
    try await serving(agent(.result(up))) { peer in
      let answer = try await peer.get("/probe?target=https://a.example/mcp")
      answer.expect(status: 200)
      #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
      let lines = answer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(
        lines == [
          "probe_success 1", "probe_duration_seconds 0.12",
          "probe_mcp_outcome{outcome=\"ok\",verdict=\"up\"} 1", "probe_http_status_code 200",
          "probe_ssl_earliest_cert_expiry 1790000000",
          "probe_mcp_stage_duration_seconds{stage=\"resolve\"} 0",
          "probe_mcp_stage_duration_seconds{stage=\"connect\"} 0.0015",
          "probe_mcp_stage_duration_seconds{stage=\"tls\"} 0",
          "probe_mcp_stage_duration_seconds{stage=\"send\"} 0",
          "probe_mcp_stage_duration_seconds{stage=\"wait\"} 0.08",
          "probe_mcp_stage_duration_seconds{stage=\"transfer\"} 0",
          "probe_mcp_transport{transport=\"stateless_http\"} 1", "probe_mcp_auth_required 0",
          "probe_mcp_tools 3", "probe_mcp_resources 0",
        ])
    }
  }

  @Test func aServerThatIsNotUpIsNoErrorOfOurs() async throws {
    var result = ProbeResult(outcome: .http5xx)
    result.httpStatus = 500
    result.detail = "server/discover: HTTP 500: \"hostile\""
    try await serving(agent(.result(result))) { peer in
      let answer = try await peer.get("/probe?target=a.example")
      answer.expect(status: 200)
      #expect(answer.text.contains("\nprobe_success 0\n"))
      #expect(answer.text.contains("\nprobe_http_status_code 500\n"))
      #expect(answer.text.contains("{outcome=\"http_5xx\",verdict=\"down\"} 1"))
      #expect(!answer.text.contains("hostile") && !answer.text.contains("probe_mcp_tools"))
    }
  }

  @Test(arguments: [
    ("target=x", nil, "x auto 10000"), ("target=x", "10", "x auto 9500"),
    ("target=x&transport=sse", "1.5", "x sse 1000"), ("target=x", "1", "x auto 500"),
    ("target=x", "0.2", "x auto 100"), ("target=x", "86400", "x auto 60000"),
    ("target=http%3A%2F%2Fa%3Fb%3Dc%26d", nil, "http://a?b=c&d auto 10000"),
  ])
  func theTimeOfTheScrapeIsKept(query: String, timeout: String?, asked: String) async throws {
    let agent = agent(.result(up))
    try await serving(agent) { peer in
      let headers = timeout.map { ["X-Prometheus-Scrape-Timeout-Seconds: \($0)"] } ?? []
      try await peer.get("/probe?\(query)", headers).expect(status: 200)
    }
    #expect(agent.script.withLock { $0.probes } == [asked])
  }

  @Test(arguments: [
    ("", nil), ("?target=", nil), ("?target=x&transport=htpt", nil), ("?target=x", "soon"),
    ("?target=x", "-1"), ("?target=x", "0"), ("?target=x", "inf"), ("?target=x", "nan"),
  ])
  func whatCannotBeAskedIsRefused(query: String, timeout: String?) async throws {
    let agent = agent(.result(up))
    try await serving(agent) { peer in
      let headers = timeout.map { ["X-Prometheus-Scrape-Timeout-Seconds: \($0)"] } ?? []
      try await peer.get("/probe\(query)", headers).expect(status: 400)
    }
    #expect(agent.script.withLock { $0.probes.isEmpty })
  }

  @Test func whatTheAgentRefusesIsNotAnswered() async throws {
    try await serving(agent(.refused("target must begin with http:// or https://"))) { peer in
      let answer = try await peer.get("/probe?target=ftp://x")
      answer.expect(status: 400)
      #expect(answer.text.contains("target must begin with http:// or https://"))
    }
    try await serving(agent(.busy)) { peer in
      try await peer.get("/probe?target=x").expect(status: 503)
    }
  }

  @Test func whatIsOffIsAsGoodAsNotThere() async throws {
    try await serving(agent(nil)) { peer in
      for method in ["GET", "HEAD", "POST"] {
        let (answer, unknown) = (
          try await peer.send(method, "/probe?target=x", ["Content-Length: 0"]),
          try await peer.send(method, "/prober?target=x", ["Content-Length: 0"])
        )
        answer.expect(status: 404)
        #expect(answer.text == unknown.text)
      }
    }
  }

  @Test func pagesOfOtherSitesMayNotProbe() async throws {
    try await serving(agent(.result(up))) { peer in
      try await peer.get("/probe?target=x", ["Sec-Fetch-Site: cross-site"]).expect(status: 403)
      try await peer.get("/probe?target=x", ["Origin: http://evil.example"]).expect(status: 403)
    }
  }
}
