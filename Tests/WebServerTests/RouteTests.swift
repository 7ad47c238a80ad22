import Agent
import Synchronization
import TestSupport
import Testing
import WebServer

struct RouteTests {
  @Test func `healthy and ready say so`() async throws {
    let agent = FakeAgent()
    try await serving(agent) { peer in
      let healthy = try await peer.get("/-/healthy")
      #expect(healthy.status == 200)
      #expect(healthy.text == "Breakwater is Healthy.\n")
      let ready = try await peer.get("/-/ready")
      #expect(ready.status == 200)
      #expect(ready.text == "Breakwater is Ready.\n")
      agent.script.withLock { $0.notReady = "the journal is not open" }
      let notReady = try await peer.get("/-/ready")
      #expect(notReady.status == 503)
      #expect(
        notReady.text
          == #"{"error":"the journal is not open","errorType":"unavailable","status":"error"}"#
          + "\n")
      try await peer.get("/-/healthy").expect(status: 200)
    }
  }

  @Test(arguments: [
    "/metrics/", "/Metrics", "/-/", "/-/healthy/x", "/api", "/api/v1/", "/api/v1/mcps/",
    "/api/v1/mcps/a/b",
    "/api/v1/mcps//events", "/favicon.ico", "//", "/..", "/../etc/passwd", "/.git/config",
    "/api/v2", "/api/v1/notifications/", "/api/v1/notifications/1",
    "/api/v1/recovery-queue/", "/api/v1/recovery-queue/a", "/api/v1/sd/", "/api/v1/sd/a",
    "/api/v1/recovery_queue",
  ])
  func `an unknown path is not found`(path: String) async throws {
    try await serving(FakeAgent(mcps: [.named("a")])) { peer in
      let answer = try await peer.get(path)
      #expect(answer.status == 404)
      #expect(answer.header("content-type") == "application/json")
      #expect(answer.text.contains(#""errorType":"not_found""#))
    }
  }

  @Test(arguments: [
    "/%", "/%zz", "/%ff", "/api/v1/mcps/%00", "/a%0", "/metrics?a=%", "*", "metrics",
  ])
  func `a broken path is bad data`(path: String) async throws {
    try await serving(FakeAgent()) { peer in
      try await peer.get(path).expect(status: 400)
      try await peer.get("/-/healthy").expect(status: 200)
    }
  }

  @Test(arguments: [
    ("POST", "/metrics", "GET, HEAD"), ("DELETE", "/", "GET, HEAD"),
    ("PUT", "/api/v1/mcps", "GET, HEAD"), ("POST", "/api/v1/recovery-queue", "GET, HEAD"),
    ("POST", "/api/v1/sd", "GET, HEAD"),
    ("OPTIONS", "/-/healthy", "GET, HEAD"), ("TRACE", "/style.css", "GET, HEAD"),
    ("PATCH", "/api/v1/mcps/a/events", "GET, HEAD"), ("GET", "/-/reload", "POST, PUT"),
    ("HEAD", "/-/quit", "POST, PUT"), ("DELETE", "/api/v2/silences", "GET, HEAD, POST"),
    ("PUT", "/api/v2/silence/a", "GET, HEAD, DELETE"), ("POST", "/api/v2/status", "GET, HEAD"),
    ("POST", "/api/v1/notifications", "GET, HEAD"),
    ("GET", "/api/v1/notifications/1/redeliver", "POST"),
    ("GET", "/api/v1/mcps/a/disable", "POST"), ("PUT", "/api/v1/mcps/a/probe", "POST"),
  ])
  func `another method is refused and the right ones are named`(
    method: String, path: String, allow: String
  ) async throws {
    try await serving(FakeAgent(mcps: [.named("a")]), { $0.enableLifecycle = true }) { peer in
      let answer = try await peer.send(method, path, ["Content-Length: 0"])
      #expect(answer.status == 405)
      #expect(answer.header("allow") == allow)
      let isBare = path.hasPrefix("/api/v2/")
      if method != "HEAD" && !isBare {
        #expect(answer.text.contains(#""errorType":"method_not_allowed""#))
      }
    }
  }

  @Test func `a URL or a body beyond its bound is refused`() async throws {
    try await serving(FakeAgent()) { peer in
      let long = String(repeating: "a", count: 9000)
      try await peer.get("/\(long)").expect(status: 414)
      try await peer.get("/?\(long)").expect(status: 414)
      try await peer.get("/metrics?\(long.prefix(8000))").expect(status: 200)
      let declared = try await peer.send("POST", "/-/reload", ["Content-Length: 70000"])
      #expect(declared.status == 413)
      #expect(declared.text.contains(#""errorType":"too_large""#))
      let chunk = "1000\r\n" + String(repeating: "x", count: 4096) + "\r\n"
      let chunked = try await peer.exchange(
        "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 17) + "0\r\n\r\n"
      )
      #expect(chunked.hasPrefix("HTTP/1.1 413 "))
      try await peer.get("/-/healthy", ["X-Long: \(long)\(long)"]).expect(status: 431)
      let many = (0..<200).map { "X-\($0): 1" }
      try await peer.get("/-/healthy", many).expect(status: 431)
      let page = MetricsPage(try await peer.get("/metrics").text)
      let refused = ["url", "body", "answers"].map {
        page.value("breakwater_web_requests_refused_total", ["reason": $0])
      }
      #expect(refused == [2, 2, 0])
    }
  }
}

