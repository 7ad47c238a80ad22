import Agent
import Breaking
import ConfigFile
import Signals
import Testing

struct DatabaseConfigTests {
  @Test func everyKeyArrives() throws {
    let settings = try database([
      "circuit_breaker": """
      {"enabled": false, "failure_threshold": 3.0, "timeout_seconds": 60, "half_open_max_calls": 2,
       "max_failure_cycles": 4, "auto_disable_enabled": true}
      """,
      "health_check": #"{"interval_seconds": 12.5}"#,
      "hot_reload": #"{"interval_seconds": 5}"#,
      "thread_logging":
        #"{"enabled": true, "include_thread_name": false, "include_thread_id": true}"#,
    ])
    var breaker = Breaker.Patch()
    breaker.enabled = false
    breaker.failureThreshold = 3
    breaker.recoveryTimeout = .seconds(60)
    breaker.halfOpenMaxCalls = 2
    breaker.maxFailureCycles = 4
    var logging = DatabaseSettings.ThreadLogging()
    (logging.enabled, logging.includesName, logging.includesID) = (true, false, true)
    #expect(settings.breaker == breaker)
    #expect(settings.autoDisables)
    #expect(settings.interval == .milliseconds(12_500))
    #expect(settings.pollInterval == .seconds(5))
    #expect(settings.threadLogging == logging)
    #expect(settings.refusedConfig.isEmpty && settings.doubts.isEmpty)
    #expect(settings.config.count == 4)
  }

  @Test func whatOMNI2KeepsBesidesIsNotRefused() throws {
    let settings = try database([
      "circuit_breaker": """
      {"enabled": true, "failure_threshold": 5, "timeout_seconds": 60, "half_open_max_calls": 3,
       "max_failure_cycles": 3, "auto_disable_enabled": true, "exempt": ["a", {"b": [[]]}],
       "recovery": null, "success_threshold": 2}
      """,
      "health_check":
        #"{"enabled": true, "interval_seconds": 30, "max_interval_seconds": 300, "retries": 2}"#,
      "hot_reload": #"{"enabled": true, "interval_seconds": null}"#,
      "session": "7", "": "not even JSON",
    ])
    #expect(settings.refusedConfig.isEmpty)
    #expect(settings.doubts.isEmpty)
    #expect(settings.breaker.failureThreshold == 5)
    #expect(settings.pollInterval == .seconds(30))
  }

