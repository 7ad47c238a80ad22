import Agent
import Foundation
import Synchronization
import TestSupport
import Testing
import WebServer

/// `tls_server_config`, judged from the other side by OpenSSL.
@Suite(.timeLimit(.minutes(15))) struct TLSTests {
  private static let server = "cert_file: server.pem, key_file: server.key"

  /// What comes of attempts at a server with this `tls_server_config`.
  private func results(
    _ keys: String, _ attempts: [TLSAttempt], prepare: (WebFiles) throws -> Void = { _ in }
  ) async throws -> [String] {
    let files = try WebFiles(hasTLS: true)
    try prepare(files)
    try files.write("tls_server_config: {\(Self.server)\(keys.isEmpty ? "" : ", ")\(keys)}\n")
    var results: [String] = []
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      results = try await TLSAttempt.results(of: attempts, at: peer.port, in: files)
    }
    return results
  }

  @Test(arguments: [
    ("", ["refused", "refused", "200 TLSv1.2", "200 TLSv1.3"]),
    ("min_version: TLS13", ["refused", "refused", "refused", "200 TLSv1.3"]),
    ("max_version: TLS12", ["refused", "refused", "200 TLSv1.2", "refused"]),
    ("min_version: TLS10", ["200 TLSv1", "200 TLSv1.1", "200 TLSv1.2", "200 TLSv1.3"]),
    ("cipher_suites: [TLS_AES_128_GCM_SHA256]", ["refused", "refused", "refused", "200 TLSv1.3"]),
  ])
  func `the versions are those that are allowed`(keys: String, expected: [String]) async throws {
    let versions = ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"]
    let found = try await results(keys, versions.map { TLSAttempt(least: $0, most: $0) })
    #expect(found.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == expected)
  }

  @Test(arguments: ServerTLS.CipherSuite.allCases.filter { !$0.isOfTLS13 })
  func `a cipher suite is the one that is chosen`(suite: ServerTLS.CipherSuite) async throws {
    let isECDSA = suite.rawValue.contains("_ECDSA_")
    for isRSA in [false, true] {
      let found = try await results(
        "cipher_suites: [\(suite.rawValue)]", [TLSAttempt(least: "TLSv1_2", most: "TLSv1_2")]
      ) { files in
        if isRSA { try files.scratch.makeCertificate("server", names: Self.names, isRSA: true) }
      }
      let words = found.first?.split(separator: " ") ?? []
      guard isECDSA != isRSA else {
        #expect(found == ["refused"])
        continue
      }
      #expect(words.prefix(2) == ["200", "TLSv1.2"])
      // OpenSSL's own name for the same: ECDHE-RSA-AES128-GCM-SHA256.
      let name = words.last.map { $0.replacing("-", with: "") } ?? ""
      for part in suite.rawValue.split(separator: "_")
      where part.count > 3 && part != "WITH" && !part.hasPrefix("SHA") {
        #expect(name.contains(part.replacing("128", with: "").replacing("256", with: "")))
      }
    }
  }

  private static let names = "DNS:localhost,IP:127.0.0.1"

  /// A client's handshake is over before the server has judged it: what it sends at once is there.
  @Test(arguments: ["TLSv1_2", "TLSv1_3"])
  func `a client whose name may not come in asks for nothing`(version: String) async throws {
    let files = try WebFiles(hasTLS: true)
    try files.makeCertificate("authority", names: "DNS:authority")
    for name in ["good", "bad"] {
      try files.makeCertificate(name, names: "DNS:\(name).example", by: "authority")
    }
    try files.write(
      "tls_server_config: {\(Self.server), client_auth_type: RequireAndVerifyClientCert, "
        + "client_ca_file: authority.pem, client_allowed_sans: [good.example]}")
    let script = """
      import os, socket, ssl, sys
      port, directory, name, version = sys.argv[1:]
      context = ssl.create_default_context(cafile=os.path.join(directory, "server.pem"))
      context.maximum_version = getattr(ssl.TLSVersion, version)
      file = os.path.join(directory, name)
      context.load_cert_chain(file + ".pem", file + ".key")
      plain = socket.create_connection(("127.0.0.1", int(port)), timeout=300)
      client = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=True)
      try:
          head = b" HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 0\\r\\n\\r\\n"
          for _ in range(20):
              client.sendall(b"POST /-/reload" + head)
          client.sendall(b"GET /-/healthy HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
          while client.recv(65536):
              pass
      except OSError:
          pass
      """
    let agent = FakeAgent()
    try await serving(
      agent,
      {
        $0.config = try files.watch()
        $0.enableLifecycle = true
      }
    ) { peer in
      for (name, reloads) in [("bad", 0), ("good", 20)] {
        let words = [
          "python3", "-c", script, "\(peer.port)", files.scratch.directory.path, name, version,
        ]
        try await offPool { try Command.run(words) }
        #expect(agent.script.withLock { $0.reloads } == reloads, "\(name)")
      }
    }
  }

  @Test func `a curve is the one that is chosen`() async throws {
    let attempts = ["prime256v1", "secp384r1", "X25519"].map { TLSAttempt(curve: $0) }
    let found = try await results("curve_preferences: [CurveP384]", attempts)
    #expect(found.map { $0.hasPrefix("200 ") } == [false, true, false])
  }

  @Test(arguments: [
    // Who has none, one of the authority, one of nobody.
    ("NoClientCert", "", [true, true, true]),
    ("RequestClientCert", "", [true, true, true]),
    ("RequireAnyClientCert", "", [false, true, true]),
    ("VerifyClientCertIfGiven", "", [true, true, false]),
    ("RequireAndVerifyClientCert", "", [false, true, false]),
    ("RequireAndVerifyClientCert", "client_allowed_sans: [ours.example]", [false, true, false]),
    ("RequireAndVerifyClientCert", "client_allowed_sans: [10.0.0.7]", [false, true, false]),
    ("RequireAndVerifyClientCert", "client_allowed_sans: ['spiffe://a/b']", [false, true, false]),
    ("RequireAndVerifyClientCert", "client_allowed_sans: [else.example]", [false, false, false]),
    ("VerifyClientCertIfGiven", "client_allowed_sans: [else.example]", [true, false, false]),
    ("RequireAnyClientCert", "client_allowed_sans: [else.example]", [false, false, true]),
  ])
  func `a client's certificate is asked for and judged`(
    type: String, more: String, expected: [Bool]
  ) async throws {
    let authority = type == "NoClientCert" ? "" : ", client_ca_file: authority.pem"
    let attempts = [nil, "ours", "stranger"].flatMap { name in
      ["TLSv1_2", "TLSv1_3"].map { TLSAttempt(certificate: name, least: $0, most: $0) }
    }
    let found = try await results(
      "client_auth_type: \(type)\(authority)\(more.isEmpty ? "" : ", ")\(more)", attempts
    ) { files in
      try files.makeCertificate("authority", names: "DNS:authority")
      try files.makeCertificate(
        "ours", names: "DNS:ours.example,IP:10.0.0.7,URI:spiffe://a/b", by: "authority")
      try files.makeCertificate("stranger", names: "DNS:else.example")
    }
    #expect(found.map { $0.hasPrefix("200 ") } == expected.flatMap { [$0, $0] })
  }

  @Test func `handshakes that fail are counted and plain HTTP is none`() async throws {
    let files = try WebFiles(hasTLS: true)
    try await serving(FakeAgent(), { $0.config = try files.watch() }) { peer in
      let found = try await TLSAttempt.results(
        of: [TLSAttempt(isPlain: true), TLSAttempt(most: "TLSv1_1"), TLSAttempt()],
        at: peer.port, in: files)
      #expect(found[0] == "refused" && found[1] == "refused" && found[2].hasPrefix("200 "))
      let page = MetricsPage(try await metrics(of: peer, in: files))
      #expect(page.value("breakwater_web_requests_refused_total", ["reason": "tls"]) == 2)
      #expect(page.value("breakwater_web_config_last_reload_successful", [:]) == 1)
    }
  }

  private func metrics(of peer: Peer, in files: WebFiles) async throws -> String {
    let (port, authority, page) = (peer.port, files.path("server.pem"), files.path("page"))
    try await offPool {
      try Command.run([
        "curl", "-sf", "--cacert", authority, "-o", page, "https://127.0.0.1:\(port)/metrics",
      ])
    }
    return try String(contentsOfFile: page, encoding: .utf8)
  }
}
