import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkBusyTests {
  @Test func aServerWithoutRoomIsAskedAgainUntilItHasSome() async throws {
    let database = try await small()
    let url = database.url(user: "agent")
    let others = try Occupants(3, url)
    let bench = try LinkBench()
    bench.configure(url)
    bench.grow(300)
    try await bench.untilFailed(.busy, times: 4)
    expectNoRoom(bench)
    others.leave()
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }

  /// With room for three sessions of a role that is no superuser.
  private func small() async throws -> LinkDatabase {
    let database = try await LinkDatabase.own(
      """
      max_connections = 6
      superuser_reserved_connections = 3
      max_wal_senders = 0
      """)
    try await database.cluster.psql(
      "CREATE ROLE agent LOGIN; GRANT CREATE ON DATABASE health TO agent")
    return database
  }

  private func expectNoRoom(_ bench: LinkBench) {
    #expect(bench.errors.allSatisfy { $0.sqlState == "53300" })
    let times = bench.reports.map(\.at)
    let pauses = zip(times, times.dropFirst()).map { $0.duration(to: $1) }
    #expect(Set(pauses).count == pauses.count, "no two pauses are of one length")
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

/// Sessions that take the room of others.
private final class Occupants {
  private let connections: [Connection]

  init(_ count: Int, _ url: String) throws {
    let link = try Link()
    connections = try (0..<count).map { _ in try link.open(url) }
  }

  func leave() {
    for connection in connections { connection.close() }
  }
}
