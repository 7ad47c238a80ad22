import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkStopTests {
  @Test func whatWaitsIsBroughtOverAtTheEnd() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.configure(database.url())
    try await bench.untilUp()
    // Nobody is told that it has grown.
    bench.feed.grow(5000)
    let took = Self.time { bench.link.stop(within: .seconds(30)) }
    #expect(took < .seconds(30))
    try await database.expectAll(bench.feed)
    #expect(bench.feed.rowsLeft == 0 && !bench.isUp)
    // A second time does nothing.
    #expect(Self.time { bench.link.stop(within: .seconds(30)) } < .seconds(5))
  }

  @Test func aFeedWithoutEndDoesNotPutTheEndOff() async throws {
    let database = try await LinkDatabase.shared()
    let bench = try LinkBench()
    bench.feed.flow(true)
    bench.configure(database.url())
    try await until("rows are written") { bench.figures.rowsWritten > 2000 }
    let took = Self.time { bench.link.stop(within: .milliseconds(500)) }
    #expect(took >= .milliseconds(400) && took < .seconds(10))
    // All that was released is there.
    let released = bench.feed.released
    #expect(try await database.cursor(of: bench.feed.agentID) ?? 0 >= released)
  }

  enum Where: String, CaseIterable { case nowhere, unconfigured, connecting, pausing, attaching }

  @Test(arguments: Where.allCases)
  func theEndIsSwiftWhereNothingCanBeBroughtOver(_ place: Where) async throws {
    let bench = try LinkBench(limits: LinkLimits())
    bench.feed.grow(100)
    let closed = "postgresql://postgres@127.0.0.1:\(LoopbackServer.closedPort())/postgres"
    var held: [Connection] = []
    var proxies: [TCPProxy] = []
    switch place {
    case .nowhere: break
    case .unconfigured:
      bench.configure(closed)
      bench.link.configure(nil)
    case .connecting:
      let proxy = TCPProxy(to: 1, mode: .blackHole)
      proxies.append(proxy)
      bench.configure(
        "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres?connect_timeout=60")
      try await until("it connects") { proxy.accepted == 1 }
    case .pausing:
      bench.configure(closed)
      try await bench.untilFailed(.unreachable)
    case .attaching:
      let database = try await LinkDatabase.shared()
      let connection = try Link().open(database.url())
      try SchemaAttachment.lock(connection, schema: "omni2")
      held.append(connection)
      bench.configure(database.url())
      try await until("it waits for the lock") {
        try await database.value(
          """
          SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'
          AND datname = current_database()
          """) == "1"
      }
    }
    let took = Self.time { bench.link.stop(within: .seconds(20)) }
    #expect(took < .seconds(5))
    #expect(bench.feed.rowsLeft == 100 && !bench.isUp)
    withExtendedLifetime((held, proxies)) {}
  }

  private static func time(_ body: () -> Void) -> Duration {
    let began = SystemClock.monotonic
    body()
    return began.duration(to: SystemClock.monotonic)
  }
}