  @Test func aSlipOfThePenIsDoubtedAndNotRefused() throws {
    let settings = try database(["circuit_breaker": #"{"failure_treshold": 3, "enabled": true}"#])
    #expect(settings.breaker.enabled == true)
    #expect(
      settings.doubts == [
        "omni2_config circuit_breaker.failure_treshold: not read; did you mean"
          + " \"failure_threshold\"?"
      ])
  }

  @Test(arguments: [
    ("circuit_breaker", #"{"failure_threshold": 0}"#, "failure_threshold: must be at least 1"),
    (
      "circuit_breaker", #"{"failure_threshold": 1.5}"#,
      "failure_threshold: expected a whole number"
    ),
    (
      "circuit_breaker", #"{"failure_threshold": "3"}"#,
      "failure_threshold: expected a whole number, found quoted text"
    ),
    (
      "circuit_breaker", #"{"failure_threshold": 1e400}"#,
      "failure_threshold: expected a whole number"
    ),
    (
      "circuit_breaker", #"{"enabled": "yes"}"#,
      "enabled: expected true or false, found quoted text"
    ),
    ("circuit_breaker", #"{"enabled": 1}"#, "enabled: expected true or false"),
    ("circuit_breaker", #"{"timeout_seconds": 0}"#, "timeout_seconds: must be at least 0.001"),
    (
      "circuit_breaker", #"{"timeout_seconds": 601}"#,
      "timeout_seconds: above backoff.max (10m) of the configuration file; raise that first"
    ),
    (
      "circuit_breaker", #"{"half_open_max_calls": []}"#,
      "half_open_max_calls: expected a whole number, found a list"
    ),
    ("circuit_breaker", #"{"max_failure_cycles": -1}"#, "max_failure_cycles: must be at least 0"),
    (
      "circuit_breaker", #"{"max_failure_cycles": 1000001}"#,
      "max_failure_cycles: must be at most 1000000"
    ),
    (
      "circuit_breaker", #"{"auto_disable_enabled": {}}"#,
      "auto_disable_enabled: expected true or false, found a mapping"
    ),
    ("health_check", #"{"interval_seconds": 0.05}"#, "interval_seconds: must be at least 0.1"),
    (
      "health_check", #"{"interval_seconds": "30s"}"#,
      "interval_seconds: expected a number, found quoted text"
    ),
    ("hot_reload", #"{"interval_seconds": 0.5}"#, "interval_seconds: must be at least 1"),
    ("hot_reload", #"{"interval_seconds": 3601}"#, "interval_seconds: must be at most 3600"),
    ("thread_logging", #"{"include_thread_id": 7}"#, "include_thread_id: expected true or false"),
  ])
  func aValueThatCannotBeSaysWhy(key: String, value: String, reason: String) throws {
    let settings = try database([key: value])
    #expect(settings.refusedConfig == [.init(name: key, reason: "omni2_config \(key).\(reason)")])
    var empty = DatabaseSettings()
    empty.refusedConfig = settings.refusedConfig
    #expect(settings == empty)
  }

  @Test(arguments: [
    ("[1]", "expected a mapping, found a list"), ("7", "expected a mapping"),
    (#""{}""#, "expected a mapping, found quoted text"),
    ("", "not JSON, or nested deeper than 128 levels"),
    ("{enabled: true}", "not JSON, or nested deeper than 128 levels"),
    (String(repeating: "[", count: 100_000), "not JSON, or nested deeper than 128 levels"),
    ("\"" + String(repeating: "x", count: 1 << 20) + "\"", "larger than 1024 KiB"),
  ])
  func whatIsNoObjectIsRefusedAsAWhole(value: String, reason: String) throws {
    let settings = try database(["hot_reload": value])
    #expect(settings.configReasons == ["omni2_config hot_reload: \(reason)"])
  }

  @Test func severalProblemsAreOneRefusal() throws {
    let settings = try database([
      "circuit_breaker": """
      {"enabled": 0, "failure_threshold": 0, "half_open_max_calls": 0, "max_failure_cycles": -1}
      """
    ])
    #expect(
      settings.configReasons == [
        "omni2_config circuit_breaker.enabled: expected true or false;"
          + " circuit_breaker.failure_threshold: must be at least 1;"
          + " circuit_breaker.half_open_max_calls: must be at least 1; 1 more"
      ])
  }

  private static let quick = """
    mcps:
      - {name: quiet, url: http://a.example}
      - name: weather
        url: http://b.example
        probe: {timeout: 8s}
        circuit_breaker: {backoff: {max: 1m}}
    """

  @Test func aValueThatDoesNotFitAnMCPOfTheFileNamesIt() throws {
    let settings = try database(
      [
        "circuit_breaker": #"{"timeout_seconds": 61, "failure_threshold": 2}"#,
        "health_check": #"{"interval_seconds": 7}"#,
      ], over: Self.quick)
    #expect(
      settings.configReasons == [
        "omni2_config circuit_breaker.timeout_seconds: above backoff.max (1m) of MCP \"weather\";"
          + " raise that first",
        "omni2_config health_check.interval_seconds: below the timeout (8s) of MCP \"weather\" in"
          + " the configuration file",
      ])
    #expect(settings.breaker == Breaker.Patch())
    #expect(settings.interval == nil)
  }

  @Test func aBadValueKeepsTheOneBefore() throws {
    let good = #"{"failure_threshold": 3}"#
    let bad = #"{"failure_threshold": "three", "max_failure_cycles": 9}"#
    let first = try database(["circuit_breaker": good])
    let second = try database(["circuit_breaker": bad], keeping: first)
    let third = try database(["circuit_breaker": bad], keeping: second)
    for settings in [second, third] {
      #expect(settings.breaker == first.breaker)
      #expect(settings.refusedConfig.map(\.name) == ["circuit_breaker"])
      #expect(settings.config == [ConfigRow(key: "circuit_breaker", value: good)])
    }
    // Gone from the table, or inactive: the file counts again.
    #expect(try database([:], keeping: third) == DatabaseSettings())
  }

  @Test func theOneBeforeIsKeptOnlyWhileItCanBe() throws {
    let first = try database(["health_check": #"{"interval_seconds": 7}"#])
    #expect(first.interval == .seconds(7))
    let second = try database(
      ["health_check": #"{"interval_seconds": "x"}"#], over: Self.quick, keeping: first)
    #expect(second.interval == nil)
    #expect(second.refusedConfig.count == 1)
  }

  @Test func whatIsNewIsToldOnce() throws {
    let first = try database(["circuit_breaker": #"{"failure_threshold": 5, "enabled": true}"#])
    #expect(
      first.news(since: DatabaseSettings()).map(\.detail) == ["unset -> true", "unset -> 5"])
    #expect(first.news(since: first).isEmpty)
    let second = try database(
      [
        "circuit_breaker": #"{"failure_threshold": 3}"#,
        "health_check": #"{"interval_seconds": 2.5}"#, "hot_reload": "x",
      ], [row { $0.url = "ftp://a" }], keeping: first)
    let row = "mcp_servers \"weather\" (id 7): url: must begin with http:// or https://"
    let expected = [
      DatabaseNews(
        type: .configChanged, subject: "circuit_breaker.enabled", detail: "true -> unset"),
      DatabaseNews(
        type: .configChanged, subject: "circuit_breaker.failure_threshold", detail: "5 -> 3"),
      DatabaseNews(
        type: .configChanged, subject: "health_check.interval_seconds", detail: "unset -> 2.5"),
      DatabaseNews(
        type: .configRefused, subject: "hot_reload",
        detail: "omni2_config hot_reload: not JSON, or nested deeper than 128 levels"),
      DatabaseNews(type: .registryRowRefused, subject: "weather", detail: row),
    ]
    #expect(second.news(since: first) == expected)
    #expect(second.news(since: second).isEmpty)
  }

  @Test func manyRefusedRowsAreToldUpToABound() throws {
    let rows = (1...150).map { id in row(Int64(id)) { $0.url = "" } }
    let news = try database([:], rows).news(since: DatabaseSettings())
    #expect(news.count == 101)
    #expect(news.last?.detail == "mcp_servers: 50 more rows cannot be watched")
  }
}
