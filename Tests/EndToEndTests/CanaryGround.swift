import Foundation
import TestSupport

/// A configuration with a secret of its own in every key that may hold one.
final class CanaryGround {
  /// Whether a secret stands in the configuration itself, or in a file that `KEY_file` names.
  enum Form: String, CaseIterable, Sendable { case inline, file }

  let form: Form
  let scratch: Scratch
  let echo: ScriptedReceiver
  /// By `SECTION KEY` of the reference.
  private(set) var planted: [String: String] = [:]
  /// Those that somebody must have been sent as they are.
  private(set) var mustBeSent: Set<String> = []
  private var count = 0

  init(_ form: Form) throws {
    self.form = form
    scratch = try Scratch()
    echo = ScriptedReceiver(answer: Self.answer)
  }

  var canaries: [String] { planted.values.sorted() }

  /// What everybody answers: all that they were sent. Tokens, and what Slack takes, come first.
  private static func answer(_ request: ScriptedReceiver.Request) -> ScriptedReceiver.Answer {
    let json = ["Content-Type: application/json"]
    if request.line.contains("/token") {
      return .status(200, headers: json, body: #"{"access_token": "of-the-endpoint"}"#)
    }
    let names = ["authorization", "proxy-authorization", "x-key", "x-file"]
    let values = names.compactMap { request.headers[$0] }
    let plain = values.compactMap { $0.split(separator: " ").last }
      .compactMap { Data(base64Encoded: String($0)) }
      .map { String(decoding: $0, as: UTF8.self) }
    let said = ([request.line] + values + plain).joined(separator: " ").replacing("\"", with: "'")
    if request.line.contains("chat.postMessage") {
      return .status(200, headers: json, body: #"{"ok": false, "error": "\#(said)"}"#)
    }
    let status = request.line.contains("/mcp") ? 401 : 400
    return .status(
      status,
      headers: json + ["WWW-Authenticate: Bearer error=\"x\", error_description=\"\(said)\""],
      body: #"{"message": "\#(said)", "error": "\#(said)", "errcode": "M_X", "ok": false}"#)
  }

  private var server: String { "http://127.0.0.1:\(echo.port)" }

  /// A new one for this key; its letters mean the same in a URL, a header and YAML.
  func canary(_ section: String, _ key: String, isSent: Bool = true) -> String {
    count += 1
    let canary = "canary\(count)x3fd1c0de"
    planted["\(section) \(key)"] = canary
    if isSent { mustBeSent.insert(canary) }
    return canary
  }

  /// `key: secret`, or `key_file: path`.
  private func secret(
    _ section: String, _ key: String, isSent: Bool = true, _ whole: (String) -> String = { $0 }
  ) throws -> String {
    let text = whole(canary(section, key, isSent: isSent))
    let name = key.split(separator: ".").last.map(String.init) ?? key
    guard form == .file else { return "\(name): '\(text)'" }
    return "\(name)_file: '\(try scratch.write("secret-\(count)", text + "\n").path)'"
  }

  private func url(_ section: String, _ key: String, _ path: String) throws -> String {
    try secret(section, key) { "\(server)/\(path)/\($0)" }
  }

  private func proxy(_ section: String, isSent: Bool = true) throws -> String {
    try secret(section, "proxy_url", isSent: isSent) {
      "http://u:\($0)@127.0.0.1:\(echo.port)"
    }
  }
}

extension CanaryGround {
  /// The whole file. `postgres`: a URL for a password.
  func configuration(postgres: (String) -> String) throws -> String {
    try """
    global:
      probe_interval: 1s
      evaluation_interval: 1s
      \(url("global", "slack_api_url", "chat"))
      \(url("global", "mattermost_webhook_url", "chat"))
      telegram_api_url: \(server)
      \(secret("global", "telegram_bot_token"))
    circuit_breaker: {failure_threshold: 2}
    postgres:
      \(secret("postgres", "url", isSent: false, postgres))
    alertmanagers:
    - \(url("alertmanagers", "url", "am"))
    rule_files: [rules.yml]
    route: {receiver: all, group_wait: 0s, group_by: [alertname]}
    receivers:
    - name: all
      webhook_configs:
      - \(url("webhook_configs", "url", "hook"))
        \(secret("webhook_configs", "signing_secret", isSent: false))
        \(secret("webhook_configs", "signing_secret_next", isSent: false))
      slack_configs:
      - {}
      - \(url("slack_configs", "api_url", "chat"))
      - \(secret("slack_configs", "app_token"))
        app_url: \(server)/api/chat.postMessage
        channel: '#a'
      mattermost_configs:
      - {}
      - \(url("mattermost_configs", "webhook_url", "chat"))
      discord_configs:
      - \(url("discord_configs", "webhook_url", "chat"))
      msteamsv2_configs:
      - \(url("msteamsv2_configs", "webhook_url", "chat"))
      telegram_configs:
      - {chat_id: 1}
      - \(secret("telegram_configs", "bot_token"))
        chat_id: 1
      matrix_configs:
      - homeserver_url: \(server)
        room_id: '!a:b'
        \(secret("matrix_configs", "access_token"))
    mcps:
    \(mcps())

    """
  }

  private func mcps() throws -> String {
    try """
    - name: bearer
      url: \(server)/mcp
      http:
        authorization:
          \(secret("http", "authorization.credentials"))
        http_headers:
          X-Key: {secrets: [\(canary("http", "http_headers.NAME.secrets"))]}
          X-File: {files: [\(listed())]}
    - name: basic
      url: \(server)/mcp
      http:
        basic_auth:
          \(secret("http", "basic_auth.username"))
          \(secret("http", "basic_auth.password"))
    - name: proxied
      url: http://mcp.example/mcp
      http:
        \(proxy("http"))
    - name: tokened
      url: \(server)/mcp
      http:
        oauth2:
          client_id: u
          \(secret("oauth2", "client_secret"))
          token_url: http://127.0.0.1:1/token
          \(proxy("oauth2"))
    - name: locked
      url: https://127.0.0.1:\(echo.port)/mcp
      http:
        tls_config:
          ca: |
    \(pem("ca", "server.pem"))
          cert: |
    \(pem("cert", "server.pem"))
          key: |
    \(pem("key", "server.key"))
    """
  }

  private func listed() throws -> String {
    let text = canary("http", "http_headers.NAME.files")
    return try scratch.write("secret-\(count)", text + "\n").path
  }

  /// Text before the first line of PEM is allowed, and ignored by who reads it.
  private func pem(_ key: String, _ file: String) throws -> String {
    let text = try String(contentsOf: scratch.path(file), encoding: .utf8)
    let lines =
      [canary("tls_config", key, isSent: false)] + text.split(separator: "\n").map(String.init)
    return lines.map { "        \($0)" }.joined(separator: "\n")
  }
}

/// Finds a secret in whatever it may have been made into.
struct CanarySearch {
  private var forms: [(name: String, bytes: Data)] = []

  init(_ canaries: [String]) {
    for canary in canaries {
      let bytes = Array(canary.utf8)
      var texts = [canary, bytes.map { String($0, radix: 16) }.joined()]
      // Within a longer text it may begin at each of three places of its base64.
      for shift in 0..<3 {
        let whole = Data(Array(repeating: 0x75, count: shift) + bytes).base64EncodedString()
        texts.append(String(whole.dropFirst(4).dropLast(4)))
      }
      forms += texts.map { (canary, Data($0.utf8)) }
    }
  }

  /// The secrets that are in there.
  func found(in bytes: Data) -> [String] {
    Set(forms.filter { bytes.range(of: $0.bytes) != nil }.map(\.name)).sorted()
  }
}
