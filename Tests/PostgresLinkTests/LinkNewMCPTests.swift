import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkNewMCPTests {
  /// Its first probe may be in the journal before the link has made its row.
  @Test func healthOfAnMCPThatIsNewIsNotTakenForThatOfOneThatIsGone() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    let feed = bench.feed
    bench.configure(database.url(), servers: [])
    try await bench.untilUp()
    var servers: [LinkedServer] = []
    for number in 1...20 {
      servers.append(LinkedServer(name: "new\(number)", url: "http://new/mcp"))
      bench.configure(database.url(), servers: servers)
      feed.append(3) { feed.row($0, of: "new\(number)") }
      bench.link.feedHasGrown()
    }
    try await database.untilAllIsThere(feed)
    try await database.expectAll(feed)
    #expect(bench.dropped(.gone) == 0 && bench.connections == 1)
  }

  @Test(arguments: [false, true])
  func healthWaitsUntilItsRowCanBeMade(_ isFirst: Bool) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench(limits: .hasty)
    let feed = bench.feed
    bench.configure(database.url(), servers: [])
    try await bench.untilUp()
    if isFirst { bench.link.configure(nil) }
    let other = try Link().open(database.url())
    try other.run(
      script: "BEGIN; LOCK TABLE omni2.breakwater_servers IN SHARE MODE", within: .seconds(10))
    bench.configure(database.url())
    bench.grow(100)
    try await bench.untilFailed(.conflict, times: 3)
    #expect(bench.figures.rowsWritten == 0)
    try other.run(script: "COMMIT", within: .seconds(10))
    try await database.untilAllIsThere(feed)
    try await database.expectAll(feed)
    #expect(bench.dropped(.gone) == 0)
  }

  /// The row of m0 is there, and is to be changed, and held by somebody when the link comes.
  @Test func aRowThatIsHeldDoesNotKeepTheLinkFromWriting() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench(limits: .hasty)
    let feed = bench.feed
    bench.configure(database.url())
    try await bench.untilUp()
    bench.link.configure(nil)
    let other = try Link().open(database.url())
    try other.run(
      script: "BEGIN; SELECT FROM omni2.mcp_servers WHERE name = 'm0' FOR UPDATE",
      within: .seconds(10))
    bench.configure(
      database.url(), servers: feed.names.map { LinkedServer(name: $0, url: "http://new/mcp") })
    feed.append(20) { feed.row($0, of: "m1") }
    try await database.untilAllIsThere(feed)
    try await bench.untilFailed(.conflict, times: 3)
    #expect(bench.isUp)
    try other.run(script: "COMMIT", within: .seconds(10))
    try await until("the rows are changed") {
      try await database.value(
        "SELECT count(*) FROM omni2.mcp_servers WHERE url = 'http://new/mcp'") == "5"
    }
    #expect(bench.connections == 2)
  }
}
