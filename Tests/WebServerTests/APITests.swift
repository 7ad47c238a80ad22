import Agent
import Breaking
import MCPWire
import Signals
import Synchronization
import Testing
import WebServer

struct APITests {
  @Test func `the list of MCPs is the golden one`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      let answer = try await peer.get("/api/v1/mcps")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      try expectGolden(answer.text, "mcps.json")
    }
  }

  @Test func `one MCP is found by its name, however it is escaped`() async throws {
    let names = ["weather", "a/b", "ü & <b>", "100%", "..", "a+b", "?x=1#y"]
    try await serving(FakeAgent(mcps: names.map { .named($0, url: "https://a.example/mcp") })) {
      peer in
      for (path, name) in [
        ("weather", "weather"), ("a%2Fb", "a/b"), ("a%2fb", "a/b"),
        ("%C3%BC%20%26%20%3Cb%3E", "ü & <b>"),
        ("100%25", "100%"), ("..", ".."), ("a+b", "a+b"), ("%3Fx=1%23y", "?x=1#y"),
        ("weather?limit=nonsense", "weather"),
      ] {
        let answer = try await peer.get("/api/v1/mcps/\(path)")
        #expect(answer.status == 200, "for \(path)")
        #expect(answer.text.hasPrefix(#"{"data":{"certificate_expiry":null,"#))
        #expect(answer.text.contains("\"name\":\"\(name)\""))
      }
    }
  }

  @Test func `the recovery queue is the golden one`() async throws {
    func waiting(_ name: String, _ seconds: Double, trials: Int) -> MCPStatus {
      .named(name) {
        $0.circuit = .open
        $0.retryAt = FakeAgent.now.advanced(by: .seconds(seconds))
        $0.trials = trials
      }
    }
    let off = MCPStatus.named("off", isEnabled: false) {
      $0.circuit = .open
      $0.retryAt = FakeAgent.now
    }
    let mcps = [
      off, waiting("b\"</script>", 30, trials: 2), waiting("a", 30, trials: 0),
      waiting("overdue", -1, trials: 7), .named("trying") { $0.circuit = .halfOpen },
    ]
    try await serving(FakeAgent(mcps: mcps)) { peer in
      let answer = try await peer.get("/api/v1/recovery-queue")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      try expectGolden(answer.text, "recovery-queue.json")
    }
    try await serving(FakeAgent()) { peer in
      let empty = try await peer.get("/api/v1/recovery-queue").text
      #expect(empty == #"{"data":[],"status":"success"}"# + "\n")
    }
  }

  @Test func `an unknown MCP is not found`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      for path in ["/api/v1/mcps/nobody", "/api/v1/mcps/nobody/events", "/api/v1/mcps/Weather"] {
        let answer = try await peer.get(path)
        #expect(answer.status == 404)
        #expect(
          answer.text
            == #"{"error":"no such MCP","errorType":"not_found","status":"error"}"# + "\n")
      }
    }
  }

  @Test func `events are the golden ones`() async throws {
    let agent = FakeAgent(mcps: MCPStatus.gallery)
    agent.script.withLock { script in
      script.events = [
        StoredEvent(
          id: "00c0ffee00c0ffee-42",
          event: HealthEvent(
            sequence: 42, mcp: "billing", timestamp: FakeAgent.now, type: .circuitOpened,
            outcome: .timeout, detail: "no \"answer\" </script>\u{1b}[31m",
            data: [
              Label(name: "consecutive_failures", value: "5"), Label(name: "Wait_S", value: "30"),
            ])),
        StoredEvent(
          id: "00c0ffee00c0ffee-41",
          event: HealthEvent(
            sequence: 41, mcp: "billing", timestamp: Timestamp(milliseconds: -1),
            type: .autoDisabled)),
      ]
    }
    try await serving(agent) { peer in
      let answer = try await peer.get("/api/v1/mcps/billing/events")
      #expect(answer.status == 200)
      try expectGolden(answer.text, "events.json")
    }
  }

  @Test func `limit and before reach the journal`() async throws {
    let agent = FakeAgent(mcps: MCPStatus.gallery)
    try await serving(agent) { peer in
      for query in [
        "", "?", "?limit=1", "?limit=1000&before=00c0ffee00c0ffee-7",
        "?before=FFFFffff00000000-18446744073709551615",
        "?other=1&limit=5&limit=9",
      ] {
        let answer = try await peer.get("/api/v1/mcps/vault/events\(query)")
        #expect(answer.status == 200, "for \(query)")
        #expect(answer.text == #"{"data":[],"status":"success"}"# + "\n")
      }
    }
    #expect(
      agent.script.withLock { $0.eventQueries } == [
        "vault 100 -", "vault 100 -", "vault 1 -", "vault 1000 7",
        "vault 100 18446744073709551615", "vault 5 -",
      ])
  }

  @Test func `bad parameters are named`() async throws {
    let bad = [
      ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=-1", "limit"), ("limit=", "limit"),
      ("limit=ten", "limit"), ("limit=99999999999999999999", "limit"), ("before=", "before"),
      ("before=42", "before"), ("before=00c0ffee00c0ffee-", "before"),
      ("before=00c0ffee00c0ffee-x", "before"), ("before=00c0ffee00c0ffee--1", "before"),
      ("before=00c0ffee00c0ffee-18446744073709551616", "before"),
      ("before=00c0ffee00c0ffe-1", "before"), ("before=zzzzzzzzzzzzzzzz-1", "before"),
      ("before=00c0ffee00c0ffee-1-2", "before"), ("before=00c0ffee00c0ffee-%2B1", "before"),
    ]
    let agent = FakeAgent(mcps: MCPStatus.gallery)
    try await serving(agent) { peer in
      for (query, name) in bad {
        let answer = try await peer.get("/api/v1/mcps/vault/events?\(query)")
        #expect(answer.status == 400, "for \(query)")
        #expect(answer.text.contains(#""errorType":"bad_data""#))
        #expect(answer.text.contains(#"invalid parameter \"\#(name)\""#), "for \(query)")
      }
    }
    #expect(agent.script.withLock { $0.eventQueries } == [])
  }

  @Test func `a journal that cannot be read is unavailable, and nothing of its error is told`()
    async throws
  {
    let agent = FakeAgent(mcps: MCPStatus.gallery)
    agent.script.withLock { $0.events = nil }
    try await serving(agent) { peer in
      let answer = try await peer.get("/api/v1/mcps/vault/events")
      #expect(answer.status == 503)
      #expect(
        answer.text == #"""
          {"error":"the journal cannot be read","errorType":"unavailable","status":"error"}

          """#)
    }
  }
}
