import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite(.fewAtOnce) struct LinkHangTests {
  /// The session that hung may commit after all when the server goes on: the cursor says so.
  @Test func aServerThatIsStoppedIsLeftAndFoundAgain() async throws {
    let database = try await LinkDatabase.own()
    let bench = try LinkBench(limits: .hasty)
    bench.feed.flow(true)
    bench.configure(database.url(parameters: "connect_timeout=2"))
    for round in 1...3 {
      let written = bench.figures.rowsWritten
      try await until("rows are written, round \(round)", every: .milliseconds(2)) {
        bench.figures.rowsWritten > written + 3000
      }
      let before = bench.figures.failures
      database.cluster.suspend()
      try await until("the link has given up its session") {
        !bench.isUp && bench.figures.failures != before
      }
      try await bench.untilFailed(.unreachable, times: UInt64(round))
      database.cluster.resume()
      try await bench.untilUp()
    }
    bench.feed.flow(false)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.failures(.timeout) > 0)
  }

  @Test func theEndComesInTimeThoughTheServerHangs() async throws {
    let database = try await LinkDatabase.own()
    let bench = try LinkBench()
    bench.feed.flow(true)
    bench.configure(database.url())
    try await until("rows are written") { bench.figures.rowsWritten > 3000 }
    database.cluster.suspend()
    defer { database.cluster.resume() }
    let began = SystemClock.monotonic
    bench.link.stop(within: .milliseconds(300))
    let took = began.duration(to: SystemClock.monotonic)
    // Time was not enough; a second more, and nobody is waited for.
    #expect(took >= .milliseconds(250) && took < .seconds(3), "\(took)")
    #expect(!bench.isUp)
  }

  /// As a firewall does that forgets a connection: no word comes, and no reset.
  @Test func anIdleConnectionThatIsDroppedSilentlyIsMadeAnew() async throws {
    let database = try await LinkDatabase.own()
    let proxy = TCPProxy(to: database.cluster.port)
    let bench = try LinkBench(limits: .hasty)
    bench.configure(database.url(port: proxy.port, parameters: "connect_timeout=1"))
    bench.grow(200)
    try await database.untilAllIsThere(bench.feed)
    try await until("nothing is left to do") { bench.figures.queueLength == 0 }
    proxy.set(.blackHole)
    bench.grow(300)
    try await bench.untilFailed(.timeout)
    try await bench.untilFailed(.unreachable)
    try await until("the queue is told") { bench.figures.queueLength == 300 }
    proxy.set(.forward)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(proxy.accepted >= 2)
  }
}
