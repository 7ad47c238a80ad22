import Agent
import Breaking
import ConfigFile
import Foundation
import MCPWire
import Notifications
import Patterns
import Signals
import Testing

struct ValidFileTests {
  private let directory = Fixtures.directory.path()

  private func load(_ name: String) throws -> LoadedConfig {
    try ConfigFile.load(path: Fixtures.directory.appending(path: name).path())
  }

  @Test func everyValueOfAFullFileArrives() throws {
    let loaded = try load("valid-full.yml")
    #expect(loaded.warnings.map(\.message) == ["never made: expect_auth demands a 401"])
    let settings = loaded.settings
    var global = GlobalSettings()
    global.probeInterval = .seconds(60)
    global.probeTimeout = .seconds(20)
    global.evaluationInterval = .seconds(5)
    global.externalLabels = [
      Label(name: "area", value: "north\n1"), Label(name: "site", value: "lab"),
    ]
    #expect(settings.global == global)
    var storage = StorageSettings()
    storage.path = "/var/lib/breakwater"
    storage.eventRetention = .seconds(365 * 86_400)
    storage.sampleRetention = .fixed(.seconds(5400))
    #expect(settings.storage == storage)
    var logging = LoggingSettings()
    (logging.threadName, logging.threadID) = (false, true)
    #expect(settings.logging == logging)
    var postgres = PostgresSettings()
    postgres.url = Secret("postgresql://omni@db1:5435,[::1]/omni?sslmode=verify-full")
    postgres.schema = "Health_2"
    postgres.registry = false
    postgres.log = .changes
    #expect(settings.postgres == postgres)
    #expect(settings.mcps.map(\.name) == ["weather", "wetter \u{2600}", "quick", "guarded"])
    #expect(settings.mcps.first == weather)
    #expect(settings.notifications == notifications)
  }

  private var notifications: NotificationSettings {
    var route = Route(receiver: "chat")
    route.groupBy = .labels(["alertname", "mcp"])
    route.groupWait = .zero
    route.groupInterval = .seconds(120)
    route.repeatInterval = .seconds(3600)
    var webhook = WebhookSettings(
      url: Secret("https://chat.example/hook/t0ken-from-a-file?thread=1"))
    var http = HTTPSettings()
    http.headers = [
      .init(
        name: "Authorization", value: Secret("Bearer t0ken-from-a-file"), isCredential: true,
        source: .file(directory + "secrets/token", prefix: "Bearer ")),
      .init(name: "X-Tenant", value: Secret("a"), isCredential: false),
    ]
    http.connectTo = "::127.0.0.1:8443"
    webhook.maxAlerts = 20
    webhook.signingSecret = Secret("signing-t0ken")
    var short = WebhookSettings(url: Secret("http://127.0.0.1:9000/hook"))
    short.signingSecret = Secret("in line")
    var chat = Receiver(name: "chat")
    chat.integrations = [Integration(.webhook(webhook)), Integration(.webhook(short))]
    chat.integrations[0].http = http
    chat.integrations[0].sendResolved = false
    chat.integrations[0].timeout = .seconds(5)
    var settings = NotificationSettings()
    settings.route = route
    settings.receivers = [Receiver(name: "nobody"), chat]
    settings.externalLabels = [
      Label(name: "area", value: "north\n1"), Label(name: "site", value: "lab"),
    ]
    return settings
  }