struct LifecycleTests {
  @Test(arguments: ["/-/reload", "/-/quit"])
  func `acting is off unless it is switched on`(path: String) async throws {
    let agent = FakeAgent()
    try await serving(agent) { peer in
      for method in ["POST", "PUT"] {
        let answer = try await peer.send(method, path, ["Content-Length: 0"])
        #expect(answer.status == 403)
        #expect(answer.text.contains("--web.enable-lifecycle"))
        #expect(answer.text.contains(#""status":"error""#))
      }
    }
    #expect(agent.script.withLock { $0.reloads + $0.quits } == 0)
  }

  @Test func `a reload reloads, and tells every problem`() async throws {
    let agent = FakeAgent()
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      for method in ["POST", "PUT"] {
        try await peer.send(method, "/-/reload", ["Content-Length: 0"]).expect(status: 200)
      }
      #expect(agent.script.withLock { $0.reloads } == 2)
      agent.script.withLock { $0.reloadProblems = ["a.yml:3:1: x", "a.yml:9:2: y"] }
      let answer = try await peer.send("POST", "/-/reload", ["Content-Length: 0"])
      #expect(answer.status == 500)
      #expect(answer.text.contains("failed to reload config: a.yml:3:1: x; a.yml:9:2: y"))
    }
  }

  @Test func `quit quits`() async throws {
    let agent = FakeAgent()
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      try await peer.send("POST", "/-/quit", ["Content-Length: 0"]).expect(status: 200)
    }
    #expect(agent.script.withLock { $0.quits } == 1)
  }

  @Test(arguments: CoordinatorDrill.Fault.allCases)
  func `a drill is off unless it is switched on, and names the MCP in hand`(
    fault: CoordinatorDrill.Fault
  ) async throws {
    let path = "/debug/coordinator/\(fault.rawValue)"
    let agent = FakeAgent(mcps: [.named("weather")])
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      let answer = try await peer.send("POST", path, ["Content-Length: 0"])
      #expect(answer.status == 403)
      #expect(answer.text.contains("--web.enable-fault-injection"))
    }
    #expect(agent.script.withLock { $0.drills } == [])
    try await serving(agent, { $0.enableFaultInjection = true }) { peer in
      try await peer.get(path).expect(status: 405)
      try await peer.send("POST", path, ["Content-Length: 0"]).expect(status: 200)
      try await peer.send("POST", "\(path)?mcp=weather", ["Content-Length: 0"]).expect(status: 200)
      try await peer.send("POST", "\(path)?mcp=nobody", ["Content-Length: 0"]).expect(status: 404)
      #expect(
        agent.script.withLock { $0.drills }
          == [CoordinatorDrill(fault), CoordinatorDrill(fault, mcp: "weather")])
      for _ in 2..<8 {
        try await peer.send("POST", path, ["Content-Length: 0"]).expect(status: 200)
      }
      try await peer.send("POST", path, ["Content-Length: 0"]).expect(status: 503)
    }
  }

  @Test func `a page of another site cannot act`() async throws {
    let agent = FakeAgent()
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      let own = "Origin: http://127.0.0.1:\(peer.port)"
      for (headers, status) in [
        (["Origin: https://evil.example"], 403), (["Origin: null"], 403),
        (["Sec-Fetch-Site: cross-site"], 403),
        (["Sec-Fetch-Site: same-site"], 403), ([own], 200),
        ([own, "Sec-Fetch-Site: same-origin"], 200),
      ] {
        let answer = try await peer.send("POST", "/-/reload", headers + ["Content-Length: 0"])
        #expect(answer.status == status, "for \(headers)")
      }
    }
    #expect(agent.script.withLock { $0.reloads } == 2)
  }
}
