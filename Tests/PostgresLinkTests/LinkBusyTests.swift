import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkBusyTests {
  @Test func aServerWithoutRoomIsAskedAgainUntilItHasSome() async throws {
    let database = try await LinkDatabase.own {
      $0.settings += ["max_connections = 6", "superuser_reserved_connections = 3"]
      $0.settings += ["max_wal_senders = 0"]
    }
    try await database.run(
      "CREATE ROLE agent LOGIN; GRANT CREATE ON DATABASE health TO agent")
    let link = try Link()
    let url = database.url(user: "agent")
    var others = try (0..<3).map { _ in try link.open(url) }
    let bench = try LinkBench()
    bench.configure(url)
    bench.grow(300)
    try await bench.untilFailed(.busy, times: 4)
    #expect(bench.errors.allSatisfy { $0.sqlState == "53300" })
    // No two pauses are of one length.
    let times = bench.reports.map(\.at)
    let pauses = zip(times, times.dropFirst()).map { $0.duration(to: $1) }
    #expect(Set(pauses).count == pauses.count)
    for other in others { other.close() }
    others = []
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  @Test func aServerThatShutsDownAndStartsIsFoundAgain() async throws {
    let database = try await LinkDatabase.own()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(300)
    try await database.untilAllIsThere(bench.feed)
    let ended = try #require(try await database.backend())
    let other = try Link().open(database.url())
    database.cluster.beginSmartShutdown()
    _ = try other.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breakwater'"
        + " AND pid = \(ended)")
    bench.grow(300)
    try await bench.untilFailed(.busy, times: 2)
    #expect(bench.errors.map(\.sqlState).prefix(3) == ["57P01", "57P03", "57P03"])
    other.close()
    try await bench.untilFailed(.unreachable)
    try await database.cluster.stop()
    try await database.cluster.start()
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }
}