  @Test func aRouteAndAReceiverNeedNotSayMore() throws {
    let text = """
      route: {receiver: chat}
      receivers: [{name: chat, webhook_configs: [{url: "http://[::1]/hook"}]}]
      """
    let settings = try check(text).get().settings.notifications
    #expect(settings.route == Route(receiver: "chat"))
    #expect(settings.route?.groupWait == .seconds(30))
    #expect(settings.route?.groupInterval == .seconds(300))
    #expect(settings.route?.repeatInterval == .seconds(14_400))
    #expect(
      settings.receivers.first?.integrations == [
        Integration(.webhook(WebhookSettings(url: Secret("http://[::1]/hook"))))
      ])
  }

  @Test(arguments: [
    ("[]", Route.GroupBy.labels([])), ("", .labels([])), ("['...']", .allLabels),
    ("[...]", .allLabels), ("[b, a]", .labels(["a", "b"])),
  ])
  func labelsToGroupByAreRead(text: String, expected: Route.GroupBy) throws {
    let text = "route: {receiver: chat, group_by: \(text)}\nreceivers: [{name: chat}]"
    #expect(try check(text).get().settings.notifications.route?.groupBy == expected)
  }

  private var sharedBreaker: Breaker.Settings {
    var breaker = Breaker.Settings()
    breaker.failureThreshold = 4
    breaker.recoveryTimeout = .seconds(45)
    breaker.backoff.multiplier = 1.5
    breaker.backoff.max = .seconds(1200)
    breaker.backoff.jitter = 0.25
    breaker.halfOpenMaxCalls = 2
    breaker.successThreshold = 3
    breaker.maxFailureCycles = 7
    breaker.healthyPeriod = .seconds(7200)
    return breaker
  }

  private var checks: [ToolCheck] {
    var forecast = ToolCheck(name: "forecast", tool: "forecast")
    forecast.arguments =
      #"{"city":"Bremen","days":16,"nested":[true,null,1.50,"a b"],"quoted":"1"}"#
    var rain = ToolCheck(name: "rain", tool: "forecast")
    rain.expectation.isError = true
    rain.expectation.pointer = JSONPointer("/content/0/text")
    rain.expectation.matches = try? Pattern("ra?in")
    rain.expectation.maxDuration = .seconds(2)
    return [forecast, rain]
  }

  @Test func aTokenComesFromWhereTheFileSays() throws {
    let settings = try load("valid-full.yml").settings
    let http = try #require(settings.mcps.last?.target.http)
    var oauth2 = OAuth2Settings(
      clientID: "breakwater",
      clientSecret: StoredSecret(Secret("t0ken-from-a-file"), file: directory + "secrets/token"),
      tokenURL: "https://login.example/token")
    oauth2.scopes = ["read", "mcp:probe"]
    oauth2.parameters = [.init(name: "audience", value: Secret("mcp"))]
    oauth2.resource = "https://guarded.example/"
    oauth2.method = .basic
    oauth2.proxyURL = Secret("http://proxy.example:3128")
    oauth2.tls.caFile = directory + "secrets/ca.pem"
    oauth2.tls.maxVersion = .tls13
    #expect(http.oauth2 == oauth2)
    #expect(http.hasCredentials)
    #expect(http.tls.ca == Secret("-----BEGIN CERTIFICATE-----"))
    #expect(http.tls.maxVersion == .tls12)
    #expect(settings.mcps.dropLast().last?.target.transport == .sse)
  }

  @Test func addressesAndPathsToServeAreRead() throws {
    let settings = try load("valid-full.yml").settings
    #expect(
      settings.addressPolicy.deny.map(\.description) == [
        "10.0.0.0/8", "fd00::/8", "192.168.0.0/16",
      ])
    #expect(settings.addressPolicy.allow.map(\.description) == ["10.1.2.3"])
    #expect(settings.servesProbe)
    #expect(settings.allowedHosts == ["breakwater.example", "monitor"])
    #expect(try !check("").get().settings.servesProbe)
  }

  private var weather: MCPSettings {
    var target = ProbeTarget(url: "https://weather.example/mcp?units=si")
    target.transport = .http
    target.expectsAuth = true
    target.http.headers = [
      .init(
        name: "Authorization", value: Secret("Token t0ken-from-a-file"), isCredential: true,
        source: .file(directory + "secrets/token", prefix: "Token ")),
      .init(name: "X-Tenant", value: Secret("a"), isCredential: false),
      .init(name: "X-Tenant", value: Secret("b"), isCredential: false),
      .init(name: "X-Api-Key", value: Secret("inline"), isCredential: true),
      .init(
        name: "X-Api-Key", value: Secret("t0ken-from-a-file"), isCredential: true,
        source: .file(directory + "secrets/token", prefix: "")),
    ]
    target.http.proxyURL = Secret("http://proxy-user:proxy-password@proxy.example:3128")
    target.http.hostHeader = "weather.example:8443"
    target.http.connectTo = "weather.example:443:[::1]:8443"
    target.http.tls.caFile = directory + "secrets/ca.pem"
    target.http.tls.certFile = directory + "secrets/client.pem"
    target.http.tls.keyFile = directory + "secrets/client.key"
    target.http.tls.serverName = "inner.example"
    target.http.tls.minVersion = .tls12
    target.checks = checks
    var mcp = MCPSettings(name: "weather", target: target)
    mcp.description = "forecasts\nand warnings\n"
    mcp.interval = .milliseconds(500)
    mcp.timeout = .milliseconds(250)
    mcp.depth = .catalogue
    mcp.catalogueInterval = nil
    mcp.enabled = false
    mcp.labels = [
      Label(name: "Stage", value: ""), Label(name: "area", value: "0x1F"),
      Label(name: "team", value: "data"),
    ]
    mcp.breaker = sharedBreaker
    mcp.breaker.enabled = false
    mcp.breaker.failureThreshold = 3
    mcp.breaker.backoff.max = .seconds(1800)
    return mcp
  }

  @Test func whatAnMCPDoesNotSayIsTakenFromTheFile() throws {
    let mcps = try load("valid-full.yml").settings.mcps
    try #require(mcps.count == 4)
    let wetter = mcps[1]
    var expected = MCPSettings(
      name: "wetter \u{2600}", target: ProbeTarget(url: "HTTP://[::1]:8080"))
    expected.interval = .seconds(60)
    expected.timeout = .seconds(20)
    expected.breaker = sharedBreaker
    let credentials = Data("user:pa:ss word".utf8).base64EncodedString()
    expected.target.http.headers = [
      .init(
        name: "Authorization", value: Secret("Basic \(credentials)"), isCredential: true,
        source: .login(
          username: StoredSecret(Secret("user")),
          password: StoredSecret(Secret("pa:ss word"), file: directory + "secrets/password")))
    ]
    #expect(wetter == expected)
    // The file's timeout of 20s does not fit into an interval of 2s.
    #expect(mcps[2].interval == .seconds(2))
    #expect(mcps[2].timeout == .seconds(2))
  }

  @Test(arguments: ["", "# nothing yet\n", "---\n", "null\n", "{}", "\u{FEFF}mcps: []\n"])
  func nothingWrittenIsAllDefaults(text: String) throws {
    #expect(try check(text).get() == ConfigFile.parse(text: "{}", file: "x", directory: ""))
    #expect(try check(text).get().settings == Settings())
  }

  @Test func sectionsThatAreCommentedOutAreAllDefaults() throws {
    #expect(try load("valid-empty-sections.yml").settings == Settings())
  }

  @Test func aWarningNamesItsPlaceAndDoesNotRefuse() throws {
    let warnings = try Fixtures.parse("valid-warnings.yml").get().warnings.map(\.description)
    #expect(
      warnings == [
        "valid-warnings.yml:5:7: mcps[0].http: credentials travel unencrypted:"
          + " the url is http, not https",
        "valid-warnings.yml:6:19: mcps[0].http.tls_config: insecure_skip_verify:"
          + " anyone may pose as this server",
        "valid-warnings.yml:7:63: route.repeat_interval: repeat_interval (5m) is below"
          + " group_interval (10m), before which nothing is repeated",
        "valid-warnings.yml:12:22: receivers[0].webhook_configs[0].http_config: credentials travel"
          + " unencrypted: the url is http, not https",
      ])
  }

  /// Interval and timeout as written in the file and at the MCP, and the timeout that comes out.
  @Test(arguments: [
    ("", "", 10_000), ("probe_interval: 4s", "", 4000), ("", "interval: 3s", 3000),
    ("probe_interval: 4s", "interval: 1m", 10_000), ("probe_timeout: 25s", "", 25_000),
    ("probe_timeout: 25s", "interval: 20s", 20_000),
    ("probe_timeout: 25s", "interval: 1m, timeout: 50s", 50_000),
    ("probe_timeout: 30s", "timeout: 30s", 30_000), ("", "interval: 100ms", 100),
  ])
  func theTimeoutFollowsFromWhatIsWritten(global: String, probe: String, expected: Int) throws {
    let text = """
      global: {\(global)}
      mcps: [{name: a, url: http://a.example, probe: {\(probe)}}]
      """
    let mcp = try #require(try check(text).get().settings.mcps.first)
    #expect(mcp.timeout == .milliseconds(expected))
  }

  @Test(arguments: [
    "http://a", "https://a.example:65535/p?q=1&r=%20", "http://127.0.0.1:1",
    "http://[fe80::1%25eth0]:80/",
    "HTTPS://A.example/~x/(y);z=1,2", "http://a?x", "http://a.example./",
  ])
  func usableURLs(url: String) throws {
    let text = "mcps: [{name: a, url: '\(url)'}]"
    #expect(try check(text).get().settings.mcps.map(\.target.url) == [url])
    #expect(try ConfigFile.serverURL(url) == url)
  }
}
