import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkErrorTests {
  /// Full disk, no memory, no right, a serialization failure.
  @Test(arguments: ["53100", "53200", "42501", "40001", "XX000"])
  func anErrorThatPassesIsBorneInTheSession(_ state: String) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(500)
    try await database.untilAllIsThere(bench.feed)
    try await database.run(Self.raise(state))
    bench.grow(500)
    try await bench.untilFailed(SQLState.reason(of: state), times: 3)
    try await until("the queue is told") {
      bench.figures.queueLength == 500 && bench.figures.lag > .zero
    }
    #expect(bench.isUp)
    #expect(bench.errors.allSatisfy { $0.sqlState == state })
    try await database.run("DROP FUNCTION public.refuse() CASCADE")
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.connections == 1)
  }

  @Test func aFeedThatGrowsDoesNotShortenThePauseAfterAFailure() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    try await database.run(Self.raise("53100"))
    bench.grow(1)
    try await bench.untilFailed(.full)
    try await until("it has failed six times", every: .milliseconds(1)) {
      bench.grow(1)
      return bench.failures(.full) >= 6
    }
    let times = bench.reports.filter { $0.report != bench.reports.first?.report }.map(\.at)
    // 100, 200, 400, 800, 1600 ms, each up to a fifth shorter.
    #expect(times[0].duration(to: times[5]) >= .milliseconds(2480))
  }

  /// Tables that cannot be written to although nothing is missing: not again and again at once.
  @Test func sessionsThatWriteNothingFollowMoreAndMoreSeldom() async throws {
    let database = try await LinkDatabase.shared()
    var limits = LinkLimits.quick
    limits.longestPause = .seconds(60)
    let bench = try LinkBench(limits: limits)
    bench.configure(database.url())
    try await bench.untilUp()
    try await database.run(Self.raise("42P01"))
    bench.grow(10)
    try await bench.untilFailed(.foreignSchema, times: 6)
    let times = bench.reports.compactMap {
      if case .failed = $0.report { $0.at } else { MonotonicInstant?.none }
    }
    #expect(times[0].duration(to: times[5]) >= .milliseconds(496))
    try await database.run("DROP FUNCTION public.refuse() CASCADE")
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  @Test func aJournalThatCannotBeReadIsNoReasonToLeavePostgres() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    bench.feed.breakDown(true)
    bench.grow(100)
    try await bench.untilFailed(.journal, times: 2)
    #expect(bench.isUp)
    bench.feed.breakDown(false)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.connections == 1)
  }

  static func raise(_ state: String) -> String {
    """
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '\(state)'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON omni2.mcp_health_log FOR EACH STATEMENT
    EXECUTE FUNCTION public.refuse()
    """
  }
}
