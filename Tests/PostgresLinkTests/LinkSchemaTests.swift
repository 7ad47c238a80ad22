import Agent
import MCPWire
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkSchemaTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// Makes a complete schema unfit, and fit again.
    var spoil: String
    var mend: String
    var reason: PostgresFailure
    var words: String

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "newer", spoil: "INSERT INTO omni2.breakwater_schema (version) VALUES (99)",
      mend: "DELETE FROM omni2.breakwater_schema WHERE version = 99", reason: .newerSchema,
      words: "schema omni2 is at version 99"),
    Case(
      name: "a view",
      spoil: """
        ALTER TABLE omni2.mcp_servers RENAME TO real_servers;
        CREATE VIEW omni2.mcp_servers AS SELECT * FROM omni2.real_servers
        """,
      mend: "DROP VIEW omni2.mcp_servers; ALTER TABLE omni2.real_servers RENAME TO mcp_servers",
      reason: .foreignSchema, words: "omni2.mcp_servers is a view"),
    Case(
      name: "another type",
      spoil: "ALTER TABLE omni2.mcp_health_log ALTER event_type TYPE bytea USING NULL",
      mend: "ALTER TABLE omni2.mcp_health_log ALTER event_type TYPE text USING NULL",
      reason: .foreignSchema, words: "omni2.mcp_health_log.event_type is of type bytea"),
    Case(
      name: "no name", spoil: "ALTER TABLE omni2.mcp_servers RENAME name TO title",
      mend: "ALTER TABLE omni2.mcp_servers RENAME title TO name", reason: .foreignSchema,
      words: "omni2.mcp_servers has no column name"),
  ]

  @Test(arguments: cases)
  func anUnfitSchemaIsRefusedUntilItIsPutRight(_ unfit: Case) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    bench.link.configure(nil)
    try await until("the session is over") { try await database.backend() == nil }
    try await database.run(unfit.spoil)
    bench.configure(database.url())
    bench.grow(100)
    try await bench.untilFailed(unfit.reason, times: 3)
    #expect(!bench.isUp && bench.errors.allSatisfy { $0.detail.contains(unfit.words) })
    #expect(bench.figures.rowsWritten == 100)
    try await until("the queue is told") { bench.figures.queueLength == 100 }
    try await database.run(unfit.mend)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  /// What is dropped while the link runs is made anew; the rows in it are gone, the others not.
  @Test(arguments: [
    "ALTER TABLE omni2.mcp_servers DROP consecutive_failures",
    "ALTER TABLE omni2.mcp_health_log DROP event_type",
    "DROP TABLE omni2.mcp_tools", "DROP TABLE omni2.breakwater_servers",
    "DROP TABLE omni2.breakwater_events",
  ])
  func whatIsDroppedWhileTheLinkRunsIsAddedAgain(_ drop: String) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    let feed = bench.feed
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(feed)
    try await database.run(drop)
    bench.grow(100)
    feed.append { FeedRow(mcp: "m0", log: feed.log($0), tools: [ToolListing(name: "t")]) }
    feed.append { FeedRow(mcp: "", log: feed.log($0)) }
    bench.link.feedHasGrown()
    // Something to look for.
    try await database.run("NOTIFY breakwater_omni2")
    try await until("the event of the agent is there") {
      try await database.value("SELECT count(*) FROM omni2.breakwater_events") == "1"
    }
    try await database.untilAllIsThere(feed)
    #expect(try await database.log(of: feed) == "201|201|1|201|0")
    #expect(try await database.value("SELECT count(*) FROM omni2.mcp_tools") == "1")
  }

  /// A journal that Postgres knows nothing of any more is written as far as it goes.
  @Test(arguments: ["DROP SCHEMA omni2 CASCADE", "DROP TABLE omni2.mcp_health_log"])
  func aDroppedSchemaBeginsAnew(_ drop: String) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    try await until("all is released") { bench.feed.rowsLeft == 0 }
    try await database.run(drop)
    bench.grow(100)
    try await until("the rest is there") {
      try await database.log(of: bench.feed) == "100|100|101|200|0"
    }
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    #expect(try await database.log(of: bench.feed) == "200|200|101|300|0")
  }

  /// The rows of MCPs are not ours alone: what one of them may not be is no reason to do nothing.
  @Test func anMCPThatTheTableRefusesDoesNotKeepTheOthersOut() async throws {
    let database = try await LinkDatabase.shared(
      OMNI2.tables + "ALTER TABLE omni2.mcp_servers ADD CHECK (url LIKE 'http://m%')")
    let bench = try LinkBench()
    let bad = LinkedServer(name: "bad", url: "http://bad/mcp")
    let servers = bench.feed.names.map { LinkedServer(name: $0, url: "http://\($0)/mcp") }
    bench.configure(database.url(), servers: [bad] + servers)
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    let problems = bench.deliveries.last?.problems ?? []
    #expect(problems.count == 1 && problems.first?.hasPrefix("bad: ") == true, "\(problems)")
  }
}
