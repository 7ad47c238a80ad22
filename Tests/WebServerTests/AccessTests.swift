import Agent
import Glibc
import Signals
import Synchronization
import TestSupport
import Testing
import WebServer

/// Every path and method of the server, each asked by everybody. The table is `Endpoint.all`: a new
/// path is in it by itself, and what may be used by whom is decided by the test on its own.
@Suite(.timeLimit(.minutes(15))) struct AccessTests {
  enum Who: String, CaseIterable {
    case nobody, wrongPassword, unknownUser, viewer, `operator`

    /// The header of the request.
    var headers: [String] {
      switch self {
      case .nobody: []
      case .wrongPassword: Self.basic("ann", "wrong")
      case .unknownUser: Self.basic("eve", "secret of ann")
      case .viewer: Self.basic("bob", "secret of bob")
      case .operator: Self.basic("ann", "secret of ann")
      }
    }

    static func basic(_ name: String, _ password: String) -> [String] {
      ["Authorization: Basic \(Base64.encode(Array("\(name):\(password)".utf8)))"]
    }
  }

  /// What only reads though it is a POST.
  private static let forms: Set = [
    "/api/v1/query", "/api/v1/query_range", "/api/v1/series", "/api/v1/labels",
    "/api/v1/format_query", "/api/v1/parse_query",
  ]

  private static func isReading(_ method: String, _ path: String) -> Bool {
    method == "GET" || method == "HEAD" || (method == "POST" && forms.contains(path))
  }

  @Test func `there are as many paths as the page of the API names`() {
    let paths = Endpoint.all.map(\.path)
    #expect(Set(paths).count == paths.count)
    #expect(paths.count >= 39)
    #expect(Endpoint.all.allSatisfy { !$0.methods.isEmpty })
  }

  @Test(arguments: [false, true])
  func `each path answers those who may use it, and nobody else`(overTLS: Bool) async throws {
    let scratch = try WebFiles(users: WebFiles.users, hasTLS: overTLS)
    let agent = FakeAgent(mcps: [.named("name")])
    try await serving(agent, Self.everythingOn(scratch)) { peer in
      let client = PythonClient(port: peer.port, isTLS: overTLS, in: scratch)
      var requests: [(who: Who, method: String, path: String, needs: Role)] = []
      for endpoint in Endpoint.all {
        for (method, needs) in endpoint.methods {
          #expect((needs == .viewer) == Self.isReading(method, endpoint.path), "\(endpoint.path)")
          for who in Who.allCases { requests.append((who, method, endpoint.path, needs)) }
        }
      }
      let answers = try await client.answers(
        to: requests.map { ($0.method, Self.filled($0.path), $0.who.headers) })
      #expect(answers.count == requests.count)
      for (request, status) in zip(requests, answers) {
        let what = Comment("\(request.who) \(request.method) \(request.path): \(status)")
        switch request.who {
        case .nobody, .wrongPassword, .unknownUser: #expect(status == 401, what)
        case .viewer where request.needs == .operator: #expect(status == 403, what)
        case .viewer, .operator: #expect(![401, 403, 405, 421].contains(status), what)
        }
      }
    }
  }

  private static func filled(_ path: String) -> String {
    path.replacing("{name}", with: "name").replacing("{id}", with: "1")
  }

  static func everythingOn(_ files: WebFiles) -> (inout WebSettings) throws -> Void {
    {
      $0.enableLifecycle = true
      $0.enableFaultInjection = true
      $0.config = try files.watch()
    }
  }

  @Test(arguments: ["/", "/metrics", "/nothing", "/api/v1/mcps/name/nothing", "/%00", "/..", "*"])
  func `who is nobody does not learn what there is`(path: String) async throws {
    let scratch = try WebFiles(users: WebFiles.users)
    try await serving(FakeAgent(), Self.everythingOn(scratch)) { peer in
      for method in ["GET", "BREW", "POST", "OPTIONS", "TRACE"] {
        let answer = try await peer.send(method, path, ["Content-Length: 0"])
        let expected = method == "BREW" ? 400 : 401
        #expect(answer.status == expected, "\(method)")
        if expected == 401 {
          #expect(answer.header("www-authenticate")?.hasPrefix("Basic realm=") == true)
          #expect(answer.header("cache-control") == "no-store")
        }
      }
    }
  }

  @Test(arguments: [
    "Basic", "Basic ", "Basic !", "basic YW5u", "Bearer secret", "Digest a", "Basic YW5uOg==",
    "Basic OnNlY3JldCBvZiBhbm4=", "Basic YW5uOgA=",
    "Basic \(right)!", "Basic \(right) x", "Basic !\(right)",
  ])
  func `credentials that are none are refused`(header: String) async throws {
    let scratch = try WebFiles(users: WebFiles.users)
    try await serving(FakeAgent(), Self.everythingOn(scratch)) { peer in
      try await peer.get("/metrics", ["Authorization: \(header)"]).expect(status: 401)
    }
  }

  private static let right = Base64.encode(Array("ann:secret of ann".utf8))

  @Test func `the hash of a password is no password`() async throws {
    let scratch = try WebFiles(users: WebFiles.users)
    try await serving(FakeAgent(), Self.everythingOn(scratch)) { peer in
      try await peer.get("/metrics", Who.operator.headers).expect(status: 200)
      for guess in [WebFiles.hashOfAnn, WebFiles.hashOfAnn + "secret of ann", ""] {
        let answer = try await peer.get("/metrics", Who.basic("ann", guess))
        #expect(answer.status == 401)
      }
      try await peer.get("/metrics", Who.basic("ANN", "secret of ann")).expect(status: 401)
    }
  }

  @Test func `without users whoever is on this machine may act, and nobody for somebody else`()
    async throws
  {
    let agent = FakeAgent()
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      let post = { (headers: [String]) in
        try await peer.send("POST", "/-/reload", ["Content-Length: 0"] + headers)
      }
      try await post([]).expect(status: 200)
      for header in [
        "X-Forwarded-For: 127.0.0.1", "Forwarded: for=1.2.3.4", "Via: 1.1 a", "X-Real-IP: 1.2.3.4",
        "x-forwarded-proto: https", "X-Envoy-Internal: true", "CF-Connecting-IP: 1.2.3.4",
      ] {
        try await post([header]).expect(status: 403)
      }
      try await peer.get("/metrics", ["X-Forwarded-For: 1.2.3.4"]).expect(status: 200)
    }
    #expect(agent.script.withLock { $0.reloads } == 1)
  }

  @Test(.enabled(if: ownAddress() != nil, "this machine has no address but those of loopback"))
  func `without users whoever comes from elsewhere only reads`() async throws {
    let own = ownAddress()
    let agent = FakeAgent()
    try await serving(
      agent,
      {
        $0.listen = [ListenAddress(host: "0.0.0.0", port: 0)]
        $0.enableLifecycle = true
      }
    ) { peer in
      let port = peer.port
      for (request, status) in [("GET /metrics", 200), ("POST /-/reload", 403)] {
        let answer = try await offPool {
          let client = try RawClient(port: port, host: own ?? "")
          try client.send("\(request) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
          return try client.response()
        }
        #expect(answer.status == status, "\(request)")
      }
    }
    #expect(agent.script.withLock { $0.reloads } == 0)
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("::ffff:127.0.0.1", true),
    ("10.0.0.1", false), ("128.0.0.1", false), ("::", false), ("::ffff:10.0.0.1", false),
    ("fe80::1%eth0", false), ("::127.0.0.1", false), ("0.0.0.0", false), ("", false),
  ])
  func `an address is of this machine, or not`(address: String, isLoopback: Bool) {
    #expect(ClientAddress(address).isLoopback == isLoopback)
  }
}

