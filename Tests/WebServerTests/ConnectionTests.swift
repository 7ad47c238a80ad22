import Agent
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import WebServer

struct ConnectionTests {
  @Test func `several listeners serve the same`() async throws {
    let one = ListenAddress(host: "127.0.0.1", port: 0)
    try await serving(FakeAgent(), { $0.listen = [one, one, ListenAddress(host: "", port: 0)] }) {
      peer in
      #expect(Set(peer.ports).count == 3)
      for port in peer.ports {
        let answer = try await Peer(ports: [port]).get("/-/healthy")
        #expect(answer.status == 200)
      }
    }
  }

  @Test func `a port that is taken is a clear error, also beside one that is free`() async throws {
    try await serving(FakeAgent()) { peer in
      let taken = ListenAddress(host: "127.0.0.1", port: peer.port)
      let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let server = WebServer(
        settings: WebSettings(listen: [ListenAddress(host: "127.0.0.1", port: 0), taken]),
        agent: FakeAgent(), logger: logger)
      let error = await #expect(throws: ListenError.self) { try await server.run() }
      #expect(error.map(String.init(describing:)) == "\(taken): address already in use")
      await #expect(throws: ListenError.self) { try await server.addresses() }
      #expect(!server.isListening)
    }
  }

  @Test func `an address that is not ours is a clear error`() async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = WebServer(
      settings: WebSettings(listen: [ListenAddress(host: "192.0.2.1", port: 0)]),
      agent: FakeAgent(),
      logger: logger)
    let error = await #expect(throws: ListenError.self) { try await server.run() }
    #expect(error?.description == "192.0.2.1:0: this machine has no such address")
  }

  @Test(arguments: [
    ("", [Int]()), ("GET /metr", [408]), ("GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ", [408]),
    ("POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", [408]),
    ("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
    // In one segment: nobody saw the second one begin.
    ("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGET /-/he", [200]),
  ])
  func `half a request is told so in the end`(start: String, statuses: [Int]) async throws {
    try await serving(
      FakeAgent(),
      {
        $0.bounds.headTimeout = .seconds(2)
        $0.bounds.bodyTimeout = .seconds(2)
        $0.bounds.idleTimeout = .seconds(4)
      },
      { peer in
        let all = try await peer.exchange(start)  // returns when the server has closed
        #expect(all.matches(of: /HTTP\/1\.1 (\d+)/).map { Int($0.1) } == statuses)
        let page = MetricsPage(try await peer.get("/metrics").text)
        let slow = page.value("breakwater_web_requests_refused_total", ["reason": "slow"])
        #expect(slow == (statuses.contains(408) ? 1 : 0))
      })
  }

  @Test func `who is answered before its body has come is not told twice`() async throws {
    try await serving(FakeAgent(), { $0.bounds.bodyTimeout = .milliseconds(500) }) { peer in
      let all = try await peer.exchange(
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\nabc")
      let statuses = all.matches(of: /HTTP\/1\.1 (\d+)/).map { Int($0.1) }
      // On a machine that is busy the deadline may come first.
      #expect(statuses == [413] || statuses == [408])
    }
  }

  /// The server below takes the end of a connection for the end of a body.
  @Test(arguments: [
    "Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx", "Content-Length: 10\r\n\r\n",
  ])
  func `what is asked for in half is not done`(rest: String) async throws {
    let agent = FakeAgent()
    let change = { (settings: inout WebSettings) in
      settings.enableLifecycle = true
      settings.bounds.bodyTimeout = .seconds(3)
    }
    let start = "POST /-/reload HTTP/1.1\r\nHost: a\r\n\(rest)"
    try await serving(agent, change) { peer in
      let port = peer.port
      // Who waits, who has no more to say, and who is gone.
      _ = try await peer.exchange(start)
      let silent = try await offPool {
        let client = try RawClient(port: port)
        try client.send(start)
        client.endOutput()
        return String(decoding: try client.readToEnd(), as: UTF8.self)
      }
      #expect(silent.hasPrefix("HTTP/1.1 400 "), "\(silent)")
      try await offPool { try RawClient(port: port).send(start) }
      try await until("all are gone") {
        let page = MetricsPage(try await peer.get("/metrics").text)
        return page.value("breakwater_web_connections") == 1
      }
    }
    #expect(agent.script.withLock { $0.reloads } == 0)
  }

  @Test func `a body that trickles is closed in the end`() async throws {
    try await serving(FakeAgent(), { $0.bounds.bodyTimeout = .milliseconds(300) }) { peer in
      let port = peer.port
      let isCut = try await offPool {
        let client = try RawClient(port: port)
        try client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        do {
          // Each piece comes in time; together they never end.
          let end = ContinuousClock.now.advanced(by: .seconds(60))
          while ContinuousClock.now < end { try client.send("1\r\nx\r\n") }
          return false
        } catch { return true }
      }
      #expect(isCut)
    }
  }

  @Test func `a silent connection between requests is closed in the end`() async throws {
    try await serving(FakeAgent(), { $0.bounds.idleTimeout = .seconds(2) }) { peer in
      let all = try await peer.exchange("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(all.hasPrefix("HTTP/1.1 200 "))
    }
  }

  @Test(arguments: [true, false])
  func `a reader that stops is cut`(becauseItStalls: Bool) async throws {
    let agent = FakeAgent(mcps: (0..<3000).map { .named("server-\($0)") })
    try await serving(
      agent,
      {
        $0.bounds.stallTimeout = becauseItStalls ? .milliseconds(500) : .seconds(600)
        $0.bounds.responseTimeout = becauseItStalls ? .seconds(600) : .milliseconds(500)
        $0.bounds.idleTimeout = .seconds(600)
        $0.bounds.connections = 1
      },
      { peer in
        let stopped = try await peer.stoppedReader(asking: 20)
        // It is the only connection that there may be, until it is cut.
        try await until("the cut") { try await peer.get("/-/healthy").status == 200 }
        withExtendedLifetime(stopped) {}
      })
  }

  @Test func `one connection too many is told 503, and room comes back`() async throws {
    let change = { (settings: inout WebSettings) in
      settings.bounds.connections = 3
      settings.bounds.leastRest = .seconds(600)
    }
    try await serving(FakeAgent(), change) { peer in
      let port = peer.port
      var held = try await offPool {
        try (0..<3).map { _ in
          let client = try RawClient(port: port)
          try client.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
          _ = try client.response()
          return Kept(client)
        }
      }
      let answer = try await offPool { try RawClient(port: port).response() }
      #expect(answer.status == 503)
      held.removeAll()
      try await until("room") { try await peer.get("/-/healthy").status == 200 }
      let page = MetricsPage(try await peer.get("/metrics").text)
      #expect(page.value("breakwater_web_connections_refused_total").map { $0 >= 1 } == true)
      #expect(page.value("breakwater_web_connections").map { $0 >= 1 } == true)
    }
  }

  @Test func `who holds connections without a use for them shuts nobody out`() async throws {
    let change = { (settings: inout WebSettings) in
      settings.bounds.connections = 3
      settings.bounds.leastRest = .zero
      settings.bounds.headTimeout = .seconds(600)
      settings.bounds.idleTimeout = .seconds(600)
    }
    try await serving(FakeAgent(), change) { peer in
      let port = peer.port
      let (busy, used, silent) = try await offPool {
        let (busy, used) = (try RawClient(port: port), try RawClient(port: port))
        for client in [busy, used] {
          try client.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
          _ = try client.response()
        }
        try busy.send("GET /-/hea")
        return (Kept(busy), Kept(used), Kept(try RawClient(port: port)))
      }
      let others = try await offPool {
        // Whoever has asked is not done until it has its answer.
        try (0..<2).map { _ in
          let client = try RawClient(port: port)
          try client.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.response().status == 200)
          return Kept(client)
        }
      }
      try await offPool {
        #expect(try used.client.readToEnd() == [], "it rested first")
        #expect(try silent.client.readToEnd() == [], "it never said anything")
        try busy.client.send("lthy HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try busy.client.response().status == 200, "something was under way on it")
      }
      withExtendedLifetime(others) {}
      let page = MetricsPage(try await peer.get("/metrics").text)
      #expect(page.value("breakwater_web_connections_refused_total") == 0)
      #expect(page.value("breakwater_web_connections_replaced_total").map { $0 >= 2 } == true)
    }
  }

  @Test func `who does not close what has ended gets it closed`() async throws {
    try await serving(
      FakeAgent(),
      {
        $0.bounds.lingerTimeout = .milliseconds(100)
        $0.bounds.idleTimeout = .seconds(600)
      },
      { peer in
        let port = peer.port
        let isCut = try await offPool {
          let client = try RawClient(port: port)
          try client.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n")
          _ = try client.response()
          do {
            // Thrown away, however much it is.
            let end = ContinuousClock.now.advanced(by: .seconds(60))
            while ContinuousClock.now < end { try client.send(String(repeating: "x", count: 999)) }
            return false
          } catch { return true }
        }
        #expect(isCut)
      })
  }

  @Test func `requests of one connection are answered in order`() async throws {
    try await serving(FakeAgent(mcps: MCPStatus.gallery)) { peer in
      let port = peer.port
      let answers = try await offPool {
        let client = try RawClient(port: port)
        let paths = ["/-/healthy", "/nowhere", "/metrics", "/-/ready"]
        try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        return try paths.map { _ in try client.response().status }
      }
      #expect(answers == [200, 404, 200, 200])
    }
  }

  @Test(arguments: [
    "GET /-/healthy HTTP/1.0\r\n\r\n",
    "GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
    "GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close, TE\r\n\r\n",
  ])
  func `who wants the connection closed gets it closed`(request: String) async throws {
    try await serving(FakeAgent()) { peer in
      let all = try await peer.exchange(request)
      #expect(all.hasPrefix("HTTP/1."))
      #expect(all.hasSuffix("Breakwater is Healthy.\n"))
      #expect(all.lowercased().contains("connection: close"))
    }
  }

  @Test(arguments: [
    "BREW / HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "\u{0}\u{0}\u{0}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
    "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "POST /-/reload HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "POST /-/reload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func `what is no HTTP request is refused and closed`(request: String) async throws {
    let agent = FakeAgent()
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      let all = try await peer.exchange(request)
      #expect(all.hasPrefix("HTTP/1.1 400 "), "for \(request): \(all)")
      try await peer.get("/-/healthy").expect(status: 200)
    }
    #expect(agent.script.withLock { $0.reloads } == 0)
  }

  @Test(arguments: [
    ("http://", 400), ("http://a", 200), ("http://a:", 400), ("http://a:1", 400),
    ("http://a?", 200),
    ("http://a/-/healthy", 200), ("http://a/nowhere", 404), ("?", 400), ("#", 400), ("/#", 200),
  ])
  func `odd targets do not hurt`(target: String, status: Int) async throws {
    try await serving(FakeAgent()) { peer in
      let all = try await peer.exchange(
        "GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(all.hasPrefix("HTTP/1.1 \(status) "))
      try await peer.get("/-/healthy").expect(status: 200)
    }
  }

  @Test func `a cancelled server ends, whoever is connected`() async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = WebServer(
      settings: WebSettings(listen: [ListenAddress(host: "127.0.0.1", port: 0)]),
      agent: FakeAgent(),
      logger: logger)
    let run = Task { try await server.run() }
    let port = try #require(try await server.addresses().first?.port)
    let held = try await offPool {
      let client = try RawClient(port: port)
      try client.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGET /")
      _ = try client.response()
      return Kept(client)
    }
    run.cancel()
    _ = await run.result
    #expect(!server.isListening)
    withExtendedLifetime(held) {}
  }

  @Test func `a shutdown waits for nobody for long`() async throws {
    let agent = FakeAgent(mcps: (0..<3000).map { .named("server-\($0)") })
    var held: [Kept] = []
    var begin = ContinuousClock.now
    var port = 0
    let change = { (settings: inout WebSettings) in
      settings.bounds.drainTimeout = .milliseconds(100)
      settings.bounds.headTimeout = .seconds(100)
      settings.bounds.stallTimeout = .seconds(100)
      settings.bounds.idleTimeout = .seconds(100)
    }
    try await serving(agent, change) { peer in
      port = peer.port
      let port = peer.port
      held = try await offPool {
        let idle = try RawClient(port: port)
        let half = try RawClient(port: port)
        try half.send("GET / HT")
        return [Kept(idle), Kept(half)]
      }
      held.append(try await peer.stoppedReader(asking: 20))
      try await peer.get("/-/healthy").expect(status: 200)
      begin = .now
    }
    // Far below every timeout of these connections, far above what a busy machine needs.
    #expect(ContinuousClock.now - begin < .seconds(60))
    let gone = port
    await #expect(throws: RawClient.Failure.self) {
      try await offPool { _ = try RawClient(port: gone) }
    }
    withExtendedLifetime(held) {}
  }
}
