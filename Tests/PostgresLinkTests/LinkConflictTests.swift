import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkConflictTests {
  @Test func rowsThatAnotherSessionHoldsAreWrittenWhenItLetsGo() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench(limits: .hasty)
    bench.configure(database.url())
    try await bench.untilUp()
    let other = try Link().open(database.url())
    try other.run(
      script: "BEGIN; SELECT FROM omni2.mcp_servers FOR UPDATE", within: .seconds(10))
    bench.grow(500)
    try await bench.untilFailed(.conflict, times: 3)
    #expect(bench.errors.allSatisfy { $0.sqlState == "55P03" } && bench.isUp)
    #expect(try await database.log(of: bench.feed) == "0|0|||0")
    try other.run(script: "ROLLBACK", within: .seconds(10))
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.connections == 1)
  }

  @Test func aDeadlockIsTriedAgain() async throws {
    let database = try await LinkDatabase.shared()
    // Long enough for the circle to be closed while the writer waits: then it is the one to go.
    try await database.run("ALTER DATABASE \(database.name) SET deadlock_timeout = '10s'")
    var limits = LinkLimits.quick
    limits.lock = .seconds(50)
    limits.answer = .seconds(72)
    let bench = try LinkBench(limits: limits)
    bench.configure(database.url())
    try await bench.untilUp()
    let other = try Link().open(database.url())
    try other.run(
      script: """
        SET deadlock_timeout = '60s'; BEGIN; SELECT FROM omni2.mcp_servers FOR UPDATE
        """, within: .seconds(10))
    bench.grow(500)
    try await until("the writer waits for the rows") {
      try await database.value(
        """
        SELECT count(*) FROM pg_stat_activity WHERE application_name = 'breakwater'
        AND datname = current_database() AND wait_event_type = 'Lock'
        """) == "1"
    }
    // The cursor, which the writer holds.
    try other.run(
      script: "UPDATE omni2.breakwater_cursors SET position = position; COMMIT",
      within: .seconds(60))
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.errors.map(\.sqlState) == ["40P01"] && bench.failures(.conflict) == 1)
    #expect(bench.connections == 1)
  }

  /// Each kind of work pauses by itself.
  @Test func aLookThatFailsAgainAndAgainDoesNotKeepTheFeedBack() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench(limits: .hasty)
    let feed = bench.feed
    bench.configure(database.url())
    try await bench.untilUp()
    let other = try Link().open(database.url())
    try other.run(
      script: "BEGIN; SELECT FROM omni2.mcp_servers WHERE name = 'm0' FOR UPDATE",
      within: .seconds(10))
    // The row of m0 is to be changed, and is held.
    bench.configure(
      database.url(), servers: feed.names.map { LinkedServer(name: $0, url: "http://new/mcp") })
    for round in 1...5 {
      try await bench.untilFailed(.conflict, times: UInt64(round))
      feed.append(20) { feed.row($0, of: "m1") }
      bench.link.feedHasGrown()
      try await database.untilAllIsThere(feed)
    }
    try await database.expectAll(feed)
    try other.run(script: "ROLLBACK", within: .seconds(10))
    try await until("the look has succeeded") {
      try await database.value(
        "SELECT count(*) FROM omni2.mcp_servers WHERE url = 'http://new/mcp'") == "5"
    }
  }

  @Test func aFeedThatIsNotTakenDoesNotKeepTheTablesFromBeingRead() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    try await database.run(LinkErrorTests.raise("53100"))
    bench.feed.flow(true)
    bench.link.feedHasGrown()
    try await bench.untilFailed(.full, times: 3)
    try await database.run(
      "INSERT INTO omni2.mcp_servers (name, url) VALUES ('new', 'http://new/mcp')")
    try await until("the row is told") {
      bench.deliveries.last?.servers.map(\.name) == ["new"]
    }
  }

  /// While others change the tables all the time, rows are brought over all the same.
  @Test func notificationsWithoutEndDoNotKeepTheFeedBack() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    let other = try Link().open(database.url())
    bench.grow(2000, chunk: 20)
    try await until("all is written", every: .milliseconds(1)) {
      _ = try other.execute("NOTIFY breakwater_omni2")
      return bench.figures.rowsWritten == 2000
    }
    try await database.expectAll(bench.feed)
  }
}