/// An address of version 4 that others could reach this machine by, as the kernel chooses one.
private func ownAddress() -> String? {
  let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
  defer { close(socket) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(9).bigEndian
  unsafe inet_pton(AF_INET, "192.0.2.1", &address.sin_addr)
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let found = unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
    }
  }
  guard found else { return nil }
  var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
  guard unsafe inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count)) != nil
  else { return nil }
  let shown = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return shown.hasPrefix("127.") ? nil : shown
}

struct HostAndOriginTests {
  @Test(arguments: [
    ("127.0.0.1:1", 200), ("127.0.0.1", 200), ("[::1]:9627", 200), ("10.1.2.3", 200),
    ("localhost:1", 200), ("LOCALHOST", 200), ("app.localhost", 200), ("a", 200), ("A.:80", 200),
    ("evil.example", 421), ("evil.example:9627", 421), ("127.0.0.1.evil.example", 421),
    ("[::1]evil.example", 421), ("[::1", 421), ("localhost.evil.example", 421), ("xlocalhost", 421),
    ("0x7f000001", 421), ("a.b", 421),
  ])
  func `it answers to its own names`(host: String, status: Int) async throws {
    try await serving(FakeAgent()) { peer in
      for path in ["/metrics", "/nothing", "/api/v1/mcps"] {
        let text = try await peer.exchange(
          "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        let expected = path == "/nothing" && status == 200 ? 404 : status
        #expect(text.hasPrefix("HTTP/1.1 \(expected) "), "\(path): \(text.prefix(200))")
      }
    }
  }

  @Test func `it answers to names that the configuration allows`() async throws {
    let agent = FakeAgent()
    try await serving(agent) { peer in
      let status = { (host: String) in
        let answer = try await peer.exchange(
          "GET /-/healthy HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        return Answer(head: answer).status
      }
      var found = [try await status("monitor:80")]
      agent.script.withLock { $0.allowedHosts = ["Monitor"] }
      found += [try await status("monitor:80"), try await status("evil.example")]
      agent.script.withLock { $0.allowedHosts = ["*"] }
      found.append(try await status("evil.example"))
      #expect(found == [421, 200, 421, 200])
    }
  }

  @Test(arguments: [
    ([], 200), (["Origin: http://127.0.0.1:PORT"], 200), (["Sec-Fetch-Site: same-origin"], 200),
    (["Sec-Fetch-Site: none"], 200), (["Origin: http://evil.example"], 403),
    (["Origin: null"], 403), (["Origin: "], 403), (["Sec-Fetch-Site: cross-site"], 403),
    (["Sec-Fetch-Site: same-site"], 403), (["Origin: http://127.0.0.1:1"], 403),
    (["Origin: http://127.0.0.1:PORT", "Sec-Fetch-Site: cross-site"], 403),
  ])
  func `a page of another site changes nothing`(headers: [String], status: Int) async throws {
    let agent = FakeAgent(mcps: [.named("a")])
    try await serving(agent, { $0.enableLifecycle = true }) { peer in
      let headers = headers.map { $0.replacing("PORT", with: "\(peer.port)") }
      for endpoint in Endpoint.all {
        let path = endpoint.path.replacing("{name}", with: "a").replacing("{id}", with: "1")
        for (method, _) in endpoint.methods where method != "GET" && method != "HEAD" {
          let answer = try await peer.send(method, path, headers + ["Content-Length: 0"])
          let isRefused = answer.status == 403 && answer.text.contains("other sites")
          #expect(isRefused == (status == 403), "\(method) \(path): \(answer.status)")
        }
      }
    }
  }
}
