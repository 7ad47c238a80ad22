import Agent
import ConfigFile
import Foundation
import Glibc
import Signals
import Synchronization
import TestSupport
import Testing
import WebServer

/// The web configuration changes while the server runs.
@Suite(.timeLimit(.minutes(15))) struct WebConfigWatchTests {
  private func statuses(
    _ peer: Peer, _ who: AccessTests.Who...
  ) async throws -> [Int] {
    var found: [Int] = []
    for one in who { found.append(try await peer.get("/metrics", one.headers).status) }
    return found
  }

  @Test func `users that change count from the next request on, on open connections too`()
    async throws
  {
    let files = try WebFiles(users: WebFiles.users)
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      let port = peer.port
      let open = try await offPool { Kept(try RawClient(port: port)) }
      let ask = { @Sendable in
        try await offPool {
          let head = ["GET /metrics HTTP/1.1", "Host: a"] + AccessTests.Who.viewer.headers
          try open.client.send(head.joined(separator: "\r\n") + "\r\n\r\n")
          return try open.client.response().status
        }
      }
      #expect(try await ask() == 200)
      try files.write("basic_auth_users: {ann: '\(WebFiles.hashOfAnn)'}\n")
      #expect(try await ask() == 401)
      #expect(try await statuses(peer, .viewer, .operator) == [401, 200])
      // Another password for the same name: the one that is remembered is of no use.
      try files.write("basic_auth_users: {ann: '\(WebFiles.hashOfBob)'}\n")
      #expect(try await statuses(peer, .operator) == [401])
    }
  }

  @Test(arguments: [
    ("", "there are no users any more"), ("{", "not YAML"), ("basic_auth_users: {}", "no users"),
    ("basic_auth_users: {ann: hash}", "not a bcrypt hash"), ("users: {}", "unknown key"),
    ("tls_server_config: {cert_file: gone.pem, key_file: gone.key}", "no such file"),
    ("rate_limit: {interval: 1s}", "burst"),
  ])
  func `a file that cannot be leaves what runs, and says why`(text: String, why: String)
    async throws
  {
    let files = try WebFiles(users: WebFiles.users)
    let watch = try files.watch()
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      #expect(try await statuses(peer, .nobody, .viewer) == [401, 200])
      try files.write(text)
      for _ in 0..<3 { #expect(try await statuses(peer, .nobody, .viewer) == [401, 200]) }
      #expect(!watch.figures.isSuccessful)
      #expect(watch.problems.contains { $0.contains(why) }, "\(watch.problems)")
      try files.write(WebFiles.users + "# again\n")
      #expect(try await statuses(peer, .nobody, .viewer) == [401, 200])
      #expect(watch.figures.isSuccessful && watch.problems.isEmpty)
    }
  }

  /// Cut to nothing, then written: whoever looks in between sees less than is meant.
  @Test func `a file that is written in its place counts in the end, whenever it was looked at`()
    async throws
  {
    let files = try WebFiles(users: WebFiles.users + WebFiles.limit)
    let watch = try files.watch()
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      let other = "basic_auth_users: {eve: '\(WebFiles.hashOfAnn)'}\n\(WebFiles.limit)"
      let eve = AccessTests.Who.basic("eve", "secret of ann")
      for round in 1...60 {
        let (file, text) = (files.file, round % 2 == 0 ? WebFiles.users + WebFiles.limit : other)
        async let written: Void = offPool {
          let handle = try FileHandle(forWritingTo: URL(filePath: file))
          try handle.truncate(atOffset: 0)
          for _ in 0..<(round * 50) { sched_yield() }
          try handle.write(contentsOf: Data(text.utf8))
          try handle.close()
        }
        var isThere = false
        for _ in 0..<5 { _ = try await peer.get("/-/healthy", eve) }
        try await written
        let expected = round % 2 == 0 ? 401 : 200
        try await until("round \(round) counts", every: .milliseconds(5)) {
          isThere = try await peer.get("/-/healthy", eve).status == expected
          return isThere
        }
        #expect(isThere)
      }
      #expect(watch.figures.isSuccessful)
    }
  }

  @Test(arguments: [
    ("client_auth_type: RequireAndVerifyClientCert", "client_auth_type: VerifyClientCertIfGiven"),
    ("client_auth_type: RequireAndVerifyClientCert", "client_auth_type: RequireAnyClientCert"),
    ("client_auth_type: RequireAnyClientCert", "client_auth_type: RequestClientCert"),
    ("client_auth_type: VerifyClientCertIfGiven", "min_version: TLS13"),
    (
      "client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [a]",
      "client_auth_type: RequireAndVerifyClientCert"
    ),
    // Any certificate of any authority that the machine knows would do.
    (
      "client_auth_type: RequireAndVerifyClientCert",
      "min_version: TLS12, client_auth_type: RequireAndVerifyClientCert"
    ),
  ])
  func `what clients must show is not taken away while it runs`(before: String, after: String)
    async throws
  {
    let files = try WebFiles(hasTLS: true)
    func text(_ more: String) -> String {
      let hasAuthority = more.hasPrefix("client") && more.contains("erify")
      let authority = hasAuthority ? ", client_ca_file: server.pem" : ""
      return "tls_server_config: {cert_file: server.pem, key_file: server.key, \(more)\(authority)}"
    }
    try files.write(text(before))
    let watch = try files.watch()
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      for (attempt, isTaken) in [(after, false), (before, true)] {
        try files.write(text(attempt))
        _ = try await TLSAttempt.results(of: [TLSAttempt()], at: peer.port, in: files)
        #expect(watch.figures.isSuccessful == isTaken, "\(watch.problems)")
      }
    }
  }

  @Test func `what could not be read is read again, though nothing has changed`() async throws {
    let files = try WebFiles(users: WebFiles.users)
    let path = files.file
    let isAway = Mutex(false)
    let watch = try WebConfigWatch(path) {
      let problem = WebConfigRefused(problems: ["cannot be read: error 5"])
      return WebConfigRead(
        files: [path],
        result: isAway.withLock { $0 } ? .failure(problem) : .success(WebConfig()))
    }
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      isAway.withLock { $0 = true }
      try files.write("{}\n")
      #expect(try await statuses(peer, .nobody) == [200])
      #expect(!watch.figures.isSuccessful)
      isAway.withLock { $0 = false }
      try await until("it is read again") {
        _ = try await statuses(peer, .nobody)
        return watch.figures.isSuccessful
      }
    }
  }

  @Test func `a pipe is refused: it could be read once only`() throws {
    let files = try WebFiles()
    let pipe = files.path("pipe.yml")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    let reading = WebConfigFile.load(path: pipe)
    #expect(throws: ConfigProblems.self) { try reading.result.get() }
    #expect("\(reading.result)".contains("not a regular file"))
  }

  @Test func `a file that is gone leaves what runs`() async throws {
    let files = try WebFiles(users: WebFiles.users)
    let watch = try files.watch()
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      try FileManager.default.removeItem(atPath: files.file)
      #expect(try await statuses(peer, .nobody, .viewer) == [401, 200])
      #expect(!watch.figures.isSuccessful)
    }
  }

  @Test func `a start with a file that cannot be is none`() throws {
    let files = try WebFiles(users: WebFiles.users)
    try files.write("tls_server_config: {cert_file: web.yml, key_file: web.yml}\n")
    #expect(throws: WebConfigRefused.self) { try files.watch() }
    try files.makeCertificate("one", names: "DNS:one")
    try files.makeCertificate("two", names: "DNS:two")
    try files.write("tls_server_config: {cert_file: one.pem, key_file: two.key}\n")
    #expect(throws: WebConfigRefused.self) { try files.watch() }
    try files.write("tls_server_config: {cert_file: one.pem, key_file: one.key}\n")
    #expect(try files.watch().servesTLS)
  }

  @Test func `a new certificate is for new connections, and open ones live on`() async throws {
    let files = try WebFiles(hasTLS: true)
    let watch = try files.watch()
    try await serving(FakeAgent(), { $0.config = watch }) { peer in
      let open = try OpenConnection(port: peer.port, authority: "server.pem", in: files)
      #expect(try await open.ask() == "200")
      try files.makeCertificate("other", names: "DNS:localhost,IP:127.0.0.1")
      let certificate = try String(contentsOfFile: files.path("other.pem"), encoding: .utf8)
      let key = try String(contentsOfFile: files.path("other.key"), encoding: .utf8)
      let attempts = [TLSAttempt(), TLSAttempt(authority: "other.pem")]
      let old = try String(contentsOfFile: files.path("server.pem"), encoding: .utf8)
      try files.write(old, to: "authority.pem")
      let both = attempts.map { attempt in
        var attempt = attempt
        if attempt.authority == "server.pem" { attempt.authority = "authority.pem" }
        return attempt
      }
      // Half of the change: the certificate without its key. What runs stays.
      try files.write(certificate, to: "server.pem")
      let half = try await TLSAttempt.results(of: both, at: peer.port, in: files)
      #expect(half.map { $0.hasPrefix("200 ") } == [true, false])
      #expect(!watch.figures.isSuccessful)
      try files.write(key, to: "server.key")
      let whole = try await TLSAttempt.results(of: both, at: peer.port, in: files)
      #expect(whole.map { $0.hasPrefix("200 ") } == [false, true])
      #expect(watch.figures.isSuccessful)
      #expect(try await open.ask() == "200")
      await open.end()
    }
  }

  @Test func `TLS cannot be taken away while it runs, and can come`() async throws {
    let files = try WebFiles(hasTLS: true)
    let plain = try WebFiles()
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      try files.write("http_server_config: {http2: false}\n")
      let found = try await TLSAttempt.results(
        of: [TLSAttempt(isPlain: true), TLSAttempt()], at: peer.port, in: files)
      #expect(found.map { $0.hasPrefix("200") } == [false, true])
    }
    try await serving(FakeAgent(), { $0.config = try plain.watch() }) { peer in
      try plain.makeCertificate("server", names: "IP:127.0.0.1")
      try plain.write(WebFiles.tls)
      let found = try await TLSAttempt.results(
        of: [TLSAttempt(isPlain: true), TLSAttempt()], at: peer.port, in: plain)
      #expect(found.map { $0.hasPrefix("200") } == [false, true])
    }
  }

  @Test func `the rate is limited over all peers, and a burst passes`() async throws {
    let files = try WebFiles(more: "rate_limit: {interval: 1h, burst: 3}\n")
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      var found: [Int] = []
      for _ in 0..<5 { found.append(try await peer.get("/-/healthy").status) }
      #expect(found == [200, 200, 200, 429, 429])
      #expect(try await peer.get("/-/healthy").header("retry-after") == "1")
      // Another limit begins anew.
      try files.write("rate_limit: {interval: 1ms, burst: 1000}\n")
      let page = MetricsPage(try await peer.get("/metrics").text)
      #expect(page.value("breakwater_web_requests_refused_total", ["reason": "rate"]) == 3)
    }
  }

  @Test func `headers are as configured, and the others as ever`() async throws {
    let files = try WebFiles(
      more: """
        http_server_config:
          headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=9,
            Content-Security-Policy: "default-src 'none'"}

        """)
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      for path in ["/", "/metrics", "/nothing"] {
        let answer = try await peer.get(path)
        #expect(answer.header("x-frame-options") == "deny")
        #expect(answer.header("strict-transport-security") == "max-age=9")
        #expect(answer.header("content-security-policy") == "default-src 'none'")
        #expect(answer.header("x-content-type-options") == "nosniff")
        #expect(answer.header("cache-control") == "no-store")
        #expect(answer.header("cross-origin-resource-policy") == "same-origin")
      }
    }
  }
}

/// A client with one TLS connection, which it keeps while files change.
private final class OpenConnection: @unchecked Sendable {
  private let process = Process()
  private let asking = Pipe()
  private let answering = Pipe()

  private static let script = """
    import http.client, ssl, sys
    port, authority = sys.argv[1:]
    context = ssl.create_default_context(cafile=authority)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", int(port), timeout=300, context=context)
    connection.connect()
    connection.auto_open = 0
    for line in sys.stdin:
        try:
            connection.request("GET", "/-/healthy")
            answer = connection.getresponse()
            answer.read()
            print(answer.status, flush=True)
        except Exception as error:
            print(type(error).__name__, flush=True)
    """

  init(port: Int, authority: String, in files: WebFiles) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.script, "\(port)", files.path(authority)]
    process.standardInput = asking
    process.standardOutput = answering
    try process.run()
  }

  func ask() async throws -> String {
    try await offPool { [self] in
      try asking.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
      let line = answering.fileHandleForReading.availableData
      return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
  }

  func end() async {
    try? asking.fileHandleForWriting.close()
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [self] in
        process.waitUntilExit()
        continuation.resume()
      }
    }
  }
}
