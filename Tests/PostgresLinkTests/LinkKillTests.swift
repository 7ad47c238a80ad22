import Agent
import Foundation
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkKillTests {
  /// The link's session is ended, its process killed, or the whole server, while a backlog drains.
  @Test(.timeLimit(.minutes(60)))
  func noRowIsLostOrTwiceHoweverOftenPostgresIsKilled() async throws {
    let environment = ProcessInfo.processInfo.environment
    let kills = environment["TORTURE"] == nil ? 20 : 1000
    let seed = environment["SEED"].flatMap(UInt64.init) ?? 4
    var random = SeededRandom(seed: seed)
    let database = try await LinkDatabase.own("restart_after_crash = on")
    let bench = try LinkBench()
    bench.feed.flow(true)
    bench.configure(database.url())
    for kill in 0..<kills {
      let before = bench.figures.rowsWritten
      let aim = before + UInt64.random(in: 1...6000, using: &random)
      try await until(
        "rows are written after kill \(kill) of seed \(seed)", every: .milliseconds(1)
      ) {
        bench.figures.rowsWritten >= aim
      }
      try await strike(database, Int.random(in: 0..<10, using: &random))
    }
    bench.feed.flow(false)
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.failures(.lost) > 0 && bench.connections > kills / 2, "seed \(seed)")
    let figures = bench.figures
    print(
      "\(kills) kills, \(bench.feed.lastSequence) rows, \(figures.writes) transactions,",
      "\(bench.connections) sessions, largest ask \(bench.feed.largestAsk)")
  }

  private func strike(_ database: LinkDatabase, _ how: Int) async throws {
    switch how {
    case 0, 1:
      try await database.cluster.stop(.immediate)
      try await database.cluster.start()
    case 2:
      if let pid = try await database.backend() { database.cluster.kill(backend: pid) }
      // The server ends all its sessions and recovers.
      try await until("the server is back") { try await database.value("SELECT 1") == "1" }
    default:
      try await database.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'breakwater' AND datname = current_database()
        """)
    }
  }

  /// The server has committed, and the link cannot know.
  @Test func anAnswerThatIsLostAfterTheCommitCostsNothing() async throws {
    let database = try await LinkDatabase.own()
    let proxy = TCPProxy(to: database.cluster.port)
    let bench = try LinkBench()
    bench.configure(database.url(port: proxy.port))
    try await bench.untilUp()
    for round in 1...8 {
      try await database.untilAllIsThere(bench.feed)
      try await bench.untilUp()
      proxy.set(.swallowAnswers, whenClientSends: "COMMIT")
      bench.grow(300)
      try await until("the commit is on its way") { proxy.hasTriggered }
      // Every other time the link asks again while the answer is still out.
      if round.isMultiple(of: 2) { try await database.untilAllIsThere(bench.feed) }
      proxy.set(.forward)
      proxy.cut()
    }
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    #expect(bench.failures(.lost) >= 8)
  }

  @Test func chunksAreReleasedWhenPostgresHasThem() async throws {
    let database = try await LinkDatabase.own()
    let link = try Link()
    let watcher = try link.open(database.url())
    let watch = ReleaseWatch(watcher)
    let feed = GrowingFeed { watch.released($0) }
    let bench = try LinkBench(feed)
    feed.grow(5000)
    bench.configure(database.url())
    for _ in 0..<5 {
      try await bench.untilUp()
      bench.grow(3000)
      try await until("rows are written") { bench.figures.queueLength < 2000 }
      try await database.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'breakwater' AND pid <> \(watcher.backendPID)
        """)
    }
    try await database.untilAllIsThere(feed)
    try await database.expectAll(feed)
    try await until("all is released") { feed.rowsLeft == 0 }
    #expect(watch.early == [] && watch.count > 5)
  }
}
