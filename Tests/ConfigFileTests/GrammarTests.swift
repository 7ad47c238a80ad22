import ConfigFile
import Testing

/// Every key of CONTRACT.md 2, so that none is forgotten and none is ignored.
struct GrammarTests {
  private static let mcp = "mcps: [{name: a, url: http://a.example"

  private static let breaker = [
    "enabled", "failure_threshold", "recovery_timeout", "backoff", "half_open_max_calls",
    "success_threshold", "max_failure_cycles", "healthy_period",
  ]
  private static let backoff = ["multiplier", "max", "jitter"]

  /// Keys that are read, with what stands before and after them.
  static let read: [(before: String, keys: [String], after: String)] = [
    (
      "",
      [
        "global", "storage", "postgres", "circuit_breaker", "mcps", "rule_files", "route",
        "receivers", "logging", "address_policy", "web",
      ], ""
    ),
    (
      "global: {",
      [
        "probe_interval", "probe_timeout", "evaluation_interval", "rule_query_offset",
        "external_labels",
      ], "}"
    ),
    ("address_policy: {", ["deny", "allow"], "}"),
    ("web: {", ["enable_probe"], "}"),
    ("logging: {", ["thread_name", "thread_id"], "}"),
    ("storage: {", ["path", "retention"], "}"),
    ("storage: {retention: {", ["events", "samples"], "}}"),
    ("postgres: {", ["url", "url_file", "schema", "registry", "log"], "}"),
    ("circuit_breaker: {", breaker, "}"),
    ("circuit_breaker: {backoff: {", backoff, "}}"),
    ("mcps: [{", ["name", "url"], "}]"),
    (
      mcp + ", ",
      [
        "description", "transport", "probe", "catalogue_interval", "enabled", "labels", "http",
        "circuit_breaker", "expect_auth", "checks",
      ], "}]"
    ),
    (mcp + ", circuit_breaker: {", breaker, "}}]"),
    (mcp + ", circuit_breaker: {backoff: {", backoff, "}}}]"),
    (mcp + ", probe: {", ["interval", "timeout", "depth"], "}}]"),
    (
      mcp + ", http: {",
      [
        "authorization", "basic_auth", "tls_config", "proxy_url", "proxy_url_file", "http_headers",
        "host_header", "connect_to", "follow_redirects", "oauth2",
      ], "}}]"
    ),
    (mcp + ", http: {authorization: {", ["type", "credentials", "credentials_file"], "}}}]"),
    (
      mcp + ", http: {basic_auth: {",
      ["username", "username_file", "password", "password_file"], "}}}]"
    ),
    (
      mcp + ", http: {oauth2: {",
      [
        "client_id", "client_secret", "client_secret_file", "token_url", "scopes",
        "endpoint_params", "resource", "auth_method", "proxy_url", "proxy_url_file", "tls_config",
      ], "}}}]"
    ),
    (mcp + ", checks: [{", ["name", "tool", "arguments", "expect"], "}]}]"),
    (
      mcp + ", checks: [{tool: t, expect: {", ["is_error", "pointer", "matches", "max_duration"],
      "}}]}]"
    ),
    (mcp + ", http: {http_headers: {X-A: {", ["values", "secrets", "files"], "}}}}]"),
    (
      mcp + ", http: {tls_config: {",
      [
        "ca", "ca_file", "cert", "cert_file", "key", "key_file", "server_name",
        "insecure_skip_verify", "min_version", "max_version",
      ], "}}}]"
    ),
    (
      "route: {",
      ["receiver", "group_by", "group_wait", "group_interval", "repeat_interval", "routes"], "}"
    ),
    (
      "receivers: [{",
      [
        "name", "webhook_configs", "slack_configs", "mattermost_configs", "discord_configs",
        "msteamsv2_configs", "telegram_configs", "matrix_configs",
      ], "}]"
    ),
    (
      "receivers: [{name: a, webhook_configs: [{",
      [
        "url", "url_file", "http_config", "send_resolved", "max_alerts", "timeout",
        "signing_secret", "signing_secret_file",
      ], "}]}]"
    ),
    (
      "receivers: [{name: a, webhook_configs: [{url: http://a.example, http_config: {",
      ["authorization", "basic_auth", "tls_config", "proxy_url", "connect_to"], "}}]}]"
    ),
  ]

  /// Keys whose value is a list; all others get one to refuse.
  private static func isList(_ key: String) -> Bool {
    key.hasSuffix("_configs")
      || [
        "mcps", "values", "secrets", "files", "receivers", "group_by", "routes", "rule_files",
        "deny", "allow", "checks", "scopes",
      ].contains(key)
  }

  /// A value that suits no key draws a word from each that is read.
  @Test(arguments: GrammarTests.read)
  func everyKeyOfThisStepIsRead(before: String, keys: [String], after: String) {
    for key in keys {
      let value = Self.isList(key) ? "{}" : "[{}]"
      let text = "\(before)\(key): \(value)\(after)"
      let found = problems(in: text).joined(separator: "\n")
      #expect(found.contains("\(key): expected"), "\(text)")
      #expect(!found.contains("unknown key"), "\(text)")
    }
  }

  static let later: [(key: String, step: Int?)] = [
    ("file_sd_configs", nil), ("inhibit_rules", 7), ("time_intervals", 7), ("alertmanagers", 7),
    ("remote_write", nil),
  ]

  /// Refused whatever the value, also when there is none.
  @Test(arguments: ["[]", "{}", "", "null", "x"])
  func everyKeyOfALaterStepIsRefused(value: String) {
    for (key, step) in Self.later {
      let message = step.map { "not yet: comes with step \($0)" } ?? "not yet"
      #expect(problems(in: "\(key): \(value)") == ["test.yml:1:1: \(key): \(message)"])
    }
  }

  @Test(arguments: [
    ("probe_intervall", "probe_interval"), ("probeinterval", "probe_interval"),
    ("porbe_timeout", "probe_timeout"), ("timeout", nil), ("x", nil), ("", nil),
    ("external-labels", "external_labels"),
  ])
  func theNearestNameIsOffered(typed: String, meant: String?) throws {
    guard case .failure(let failure) = check("global: {'\(typed)': 1}") else {
      Issue.record("taken for valid")
      return
    }
    #expect(failure.problems.map(\.message) == ["unknown key"])
    #expect(failure.problems.first?.nearest == meant)
  }
}
