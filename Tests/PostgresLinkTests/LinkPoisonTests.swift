import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkPoisonTests {
  /// A row that the database will not have, bytes that nobody can read, an MCP that is gone.
  @Test func badRowsInABacklogAreCountedAndAllOthersAreThere() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    let feed = bench.feed
    bench.configure(database.url())
    try await bench.untilUp()
    try await database.run(
      "ALTER TABLE omni2.mcp_health_log ADD CHECK (error_message IS DISTINCT FROM 'poison')")
    bench.link.configure(nil)
    try await until("the session is over") { try await database.backend() == nil }
    var bad: Set<UInt64> = []
    for round in 0..<3 {
      feed.grow(200)
      feed.append(40) { sequence in
        guard sequence % 17 == UInt64(round) else { return feed.row(sequence) }
        bad.insert(sequence)
        return feed.row(sequence, detail: "poison")
      }
    }
    feed.append(3) { feed.row($0, of: "nobody") }
    feed.appendDamaged(rows: 7)
    feed.grow(400)
    bench.configure(database.url())
    try await database.untilAllIsThere(feed)
    let count = 3 * 240 + 400 - bad.count
    let last = feed.lastSequence
    #expect(try await database.log(of: feed) == "\(count)|\(count)|1|\(last)|0")
    #expect(
      try await database.value(
        "SELECT count(*) FROM omni2.mcp_health_log WHERE error_message = 'poison'") == "0")
    try await until("they are counted") {
      bench.dropped(.refused) == UInt64(bad.count) && bench.dropped(.gone) == 3
        && bench.dropped(.unreadable) == 7
    }
    #expect(bench.failures(.data) > 0 && bench.connections == 2)
    #expect(
      bench.reports.contains {
        if case .refused(_, let error) = $0.report { error.sqlState == "23514" } else { false }
      })
  }

  /// Whatever text a server sends: NUL, control characters, long names, odd unicode.
  @Test(arguments: [11, 12, 13] as [UInt64])
  func anyTextIsStored(_ seed: UInt64) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    let feed = bench.feed
    var random = SeededRandom(seed: seed)
    var logs = 0
    for _ in 0..<20 {
      feed.append(20) { sequence in
        let row = random.feedRow(of: feed.names, sequence: sequence)
        if row.log != nil { logs += 1 }
        return row
      }
    }
    bench.configure(database.url())
    try await database.untilAllIsThere(feed)
    #expect(try await database.value("SELECT count(*) FROM omni2.mcp_health_log") == "\(logs)")
    #expect(bench.figures.dropped.allSatisfy { $0 == 0 } && bench.failures(.data) == 0)
  }

  /// A row of the table goes away while health for it waits; one of the same name comes.
  @Test func rowsOfAnMCPThatIsMadeAnewGoToItsNewRow() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    let feed = bench.feed
    bench.configure(database.url())
    bench.grow(100)
    try await database.untilAllIsThere(feed)
    // Nobody is told.
    try await database.dropTriggers()
    try await database.run(
      """
      DELETE FROM omni2.mcp_servers WHERE name = 'm1';
      INSERT INTO omni2.mcp_servers (name, url) VALUES ('m1', 'http://m1/mcp')
      """)
    bench.grow(100)
    try await database.untilAllIsThere(feed)
    #expect(try await database.log(of: feed) == "180|180|2|200|0")
    #expect(bench.figures.dropped.allSatisfy { $0 == 0 } && bench.connections == 1)
  }
}
