import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LinkStartTests {
  @Test func nobodyListensAtFirstAndThenEverythingComesOver() async throws {
    let database = try await LinkDatabase.own()
    try await database.cluster.stop()
    let bench = try LinkBench()
    bench.configure(database.url())
    bench.grow(2500)
    try await bench.untilFailed(.unreachable, times: 2)
    #expect(!bench.isUp)
    try await until("the queue is told") {
      let figures = bench.figures
      return figures.queueLength == 2500 && figures.queueBytes > 2500 && figures.lag > .zero
    }
    let before = bench.figures
    bench.grow(500)
    try await bench.untilFailed(.unreachable, times: 4)
    try await until("more waits, and longer") {
      bench.figures.queueLength == 3000 && bench.figures.lag > before.lag
    }
    #expect(bench.feed.released == 0 && bench.figures.writes == 0)

    try await database.cluster.start()
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
    try await until("the figures settle") {
      let figures = bench.figures
      return figures.isUp && figures.queueLength == 0 && figures.lag == .zero
        && figures.rowsWritten == 3000
    }
    #expect(bench.feed.rowsLeft == 0)
  }

  /// Its next chunks would take positions and ids that Postgres has already.
  @Test func aJournalThatWasSetBackIsRefusedAndKeepsItsRows() async throws {
    let database = try await LinkDatabase.shared()
    do {
      let before = try LinkBench()
      before.configure(database.url())
      before.grow(1000)
      try await database.untilAllIsThere(before.feed)
    }
    let restored = try LinkBench()
    restored.grow(300)
    restored.configure(database.url())
    try await restored.untilFailed(.journal, times: 2)
    #expect(!restored.isUp && restored.feed.released == 0 && restored.feed.rowsLeft == 300)
    #expect(restored.errors.first?.detail.contains("it was set back") == true)
    #expect(try await database.log(of: restored.feed) == "1000|1000|1|1000|0")
  }

  @Test func rowsThatComeWhileNobodyListensAreToldAtOnce() async throws {
    var limits = LinkLimits.quick
    limits.firstPause = .seconds(600)
    limits.longestPause = .seconds(600)
    let bench = try LinkBench(limits: limits)
    bench.configure("postgresql://postgres@127.0.0.1:\(LoopbackServer.closedPort())/postgres")
    try await bench.untilFailed(.unreachable)
    #expect(bench.figures.queueLength == 0)
    bench.grow(70)
    try await until("the queue is told") { bench.figures.queueLength == 70 }
    try await until("it gets older") { bench.figures.lag > .milliseconds(20) }
  }

  /// A pause is for the server's sake, whatever waits; another server has none.
  @Test func anotherOrderEndsAPauseAndAFeedThatGrowsDoesNot() async throws {
    let database = try await LinkDatabase.shared()
    var limits = LinkLimits()
    limits.firstPause = .seconds(600)
    limits.longestPause = .seconds(600)
    let bench = try LinkBench(limits: limits)
    bench.configure("postgresql://postgres@127.0.0.1:\(LoopbackServer.closedPort())/postgres")
    try await bench.untilFailed(.unreachable)
    for rows in 1...50 {
      bench.grow(10)
      try await until("the growth is seen", every: .milliseconds(1)) {
        bench.figures.queueLength == rows * 10
      }
    }
    #expect(bench.failures(.unreachable) == 1)
    bench.configure(database.url())
    try await database.untilAllIsThere(bench.feed)
    try await database.expectAll(bench.feed)
  }
}
