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
        "receivers", "logging", "address_policy", "web", "inhibit_rules", "time_intervals",
        "mute_time_intervals", "templates", "alertmanagers",
      ], ""
    ),
    (
      "global: {",
      [
        "probe_interval", "probe_timeout", "evaluation_interval", "rule_query_offset",
        "external_labels", "slack_api_url", "slack_api_url_file", "mattermost_webhook_url",
        "telegram_api_url", "telegram_bot_token", "resolve_timeout",
      ], "}"
    ),
    ("address_policy: {", ["deny", "allow"], "}"),
    ("web: {", ["enable_probe", "allowed_hosts"], "}"),
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
  ]

  /// Keys whose value is a list; all others get one to refuse.
  static func isList(_ key: String) -> Bool {
    key.hasSuffix("_configs")
      || [
        "mcps", "values", "secrets", "files", "receivers", "group_by", "routes", "rule_files",
        "deny", "allow", "allowed_hosts", "checks", "scopes", "inhibit_rules", "time_intervals",
        "mute_time_intervals", "active_time_intervals", "templates", "alertmanagers", "matchers",
        "source_matchers", "target_matchers", "equal", "times", "weekdays", "days_of_month",
        "months", "years", "fields", "actions", "attachments", "mrkdwn_in",
      ].contains(key)
  }

  /// A value that suits no key draws a word from each that is read.
  @Test(arguments: GrammarTests.read + GrammarTests.notifications)
  func everyKeyOfThisStepIsRead(before: String, keys: [String], after: String) {
    for key in keys {
      let value = Self.isList(key) ? "{}" : "[{}]"
      let text = "\(before)\(key): \(value)\(after)"
      let found = problems(in: text).joined(separator: "\n")
      #expect(found.contains("\(key): expected"), "\(text)")
      #expect(!found.contains("unknown key"), "\(text)")
    }
  }

  /// Refused whatever the value, also when there is none.
  @Test(arguments: ["[]", "{}", "", "null", "x"])
  func everyKeyThatComesLaterIsRefused(value: String) {
    for key in ["file_sd_configs", "remote_write"] {
      #expect(problems(in: "\(key): \(value)") == ["test.yml:1:1: \(key): not yet"])
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
