import Agent
import Breaking
import ConfigFile
import Foundation
import MCPWire
import Signals
import Testing

struct RegistryTests {
  private func headers(
    _ type: String?, _ config: String?, environment: [String: String] = [:]
  ) throws -> [String] {
    let row = row {
      $0.authType = type
      $0.authConfig = config.map { Secret($0) }
    }
    let settings = try database([:], [row], environment: environment)
    #expect(settings.rowReasons == [])
    let headers = settings.mcps.first?.settings.target.http.headers ?? []
    #expect(!headers.contains { !$0.isCredential })
    return headers.map { "\($0.name): \($0.value.exposed)" }
  }

  @Test func aRowIsAnMCP() throws {
    let row = row {
      $0.description = "forecasts\r\nand\u{1} warnings"
      $0.transport = "http-streamable"
      $0.timeoutSeconds = 8
      $0.maxFailureCycles = 0
      $0.metaData = """
        {"interval": "1m30s", "labels": {"team": "d\\u00e4ta\\ud83d\\ude00", "area": 7},
         "checks": [], "owner": {"interval": 1}, "depth": 3}
        """
    }
    let settings = try database([:], [row])
    let mcp = try #require(settings.mcps.first)
    var expected = MCPSettings(
      name: "weather", target: ProbeTarget(url: "https://weather.example/mcp"))
    expected.target.transport = .http
    expected.description = "forecasts\nand? warnings"
    expected.labels = [Label(name: "area", value: "7"), Label(name: "team", value: "däta😀")]
    var own = OwnSettings()
    own.interval = .seconds(90)
    own.timeout = .seconds(8)
    own.breaker.maxFailureCycles = 0
    #expect(mcp == RegistryMCP(id: 7, settings: expected, own: own))
    #expect(settings.refusedRows.isEmpty && settings.doubts.isEmpty)
  }

  @Test(arguments: [
    (nil, TransportSetting.auto), ("http", .http), ("http-streamable", .http),
  ])
  func protocols(name: String?, expected: TransportSetting) throws {
    let settings = try database([:], [row { $0.transport = name }])
    #expect(settings.mcps.map(\.settings.target.transport) == [expected])
  }

  @Test(arguments: [
    ("45", 45_000), ("45.0", 45_000), ("0.25", 250), ("\"45s\"", 45_000), ("\"250ms\"", 250),
    ("1e2", 100_000),
  ])
  func intervals(text: String, milliseconds: Int) throws {
    let settings = try database([:], [row { $0.metaData = "{\"interval\": \(text)}" }])
    #expect(settings.mcps.map(\.own.interval) == [.milliseconds(milliseconds)])
  }

