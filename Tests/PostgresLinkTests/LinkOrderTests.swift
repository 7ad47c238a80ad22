import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkOrderTests {
  @Test func anotherDatabaseGetsWhatIsStillWaiting() async throws {
    let first = try await LinkDatabase.shared()
    let second = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(first.url())
    bench.grow(200)
    try await first.untilAllIsThere(bench.feed)
    try await until("all is released") { bench.feed.rowsLeft == 0 }
    bench.configure(second.url())
    bench.grow(200)
    try await second.untilAllIsThere(bench.feed)
    #expect(try await second.log(of: bench.feed) == "200|200|201|400|0")
    #expect(try await first.log(of: bench.feed) == "200|200|1|200|0")
    // And back: the first has its own cursor.
    bench.configure(first.url())
    bench.grow(200)
    try await first.untilAllIsThere(bench.feed)
    #expect(try await first.log(of: bench.feed) == "400|400|1|600|0")
    #expect(bench.connections == 3 && bench.figures.failures.allSatisfy { $0 == 0 })
  }

  @Test func anotherSchemaIsMadeAndWrittenTo() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    bench.configure(database.url()) { $0.schema = "other" }
    bench.grow(100)
    try await until("the other schema has the rest") {
      try await database.value("SELECT count(*) FROM other.mcp_health_log") == "100"
    }
    #expect(try await database.log(of: bench.feed) == "100|100|1|100|0")
  }

  @Test func postgresIsTakenAwayAndComesAgain() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    #expect(bench.link.figures == nil)
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    bench.link.configure(nil)
    #expect(bench.link.figures == nil)
    try await until("the session is over") { try await database.backend() == nil }
    bench.grow(300)
    bench.configure(database.url())
    #expect(bench.link.figures != nil)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.figures.failures.allSatisfy { $0 == 0 })
  }

  /// It is down from the order on, not from the first failure on.
  @Test func aLinkThatIsToGoElsewhereIsDownUntilItIsThere() async throws {
    let database = try await LinkDatabase.shared()
    let proxy = TCPProxy(to: database.cluster.port, mode: .blackHole)
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    bench.configure(database.url(port: proxy.port, parameters: "connect_timeout=60"))
    try await until("it connects elsewhere") { proxy.accepted == 1 }
    #expect(!bench.isUp && bench.figures.failures.allSatisfy { $0 == 0 })
    proxy.set(.forward)
    try await bench.untilUp()
  }

  @Test func aRegistryThatIsTurnedOffHasNoRows() async throws {
    let database = try await LinkDatabase.shared(OMNI2.tables + OMNI2.rows)
    let bench = try LinkBench()
    bench.configure(database.url())
    try await until("the rows are told") {
      bench.deliveries.last?.servers.map(\.name) == ["alpha", "beta"]
    }
    #expect(bench.deliveries.last?.config.map(\.key) == ["hot_reload"])
    bench.configure(database.url()) { $0.registry = false }
    try await until("there are none") { bench.deliveries.last?.servers.isEmpty == true }
    #expect(bench.deliveries.last?.config.map(\.key) == ["hot_reload"])
    bench.configure(database.url()) {
      $0.registry = true
      $0.log = .changes
    }
    try await until("they are back") { bench.deliveries.last?.servers.count == 2 }
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  @Test func MCPsOfTheFileComeAndGoInOneSession() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url(), servers: [])
    try await bench.untilUp()
    bench.configure(database.url())
    try await until("they have rows") { try await Self.active(database) == "m0+m1+m2+m3+m4" }
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    bench.configure(database.url(), servers: [LinkedServer(name: "m3", url: "http://m3/mcp")])
    try await until("one is left") { try await Self.active(database) == "m3" }
    try await database.expectAll(bench.feed)
    #expect(bench.connections == 1 && bench.deliveries.allSatisfy { $0.servers.isEmpty })
  }

  private static func active(_ database: LinkDatabase) async throws -> String {
    try await database.value(
      """
      SELECT string_agg(name, '+' ORDER BY name) FROM omni2.mcp_servers WHERE status = 'active'
      """)
  }

  /// Orders at random, faster than they can be followed: the last one counts.
  @Test func theLastOfManyOrdersIsFollowed() async throws {
    let databases = [try await LinkDatabase.shared(), try await LinkDatabase.shared()]
    let bench = try LinkBench()
    let feed = bench.feed
    var random = SeededRandom(seed: 21)
    for _ in 0..<200 {
      bench.grow(5)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bench.link.configure(nil)
      case 1: bench.configure(databases[0].url())
      case 2: bench.configure(databases[1].url())
      default: bench.configure(databases[1].url(), poll: .seconds(5))
      }
      await Task.yield()
    }
    bench.configure(databases[0].url())
    try await databases[0].untilAllIsThere(feed)
    var sum = 0
    for database in databases
    where try await database.value(
      "SELECT to_regclass('omni2.mcp_health_log') IS NOT NULL") == "t"
    {
      let counts = try await database.log(of: feed).split(separator: "|").compactMap { Int($0) }
      #expect(counts.first == counts.dropFirst().first)
      sum += counts.first ?? 0
    }
    // What one had committed when the link was sent away may be in both.
    #expect(sum >= Int(feed.lastSequence))
  }
}
