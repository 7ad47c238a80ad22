import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkSlowTests {
  @Test func batchesGetSmallerUntilTheDatabaseKeepsUp() async throws {
    let database = try await LinkDatabase.shared()
    var limits = LinkLimits.quick
    limits.answer = .milliseconds(2400)
    let bench = try LinkBench(limits: limits)
    bench.configure(database.url())
    try await bench.untilUp()
    // Two thousand rows would take six seconds.
    try await database.run(
      Sleepy.trigger(on: "mcp_health_log", "BEFORE INSERT", each: "ROW", seconds: 0.003))
    bench.grow(3000, chunk: 50)
    try await until("the first rows are there") { bench.figures.rowsWritten > 0 }
    #expect(bench.failures(.timeout) > 0)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(try await Self.batches(database).allSatisfy { $0 <= 1000 })
    #expect(bench.connections == 1)
  }

  /// Slow for each statement, not for each row: large batches are the way out.
  @Test func aSlowStatementLosesNothingAndTheQueueIsBounded() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    try await database.run(
      Sleepy.trigger(on: "mcp_health_log", "BEFORE INSERT", each: "STATEMENT", seconds: 1.2))
    bench.grow(10_000, chunk: 500)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.feed.largestAsk <= BatchSize.range.upperBound)
    #expect(bench.figures.failures.allSatisfy { $0 == 0 })
    // After the first one, which was halved.
    let large = try await Self.batches(database).count { $0 >= 2000 }
    #expect(large >= 2)
  }

  /// Rows of each transaction.
  private static func batches(_ database: LinkDatabase) async throws -> [Int] {
    try await database.value("SELECT count(*) FROM omni2.mcp_health_log GROUP BY xmin::text")
      .split(separator: "\n").compactMap { Int($0) }
  }
}

enum Sleepy {
  static func trigger(
    on table: String, _ when: String, each: String, seconds: Double
  ) -> String {
    """
    CREATE FUNCTION public.sleepy() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(\(seconds)); RETURN NEW; END';
    CREATE TRIGGER sleepy \(when) ON omni2.\(table) FOR EACH \(each)
    EXECUTE FUNCTION public.sleepy()
    """
  }
}
