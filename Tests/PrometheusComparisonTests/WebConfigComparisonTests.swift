import Agent
import ConfigFile
import Foundation
import Signals
import TestSupport
import Testing

/// Web configurations, read by us and by Debian's promtool.
@Suite(.timeLimit(.minutes(2))) struct WebConfigComparisonTests {
  private static let tls = "cert_file: server.pem, key_file: server.key"
  private static let hash = "$2y$10$" + String(repeating: "a", count: 53)

  /// What is to come of a file.
  enum Verdict {
    /// Both take it.
    case good
    /// Neither takes it; what we say, behind the name of the file.
    case bad(String)
    /// Only we take it: promtool does not know the key yet.
    case ours
    /// Only we refuse it.
    case oursAlone(String)
    /// We refuse it, in a key that promtool does not know.
    case oursBad(String)
  }

  static let rows: [(text: String, verdict: Verdict)] = [
    ("", .good), ("# nothing\n", .good), ("tls_server_config:\n", .good),
    ("basic_auth_users: {}", .good), ("http_server_config: {http2: true}", .good),
    ("tls_server_config: {\(tls)}", .good),
    ("tls_server_config: {min_version: TLS12}", .good),
    ("tls_server_config: {\(tls), min_version: TLS10, max_version: TLS13}", .good),
    (
      "tls_server_config: {\(tls), cipher_suites: [TLS_AES_128_GCM_SHA256, "
        + "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]}", .good
    ),
    ("tls_server_config: {\(tls), curve_preferences: [X25519, CurveP521]}", .good),
    ("tls_server_config: {\(tls), prefer_server_cipher_suites: false}", .good),
    (
      "tls_server_config: {\(tls), client_auth_type: RequireAndVerifyClientCert, "
        + "client_ca_file: server.pem}", .good
    ),
    ("tls_server_config: {\(tls), client_auth_type: RequireAnyClientCert}", .good),
    ("basic_auth_users: {ann: '\(hash)', bob: '\(hash)'}", .good),
    ("http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: q}}", .good),
    ("http_server_config: {headers: {X-Content-Type-Options: nosniff}}", .good),
    ("http_server_config: {headers: {X-XSS-Protection: ''}}", .good),

    ("tls_server_config: {\(tls), client_auth_type: RequireClientCert}", .good),
    ("tls_server_config: {\(tls), client_auth_type: ''}", .good),
    ("tls_server_config: {\(tls), client_auth_type: null, client_ca_file: ''}", .good),
    ("tls_server_config: {\(tls), prefer_server_cipher_suites: True}", .good),
    ("http_server_config: {http2: yes, headers: {Content-Security-Policy: null}}", .good),
    ("rate_limit: {interval: 0.5s, burst: 1}", .ours),
    ("rate_limit: {interval: 1m500us, burst: 1}", .ours),
    (
      "rate_limit: {interval: 1x, burst: 1}",
      .oursBad("rate_limit.interval: expected a duration such as 500ms or 1m30s")
    ),
    (
      "tls_server_config: {\(tls), client_allowed_sans: []}",
      .oursBad("tls_server_config.client_allowed_sans: no client could come in")
    ),
    (
      "tls_server_config: {cert_file: server.pem, key_file: '-----BEGIN PRIVATE KEY-----'}",
      .bad("tls_server_config.key_file: PEM where a path is expected: set key")
    ),
    (
      "basic_auth_users: {'\(hash)': ann}",
      .bad("basic_auth_users[\"...\"]: not a bcrypt hash")
    ),

    ("rate_limits: {}", .bad(#"1:1: rate_limits: unknown key; did you mean "rate_limit"?"#)),
    ("tls: {}", .bad("1:1: tls: unknown key")),
    (
      "{",
      .bad(
        "1:2: not YAML: while parsing a flow node on line 2: did not find expected node content")
    ),
    (
      "tls_server_config: {cert_file: server.pem}",
      .bad("1:20: tls_server_config.key_file: required beside the certificate")
    ),
    (
      "tls_server_config: {key_file: server.key}",
      .bad("1:20: tls_server_config.cert_file: required: cert and key, or cert_file and key_file")
    ),
    (
      "tls_server_config: {cert_file: gone, key_file: server.key}",
      .bad(#"1:32: tls_server_config.cert_file: "DIR/gone" cannot be read: no such file"#)
    ),
    (
      "tls_server_config: {\(tls), client_ca_file: server.pem}",
      .bad(
        "1:82: tls_server_config.client_ca_file: set client_auth_type beside it: "
          + "no client is asked for one")
    ),
    (
      "tls_server_config: {\(tls), client_auth_type: RequireAll}",
      .bad(
        "1:84: tls_server_config.client_auth_type: expected NoClientCert or RequestClientCert or "
          + "RequireAnyClientCert or VerifyClientCertIfGiven or RequireAndVerifyClientCert")
    ),
    (
      "tls_server_config: {\(tls), cipher_suites: [TLS_FOO]}",
      .bad("tls_server_config.cipher_suites[0]: expected TLS_RSA_WITH_AES_128_CBC_SHA or")
    ),
    (
      "tls_server_config: {\(tls), min_version: TLS14}",
      .bad(
        "1:79: tls_server_config.min_version: expected TLS10 or TLS11 or TLS12 or TLS13; "
          + #"did you mean "TLS10"?"#)
    ),
    (
      "tls_server_config: {\(tls), curve_preferences: [P256]}",
      .bad("tls_server_config.curve_preferences[0]: expected CurveP256 or")
    ),
    (
      "basic_auth_users: {ann: secret}",
      .bad(
        "1:25: basic_auth_users.ann: not a bcrypt hash: 60 characters that begin with $2y$; "
          + "make one with htpasswd -nBC 10")
    ),
    ("basic_auth_users: [ann]", .bad("1:19: basic_auth_users: expected a mapping, found a list")),
    (
      "http_server_config: {headers: {X-Frame-Options: DENY}}",
      .bad("1:49: http_server_config.headers.X-Frame-Options: expected deny or sameorigin")
    ),
    (
      "http_server_config: {headers: {X-Frame-Option: deny}}",
      .bad(
        "1:48: http_server_config.headers.X-Frame-Option: a header that cannot be set; "
          + #"did you mean "X-Frame-Options"?"#)
    ),
    (
      "http_server_config: {http2: maybe}",
      .bad("1:29: http_server_config.http2: expected true or false")
    ),

    ("rate_limit: {interval: 1s, burst: 5}", .ours), ("rate_limit: {}", .ours),
    ("tls_server_config: {\(tls), client_allowed_sans: [a, 10.0.0.1]}", .ours),
    (
      "basic_auth_users: {ann: '\(hash)'}\nbreakwater_roles: {ann: operator}", .ours
    ),
    (
      "rate_limit: {interval: 1s}",
      .oursBad("1:13: rate_limit.burst: at least 1, or no request would pass")
    ),
    (
      "breakwater_roles: {ann: operator}",
      .oursBad("1:25: breakwater_roles.ann: no user in basic_auth_users has this name")
    ),
    (
      "basic_auth_users: {ann: '\(hash)'}\nbreakwater_roles: {anne: viewer}",
      .oursBad(
        "2:26: breakwater_roles.anne: no user in basic_auth_users has this name; "
          + #"did you mean "ann"?"#)
    ),
    (
      "basic_auth_users: {ann: '\(hash)'}\nbreakwater_roles: {ann: admin}",
      .oursBad("2:25: breakwater_roles.ann: expected viewer or operator")
    ),
    (
      "tls_server_config: {\(tls), min_version: TLS13, max_version: TLS12}",
      .oursAlone("1:99: tls_server_config.max_version: below min_version")
    ),
    (
      "basic_auth_users: {'a:b': '\(hash)'}",
      .oursAlone(
        "1:27: basic_auth_users[\"a:b\"]: no user can have this name: it is empty or has a colon")
    ),
    (
      "basic_auth_users: {ann: '$2y$31$\(String(repeating: "a", count: 53))'}",
      .oursAlone("1:25: basic_auth_users.ann: a cost above 18: one check would take minutes")
    ),
  ]

  @Test func `each file is taken or refused, with its place`() async throws {
    let scratch = try Scratch()
    try scratch.makeCertificate("server", names: "DNS:a")
    for (text, verdict) in Self.rows {
      let file = try scratch.write("web.yml", text)
      let result = WebConfigFile.load(path: file.path).result
      var found: [String] = []
      if case .failure(let error) = result { found = error.problems.map(\.description) }
      switch verdict {
      case .good, .ours: #expect(found.isEmpty, "\(text)")
      case .bad(let why), .oursAlone(let why), .oursBad(let why):
        let expected = why.replacing("DIR", with: scratch.directory.path)
        #expect(found.count == 1 && found[0].contains(expected), "\(text)\n\(found)")
      }
    }
  }

  @Test(.enabled(if: Peer.isInstalled("promtool"), "no promtool on PATH: nothing to compare with"))
  func `promtool says the same`() async throws {
    let scratch = try Scratch()
    try scratch.makeCertificate("server", names: "DNS:a")
    for (text, verdict) in Self.rows {
      let file = try scratch.write("web.yml", text)
      let theirs = try await runCommand(
        "promtool", ["check", "web-config", file.path], in: scratch)
      let isGood =
        switch verdict {
        case .good, .oursAlone: true
        case .bad, .ours, .oursBad: false
        }
      #expect((theirs.status == 0) == isGood, "\(text)\n\(theirs.output)\(theirs.errors)")
    }
  }

  @Test func `what is read is what is written`() throws {
    let scratch = try Scratch()
    try scratch.makeCertificate("server", names: "DNS:a")
    let text = """
      tls_server_config:
        cert_file: server.pem
        key_file: server.key
        client_auth_type: VerifyClientCertIfGiven
        client_ca_file: server.pem
        client_allowed_sans: [a]
        min_version: TLS11
        max_version: TLS12
        cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
        curve_preferences: [X25519MLKEM768]
      http_server_config: {headers: {X-Frame-Options: deny}}
      basic_auth_users: {bob: '\(Self.hash)', ann: '\(Self.hash)'}
      breakwater_roles: {ann: operator}
      rate_limit: {interval: 20ms, burst: 7}
      """
    let reading = WebConfigFile.load(path: try scratch.write("web.yml", text).path)
    let names = ["web.yml", "server.pem", "server.key", "server.pem"]
    #expect(reading.files.map { $0.split(separator: "/").last.map(String.init) } == names)
    let config = try reading.result.get().config
    let tls = try #require(config.tls)
    #expect(tls.key.exposed.hasPrefix("-----BEGIN PRIVATE KEY-----"))
    #expect(tls.certificates == tls.clientAuthorities)
    #expect(tls.clientAuthentication == .verifyIfGiven && tls.clientNames == ["a"])
    #expect(tls.minVersion == .tls11 && tls.maxVersion == .tls12)
    #expect(tls.cipherSuites == [.ecdheRSAAES128GCM] && tls.curves == [.x25519MLKEM768])
    #expect(config.headers == [WebConfig.Header(name: "X-Frame-Options", value: "deny")])
    #expect(config.users.map(\.name) == ["ann", "bob"])
    #expect(config.users.map(\.role) == [.operator, .viewer])
    #expect(config.rateLimit == WebConfig.RateLimit(interval: .milliseconds(20), burst: 7))
    #expect(!"\(config)".contains(Self.hash) && !"\(config)".contains("PRIVATE"))
  }

  @Test func `a key that everybody can read is told of`() throws {
    let scratch = try Scratch()
    try scratch.makeCertificate("server", names: "DNS:a")
    let file = try scratch.write("web.yml", "tls_server_config: {\(Self.tls)}")
    let key = scratch.path("server.key").path
    for (mode, isTold) in [(0o644, true), (0o640, false), (0o600, false)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
      let warnings = try WebConfigFile.load(path: file.path).result.get().warnings
      let expected = isTold ? ["every user of this machine can read \"\(key)\""] : []
      #expect(warnings.map(\.message) == expected)
    }
  }
}
