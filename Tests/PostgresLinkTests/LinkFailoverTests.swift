import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkFailoverTests {
  @Test func aDatabaseThatBecomesReadOnlyIsWaitedFor() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(200)
    try await database.untilAllIsThere(bench.feed)
    try await until("all is released") { bench.feed.rowsLeft == 0 }
    try await Self.makeReadOnly(database, "on")
    bench.grow(200)
    try await bench.untilFailed(.readOnly, times: 3)
    #expect(!bench.isUp)
    try await until("the queue is told") { bench.figures.queueLength == 200 }
    try await Self.makeReadOnly(database, "off")
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  /// The second knows nothing of what the first has.
  @Test(arguments: [true, false])
  func theHostThatTakesWritesIsFound(_ becomesReadOnly: Bool) async throws {
    let first = try await LinkDatabase.own()
    let second = try await LinkDatabase.own()
    let bench = try LinkBench()
    let ports = [first, second].map { "127.0.0.1:\($0.cluster.port)" }.joined(separator: ",")
    bench.configure("postgresql://postgres@\(ports)/health")
    bench.grow(200)
    try await first.untilAllIsThere(bench.feed)
    try await until("all is released") { bench.feed.rowsLeft == 0 }
    if becomesReadOnly {
      try await Self.makeReadOnly(first, "on")
    } else {
      try await first.cluster.stop()
    }
    bench.grow(300)
    try await second.untilAllIsThere(bench.feed)
    #expect(try await second.log(of: bench.feed) == "300|300|201|500|0")
    #expect(bench.isUp && bench.connections == 2)
    if becomesReadOnly { #expect(try await first.log(of: bench.feed) == "200|200|1|200|0") }
  }

  private static func makeReadOnly(_ database: LinkDatabase, _ value: String) async throws {
    try await database.run(
      """
      SET default_transaction_read_only = off; SET transaction_read_only = off;
      ALTER DATABASE \(database.name) SET default_transaction_read_only = \(value)
      """)
    // Sessions keep what they began with.
    try await database.run(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'breakwater' AND datname = current_database()
      """)
  }

  @Test func aServerThatBecomesReadOnlyInTheMidstOfASessionIsLeft() async throws {
    let first = try await LinkDatabase.own()
    let second = try await LinkDatabase.own()
    let bench = try LinkBench()
    let ports = [first, second].map { "127.0.0.1:\($0.cluster.port)" }.joined(separator: ",")
    bench.feed.flow(true)
    bench.configure("postgresql://postgres@\(ports)/health")
    try await until("rows are written") { bench.figures.rowsWritten > 2000 }
    try await first.cluster.configure(["default_transaction_read_only = on"])
    try await until("the second has rows") {
      try await second.cursor(of: bench.feed.agentID) ?? 0 > 0
    }
    bench.feed.flow(false)
    try await second.untilAllIsThere(bench.feed)
    #expect(bench.errors.contains { $0.sqlState == "25006" } && bench.failures(.readOnly) > 0)
    let seen = try await Self.counts(first, second, bench.feed)
    #expect(seen.sum == Int(bench.feed.lastSequence) && seen.lastOfFirst + 1 == seen.firstOfSecond)
  }

  private static func counts(
    _ first: LinkDatabase, _ second: LinkDatabase, _ feed: GrowingFeed
  ) async throws -> (sum: Int, lastOfFirst: Int, firstOfSecond: Int) {
    let one = try await first.log(of: feed).split(separator: "|").compactMap { Int($0) }
    let two = try await second.log(of: feed).split(separator: "|").compactMap { Int($0) }
    try #require(one.count == 5 && two.count == 5)
    return (one[0] + two[0], one[3], two[2])
  }
}
