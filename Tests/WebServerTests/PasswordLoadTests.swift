import Agent
import Foundation
import Signals
import Synchronization
import TestSupport
import Testing
import WebServer

/// Passwords are dear to check: many at once, right and wrong.
@Suite(.timeLimit(.minutes(15))) struct PasswordLoadTests {
  /// Of "secret of ann", with cost 12: a fifth of a second.
  private static let dear =
    "basic_auth_users: {ann: $2b$12$abcdefghijklmnopqrstuufWGkmpPigsSohklgvc0rs9DpfGCmS6y}\n"

  private func statuses(
    _ peer: Peer, _ headers: [[String]]
  ) async throws -> [Int] {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for lines in headers {
        group.addTask { try await peer.get("/-/healthy", lines).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func `the same right password of many at once is checked once`() async throws {
    let files = try WebFiles(users: Self.dear)
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      let right = AccessTests.Who.basic("ann", "secret of ann")
      let found = try await statuses(peer, Array(repeating: right, count: 100))
      #expect(found == Array(repeating: 200, count: 100))
    }
  }

  @Test func `a flood of wrong passwords is bounded, counted, and keeps out nobody who is known`()
    async throws
  {
    let files = try WebFiles(users: Self.dear)
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      let right = AccessTests.Who.basic("ann", "secret of ann")
      try await peer.get("/-/healthy", right).expect(status: 200)
      let wrong = (0..<60).map { AccessTests.Who.basic("ann", "guess \($0)") }
      let rights = Array(repeating: right, count: 40)
      async let known = statuses(peer, rights)
      let found = try await statuses(peer, wrong)
      #expect(try await known == Array(repeating: 200, count: 40))
      // Four of an address wait at a time, and each is an answer of its own.
      #expect(found.count { $0 == 401 } >= 4)
      #expect(found.allSatisfy { $0 == 401 || $0 == 503 })
      let page = MetricsPage(try await peer.get("/metrics", right).text)
      let refused = { (reason: String) in
        page.value("breakwater_web_requests_refused_total", ["reason": reason])
      }
      #expect(refused("passwords") == Double(found.count { $0 == 503 }))
      #expect(refused("credentials") == Double(found.count { $0 == 401 }))
    }
  }
}

/// Peers over TLS that would hold a connection for ever.
@Suite(.timeLimit(.minutes(15))) struct TLSDeadlineTests {
  private static let silent: [String: String] = [
    "nothing at all": "", "a part of a record": "\u{16}\u{3}\u{1}\u{2}",
    "what is no record": "GET / HTTP/1.1\r\n",
  ]

  @Test(arguments: silent.keys.sorted())
  func `who does not come to the end of a handshake is cut`(says: String) async throws {
    let files = try WebFiles(hasTLS: true)
    try await serving(
      FakeAgent(),
      {
        $0.config = try files.watch()
        $0.bounds.headTimeout = .milliseconds(300)
      }
    ) { peer in
      let (port, text) = (peer.port, Self.silent[says] ?? "")
      _ = try await offPool {
        let client = try RawClient(port: port)
        try client.send(text)
        return try client.readToEnd()  // ends, or the client's own time is over and it throws
      }
    }
  }

  @Test func `a reader that stands still is cut over TLS too`() async throws {
    let files = try WebFiles(hasTLS: true)
    let many = (0..<3000).map { MCPStatus.named("mcp-\($0)") }
    try await serving(
      FakeAgent(mcps: many),
      {
        $0.config = try files.watch()
        $0.bounds.stallTimeout = .milliseconds(300)
      }
    ) { peer in
      // Asks for 20 pages of two megabytes, takes nothing of them, and asks others meanwhile how
      // many connections there are.
      let script = """
        import re, socket, ssl, sys, time, urllib.request
        port, authority = sys.argv[1:]
        context = ssl.create_default_context(cafile=authority)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(300)
        plain.connect(("127.0.0.1", int(port)))
        client = context.wrap_socket(plain, server_hostname="localhost")
        client.sendall(b"GET /api/v1/mcps HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" * 20)
        def connections():
            url = f"https://localhost:{port}/metrics"
            page = urllib.request.urlopen(url, context=context).read().decode()
            return int(re.search(r"^breakwater_web_connections (\\d+)$", page, re.M)[1])
        end = time.monotonic() + 300
        while connections() > 1:
            assert time.monotonic() < end
        """
      let words = ["python3", "-c", script, "\(peer.port)", files.path("server.pem")]
      try await offPool { try Command.run(words) }
    }
  }
}
