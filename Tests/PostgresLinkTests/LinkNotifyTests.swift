import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkNotifyTests {
  @Test(arguments: [false, true])
  func aChangeIsToldWithinASecond(_ isBusy: Bool) async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.feed.flow(isBusy)
    try await bench.untilUp()
    let other = try Link().open(database.url())
    var times: [Duration] = []
    for number in 1...10 {
      let began = SystemClock.monotonic
      _ = try other.execute(
        "INSERT INTO omni2.mcp_servers (name, url) VALUES ('r\(number)', 'http://r/mcp')")
      try await until("row \(number) is told", every: .milliseconds(1)) {
        bench.deliveries.last?.servers.count == number
      }
      times.append(began.duration(to: SystemClock.monotonic))
    }
    times.sort()
    let milliseconds = times.map { $0.wholeMilliseconds }
    print(
      "a new row is told after \(milliseconds[5]) ms, at most \(milliseconds[9]) ms,",
      isBusy ? "under a backlog without end" : "by an idle link")
    // Other tests keep the machine busy: the best counts, the figures are for people.
    #expect(times[0] < .seconds(1))
  }

  @Test func changesThatNobodyTellsOfAreSeenAtTheNextPoll() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    // No rows of the file: the link would be told of them.
    bench.configure(database.url(), servers: [])
    try await bench.untilUp()
    try await database.dropTriggers()
    try await database.run(
      """
      INSERT INTO omni2.mcp_servers (name, url) VALUES ('late', 'http://late/mcp');
      INSERT INTO omni2.omni2_config (config_key, config_value) VALUES ('hot_reload', '{}')
      """)
    bench.grow(100)
    try await database.untilAllIsThere(bench.feed)
    #expect(bench.deliveries.allSatisfy { $0.servers.isEmpty })
    // A shorter interval counts from now on.
    bench.configure(database.url(), servers: [], poll: .milliseconds(300))
    try await until("they are seen") {
      let last = bench.deliveries.last
      return last?.servers.map(\.name) == ["late"] && last?.config.map(\.key) == ["hot_reload"]
    }
    #expect(bench.connections == 1)
  }

  @Test func whatIsTheSameIsToldOnce() async throws {
    let database = try await LinkDatabase.shared(OMNI2.tables + OMNI2.rows)
    let bench = try LinkBench()
    bench.configure(database.url(), poll: .milliseconds(50))
    bench.grow(500)
    try await database.untilAllIsThere(bench.feed)
    try await until("the link is idle") { bench.figures.queueLength == 0 }
    #expect(bench.deliveries.count == 1)
  }

  /// Rows that are read again do not stop what grows.
  @Test func downtimeGoesOnAfterALook() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url(), poll: .milliseconds(100))
    try await bench.untilUp()
    let since = SystemClock.wall.advanced(by: .seconds(-100))
    bench.feed.append {
      var row = bench.feed.row($0, of: "m1")
      row.state?.health = .disconnected
      row.state?.downtime.since = since
      return row
    }
    bench.link.feedHasGrown()
    try await database.untilAllIsThere(bench.feed)
    let first = try await Self.downtime(database)
    #expect(first >= 100)
    for more in 1...2 {
      try await until("another second is counted") {
        try await Self.downtime(database) >= first + more
      }
    }
    #expect(
      try await Self.downtime(database) * 1000
        <= since.duration(to: SystemClock.wall)
        .wholeMilliseconds)
  }

  @Test func downtimeGoesOnInANewSession() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    let since = SystemClock.wall.advanced(by: .seconds(-100))
    bench.feed.append {
      var row = bench.feed.row($0, of: "m1")
      row.state?.health = .disconnected
      row.state?.downtime.since = since
      return row
    }
    bench.link.feedHasGrown()
    try await until("the downtime runs") { try await Self.downtime(database) >= 100 }
    let backend = try #require(try await database.backend())
    try await database.run("SELECT pg_terminate_backend(\(backend))")
    try await until("there is another session") {
      try await database.backend().map { $0 != backend } ?? false
    }
    let then = try await Self.downtime(database)
    try await until("it goes on") { try await Self.downtime(database) >= then + 2 }
  }

  private static func downtime(_ database: LinkDatabase) async throws -> Int {
    let text = try await database.value(
      "SELECT total_downtime_seconds FROM omni2.mcp_servers WHERE name = 'm1'")
    return Int(text) ?? -1
  }
}
