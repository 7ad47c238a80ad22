import Agent
import Breaking
import ConfigFile
import Signals
import Testing

/// An MCP's own > its row > `omni2_config` > the file > the defaults (CONTRACT.md 2).
struct PrecedenceTests {
  /// Who says something, from the one that counts least.
  enum Place: Int, CaseIterable { case file, database, row, own }

  /// What came out for one MCP of the file and one of the registry.
  struct Outcome {
    var own: MCPSettings
    var row: MCPSettings
  }

  /// Each place says another number, so that the outcome tells whose it is; seconds or a count.
  static let numbers: [Place: Int] = [.file: 50, .database: 40, .row: 30, .own: 20]

  static let subsets: [Set<Place>] = (0..<16).map { bits in
    Set(Place.allCases.filter { bits >> $0.rawValue & 1 == 1 })
  }

  private func outcome(
    of places: Set<Place>, file: String, own: String, key: String, member: String,
    row: (inout RegistryRow) -> Void
  ) throws -> Outcome {
    let text = """
      \(places.contains(.file) ? file : "")
      mcps: [{name: own, url: http://a.example, \(places.contains(.own) ? own : "")}]
      """
    var registry = RegistryRow(id: 1, name: "row", url: "http://b.example")
    if places.contains(.row) { row(&registry) }
    let config = places.contains(.database) ? [key: "{\"\(member)\": 40}"] : [:]
    let read = try database(config, [registry], over: text)
    #expect(read.refusedConfig.isEmpty && read.refusedRows.isEmpty)
    let settings = try check(text).get().settings
    let mcps = settings.resolved(with: read).mcps
    try #require(mcps.map(\.name) == ["own", "row"])
    // What the database says does not stick to the file's settings.
    #expect(settings.resolved(with: DatabaseSettings()) == settings)
    return Outcome(own: mcps[0], row: mcps[1])
  }

  /// The number of the highest of `places` that says something; the default's when none does.
  private func expected(_ places: Set<Place>, from all: [Place], unset: Int) -> Int {
    all.filter(places.contains).map { Self.numbers[$0] ?? 0 }.last ?? unset
  }

  @Test(arguments: subsets)
  func threshold(places: Set<Place>) throws {
    // A row has no failure_threshold of its own.
    let outcome = try outcome(
      of: places, file: "circuit_breaker: {failure_threshold: 50}",
      own: "circuit_breaker: {failure_threshold: 20}", key: "circuit_breaker",
      member: "failure_threshold", row: { _ in })
    #expect(
      outcome.own.breaker.failureThreshold
        == expected(places, from: [.file, .database, .own], unset: 5))
    #expect(
      outcome.row.breaker.failureThreshold == expected(places, from: [.file, .database], unset: 5))
  }

  @Test(arguments: subsets)
  func maximumCycles(places: Set<Place>) throws {
    let outcome = try outcome(
      of: places, file: "circuit_breaker: {max_failure_cycles: 50}",
      own: "circuit_breaker: {max_failure_cycles: 20}", key: "circuit_breaker",
      member: "max_failure_cycles", row: { $0.maxFailureCycles = 30 })
    #expect(
      outcome.own.breaker.maxFailureCycles
        == expected(places, from: [.file, .database, .own], unset: 0))
    #expect(
      outcome.row.breaker.maxFailureCycles
        == expected(places, from: [.file, .database, .row], unset: 0))
  }

  @Test(arguments: subsets)
  func interval(places: Set<Place>) throws {
    let outcome = try outcome(
      of: places, file: "global: {probe_interval: 50s}", own: "probe: {interval: 20s}",
      key: "health_check", member: "interval_seconds",
      row: { $0.metaData = "{\"interval\": 30}" })
    #expect(
      outcome.own.interval
        == .seconds(expected(places, from: [.file, .database, .own], unset: 30)))
    #expect(
      outcome.row.interval
        == .seconds(expected(places, from: [.file, .database, .row], unset: 30)))
    #expect(outcome.own.timeout == .seconds(10))
  }

  /// The interval is a minute; `omni2_config` has no timeout.
  @Test(arguments: subsets)
  func timeout(places: Set<Place>) throws {
    let text = "global: {probe_interval: 1m"
    let outcome = try outcome(
      of: places.union([.file]),
      file: text + (places.contains(.file) ? ", probe_timeout: 50s}" : "}"),
      own: "probe: {timeout: 20s}", key: "session", member: "timeout_seconds",
      row: { $0.timeoutSeconds = 30 })
    #expect(outcome.own.timeout == .seconds(expected(places, from: [.file, .own], unset: 10)))
    #expect(outcome.row.timeout == .seconds(expected(places, from: [.file, .row], unset: 10)))
  }

  @Test func aTimeoutIsCutToTheIntervalOfTheDatabase() throws {
    let text = "{global: {probe_timeout: 20s}, mcps: [{name: own, url: http://a.example}]}"
    let slow = row {
      $0.timeoutSeconds = 30
      $0.metaData = "{\"interval\": \"1m\"}"
    }
    let quick = row(8) { ($0.name, $0.timeoutSeconds) = ("quick", 30) }
    let read = try database(
      ["health_check": "{\"interval_seconds\": 5}"], [slow, quick], over: text)
    let mcps = try file(text).resolved(with: read).mcps
    #expect(mcps.map(\.timeout) == [.seconds(5), .seconds(30), .seconds(5)])
  }

  /// OMNI2's column has a default of 3, which nobody may have meant; the switch counts for it.
  @Test func automaticDisablingIsSwitchedOffForRows() throws {
    let text = """
      circuit_breaker: {max_failure_cycles: 50}
      mcps:
        - {name: own, url: http://a.example, circuit_breaker: {max_failure_cycles: 20}}
        - {name: plain, url: http://a.example}
      """
    func cycles(_ isOn: Bool) throws -> [Int] {
      let value = "{\"auto_disable_enabled\": \(isOn), \"max_failure_cycles\": 40}"
      let rows = [row { $0.maxFailureCycles = 3 }, row(8) { $0.name = "none" }]
      let read = try database(["circuit_breaker": value], rows, over: text)
      return try file(text).resolved(with: read).mcps.map(\.breaker.maxFailureCycles)
    }
    #expect(try cycles(true) == [20, 40, 3, 40])
    #expect(try cycles(false) == [20, 0, 0, 0])
  }

  @Test func theRestOfAnMCPStaysAsTheFileHasIt() throws {
    let full = try Fixtures.parse("valid-full.yml").get().settings
    var config = DatabaseSettings()
    config.breaker.failureThreshold = 9
    config.interval = .seconds(45)
    let resolved = full.resolved(with: config)
    var expected = full
    for index in expected.mcps.indices { expected.mcps[index].breaker.failureThreshold = 9 }
    expected.mcps[0].breaker.failureThreshold = 3
    expected.mcps[1].interval = .seconds(45)
    expected.mcps[3].interval = .seconds(45)
    #expect(resolved == expected)
  }
}
