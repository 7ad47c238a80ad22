import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkTogetherTests {
  @Test func twoAgentsOnOneDatabaseEachHaveTheirCursor() async throws {
    let database = try await LinkDatabase.shared()
    let first = try LinkBench(GrowingFeed(agentID: "00000000000000aa"))
    let second = try LinkBench(GrowingFeed(agentID: "00000000000000bb"))
    first.grow(3000)
    second.grow(2000, chunk: 30)
    first.configure(database.url())
    second.configure(database.url())
    try await database.untilAllIsThere(first.feed)
    try await database.untilAllIsThere(second.feed)
    try await database.expectAll(first.feed)
    try await database.expectAll(second.feed)
    #expect(try await database.value("SELECT count(*) FROM omni2.mcp_servers") == "5")
    #expect(try await database.value("SELECT count(*) FROM omni2.breakwater_cursors") == "2")
  }

  /// Two files that say different things of one MCP: each change is told to the other.
  @Test func agentsThatDoNotAgreeDoNotKeepEachOtherBusy() async throws {
    let database = try await LinkDatabase.shared()
    let benches = try ["00000000000000aa", "00000000000000bb"].map {
      try LinkBench(GrowingFeed(agentID: $0, mcps: 1))
    }
    for (number, bench) in benches.enumerated() {
      bench.configure(
        database.url(), servers: [LinkedServer(name: "m0", url: "http://host\(number)/mcp")])
    }
    for bench in benches { try await bench.untilUp() }
    let began = try await Self.updates(database)
    try await until("they have quarrelled") { try await Self.updates(database) >= began + 6 }
    for bench in benches {
      bench.grow(1000, chunk: 50)
      try await database.untilAllIsThere(bench.feed)
      try await database.expectAll(bench.feed)
    }
  }

  private static func updates(_ database: LinkDatabase) async throws -> Int {
    let text = try await database.value(
      """
      SELECT n_tup_upd FROM pg_stat_user_tables
      WHERE schemaname = 'omni2' AND relname = 'mcp_servers'
      """)
    return Int(text) ?? 0
  }
}