  @Test func secretsStandThereOrAreNamed() throws {
    #expect(try headers(nil, #"{"token": "x"}"#) == [])
    #expect(try headers("none", nil) == [])
    #expect(try headers("bearer", #"{"token": "pl\"ain"}"#) == ["Authorization: Bearer pl\"ain"])
    #expect(
      try headers("bearer", #"{"token": "env:TOKEN", "note": 1}"#, environment: ["TOKEN": "t"])
        == ["Authorization: Bearer t"])
    let file = Fixtures.directory.appending(path: "secrets/token").path()
    #expect(
      try headers("bearer", "{\"token\": \"file:\(file)\"}")
        == ["Authorization: Bearer t0ken-from-a-file"])
    #expect(try headers("api_key", #"{"api_key": "k"}"#) == ["X-API-Key: k"])
    #expect(try headers("api_key", #"{"header": "X-K", "key": "k"}"#) == ["X-K: k"])
    #expect(try headers("api_key", #"{"header_name": "X-K", "value": "k"}"#) == ["X-K: k"])
    let both = ["X-A: a", "X-B: b"]
    let environment = ["B": "b"]
    let nested = #"{"headers": {"X-A": "a", "X-B": "env:B"}, "x": 1}"#
    #expect(try headers("custom_headers", nested, environment: environment) == both)
    let flat = #"{"X-A": "a", "X-B": "env:B"}"#
    #expect(try headers("custom_headers", flat, environment: environment) == both)
  }

  @Test(arguments: [
    ("", nil, "name: must not be empty"),
    (String(repeating: "é", count: 101), nil, "name: longer than 100 characters"),
    ("a\nb", nil, "name: has a control character"),
    ("a", "", "url: must not be empty"),
    ("a", "weather.example", "url: must begin with http:// or https://"),
    (
      "a", "https://u:hunter2@a.example",
      "url: must not hold credentials; put them under auth_config"
    ),
    ("a", "https://a.example/#hunter2", "url: must not have a fragment (#)"),
  ])
  func aNameOrURLThatCannotBeSaysWhy(name: String, url: String?, reason: String) throws {
    let row = row {
      $0.name = name
      $0.url = url ?? $0.url
    }
    let settings = try database([:], [row, RegistryRow(id: 8, name: "b", url: "http://b.example")])
    let shown = name == "a\nb" ? "a?b" : String(name.prefix(100))
    #expect(settings.rowReasons == ["mcp_servers \"\(shown)\" (id 7): \(reason)"])
    #expect(settings.mcps.map(\.id) == [8])
  }

  private func reason(_ change: (inout RegistryRow) -> Void) throws -> String {
    let settings = try database([:], [row(7, change)])
    #expect(settings.mcps.isEmpty)
    let prefix = "mcp_servers \"weather\" (id 7): "
    let reason = try #require(settings.rowReasons.first)
    #expect(reason.hasPrefix(prefix))
    return String(reason.dropFirst(prefix.count))
  }

  @Test func aColumnThatCannotBeSaysWhy() throws {
    #expect(
      try reason { $0.transport = "htpt" }
        == "protocol: expected http or http-streamable or sse; did you mean \"http\"?")
    #expect(try reason { $0.timeoutSeconds = 0 } == "timeout_seconds: must be at least 1")
    #expect(
      try reason { $0.timeoutSeconds = 4_000_000_000 }
        == "timeout_seconds: must be at most 3153600000")
    #expect(try reason { $0.maxFailureCycles = -1 } == "max_failure_cycles: must be at least 0")
  }

  @Test(arguments: [
    (#"{"interval": "30"}"#, "interval: a duration needs a unit; write 30s"),
    (#"{"interval": 0.05}"#, "interval: must be at least 0.1"),
    (#"{"interval": "50ms"}"#, "interval: must be at least 100ms"),
    (#"{"interval": true}"#, "interval: expected a duration such as 30s or 1h30m, of at most 100y"),
    (#"{"interval": []}"#, "interval: expected a duration such as 30s, found a list"),
    (#"{"labels": {"mcp": "x"}}"#, "labels.mcp: a label that the agent's series have already"),
    (#"{"labels": {"a-b": "x"}}"#, "labels.a-b: not a label name: [a-zA-Z_][a-zA-Z0-9_]*"),
    (#"{"labels": {"__a": "x"}}"#, "labels.__a: label names that begin with __ are reserved"),
    (#"{"labels": {"a": {}}}"#, "labels.a: expected text, found a mapping"),
    (#"{"labels": []}"#, "labels: expected a mapping, found a list"),
    (#"{"checks": [{"name": "x"}]}"#, "checks[0].tool: required"),
    (
      #"{"checks": [{"tool": "x", "expect": {"matches": "("}}]}"#,
      "checks[0].expect.matches: error parsing regexp: missing closing ): `(`"
    ),
  ])
  func metaDataThatCannotBeSaysWhy(text: String, reason expected: String) throws {
    #expect(try reason { $0.metaData = text } == "meta_data.\(expected)")
  }

  @Test(arguments: [
    (
      "beare", nil,
      "auth_type: expected bearer or api_key or custom_headers; did you mean \"bearer\"?"
    ),
    ("bearer", nil, "auth_type: bearer needs an auth_config"),
    ("bearer", "{}", "auth_config.token: required"),
    ("bearer", #"{"token": null}"#, "auth_config.token: required"),
    ("bearer", #"{"token": ""}"#, "auth_config.token: must not be empty"),
    ("bearer", #"{"token": ["hunter2"]}"#, "auth_config.token: expected text, found a list"),
    ("bearer", #""hunter2""#, "auth_config: expected a mapping, found quoted text"),
    ("bearer", #"{"token": hunter2}"#, "auth_config: not JSON, or nested deeper than 128 levels"),
    ("bearer", #"{"token": "hunter2\n"}"#, "auth_config.token: has a control character"),
    (
      "bearer", #"{"token": "env:NOT_SET"}"#,
      "auth_config.token: the environment has no variable NOT_SET"
    ),
    (
      "bearer", #"{"token": "env:ODD"}"#,
      "auth_config.token: the environment's variable ODD is no header's value"
    ),
    (
      "bearer", #"{"token": "env:hunter2!"}"#,
      "auth_config.token: expected env: and the name of a variable, or file: and a path from the"
        + " root"
    ),
    (
      "bearer", #"{"token": "file:hunter2"}"#,
      "auth_config.token: expected env: and the name of a variable, or file: and a path from the"
        + " root"
    ),
    (
      "bearer", #"{"token": "file:/nowhere/key"}"#,
      "auth_config.token: \"/nowhere/key\" cannot be read: no such file"
    ),
    (
      "bearer", #"{"token": "file:/dev/zero"}"#,
      "auth_config.token: \"/dev/zero\" larger than 64 KiB"
    ),
    ("api_key", #"{"header": "X-K"}"#, "auth_config.api_key: required, or key, or value"),
    ("api_key", #"{"header": "Host", "key": "k"}"#, "auth_config.header: use host_header"),
    (
      "api_key", #"{"header_name": "a b", "key": "k"}"#,
      "auth_config.header_name: not a header name"
    ),
    (
      "custom_headers", #"{"headers": [1]}"#,
      "auth_config.headers: expected a mapping, found a list"
    ),
    (
      "custom_headers", #"{"Authorization: hunter2": "x"}"#,
      "auth_config: has a name that is no header's"
    ),
    (
      "custom_headers", #"{"X-A": "1", "x-a": "2"}"#, "auth_config.x-a: set twice"
    ),
    (
      "custom_headers", #"{"Accept": "x"}"#,
      "auth_config.Accept: a header that the agent sets itself"
    ),
  ])
  func credentialsThatCannotBeAreNotShown(
    type: String, config: String?, expected: String
  ) throws {
    let row = row {
      $0.authType = type
      $0.authConfig = config.map { Secret($0) }
    }
    let settings = try database([:], [row], environment: ["ODD": "hunter2\u{1}"])
    #expect(settings.rowReasons == ["mcp_servers \"weather\" (id 7): \(expected)"])
    #expect(!settings.rowReasons.joined().contains("hunter2"))
  }

  @Test func aNameIsTakenOnce() throws {
    let rows = [row(7), row(9), row(8) { $0.name = "maps" }]
    let settings = try database([:], rows, over: "mcps: [{name: maps, url: http://maps.example}]")
    #expect(
      settings.rowReasons == [
        "mcp_servers \"weather\" (id 9): name: same name as the row with id 7",
        "mcp_servers \"maps\" (id 8): name: same name as an MCP of the configuration file",
      ])
    #expect(settings.mcps.map(\.id) == [7])
  }

  @Test func credentialsWithoutTLSAreDoubted() throws {
    let row = row {
      $0.url = "http://weather.example"
      ($0.authType, $0.authConfig) = ("bearer", Secret(#"{"token": "x"}"#))
    }
    #expect(
      try database([:], [row]).doubts == [
        "mcp_servers \"weather\" (id 7): auth_config: credentials travel unencrypted: the url is"
          + " http, not https"
      ])
  }

  @Test func manyRowsAreRead() throws {
    let rows = (1...20_001).map {
      RegistryRow(id: Int64($0), name: "m\($0)", url: "http://a.example")
    }
    let alone = try database([:], rows)
    #expect(alone.mcps.count == 20_000)
    #expect(
      alone.rowReasons == ["mcp_servers: more than 20000 rows; those after them are left out"])
    let beside = try database([:], rows, over: "mcps: [{name: maps, url: http://maps.example}]")
    #expect(beside.mcps.count == 19_999, "those of the file count too")
    #expect(
      beside.rowReasons == ["mcp_servers: more than 19999 rows; those after them are left out"])
  }

  @Test(arguments: [
    (nil, nil, false), ("bearer", #"{"token": "env:A"}"#, false),
    ("bearer", #"{"token": "file:/a", "x": null}"#, false), ("bearer", #"{"token": "s"}"#, true),
    ("bearer", #"{"token": "env:s p"}"#, true), ("bearer", #"{"token": "file:a"}"#, true),
    ("bearer", #"{"token": 7}"#, true), (nil, #"{"token": "s"}"#, true), ("bearer", "s", true),
    ("api_key", #"{"header": "X-K", "key": "env:K"}"#, false),
    ("api_key", #"{"header": "X-K", "key": "k"}"#, true),
    ("custom_headers", #"{"headers": {"A": "env:A", "B": "b"}}"#, true),
    ("custom_headers", #"{"headers": {"A": "env:A"}}"#, false),
    ("custom_headers", #"{"header": "s"}"#, true), ("bearer", #"{"a": ["env:A"]}"#, true),
    ("bearer", #"{"a": {"a": {"a": {"a": {"a": {}}}}}}"#, true),
  ])
  func rowsThatHoldASecretAreNotKeptElsewhere(type: String?, config: String?, holds: Bool) {
    let row = row {
      $0.authType = type
      $0.authConfig = config.map { Secret($0) }
    }
    #expect(row.holdsPlainSecret == holds)
    var rows = DatabaseRows()
    rows.servers = [row]
    #expect(rows.withoutPlainSecrets.servers.isEmpty == holds)
  }

  @Test(arguments: [
    ("http://a.example/@scope/mcp", false), ("http://u:p@a.example/mcp", true),
    ("http://u:p@a.example", true), ("u:p@a.example/mcp", true), ("http://a.example/?q=@", false),
  ])
  func urlsWithCredentialsAreNotKeptElsewhere(url: String, holds: Bool) {
    #expect(row { $0.url = url }.holdsPlainSecret == holds)
  }
}
