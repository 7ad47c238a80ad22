import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

private func later(_ time: Duration) -> MonotonicInstant {
  SystemClock.monotonic.advanced(by: time)
}

@Suite(.fewAtOnce) struct LostTests {
  @Test(arguments: [PostgresCluster.StopMode.fast, .immediate])
  func aServerThatShutsDownSaysSo(_ mode: PostgresCluster.StopMode) async throws {
    let cluster = try await PostgresCluster()
    let link = try Link()
    let idle = try link.open(cluster.url())
    try await cluster.stop(mode)
    let error = failure { () throws(LinkError) in
      _ = try idle.waitForNotification(until: later(.seconds(60)))
    }
    #expect(error?.reason == .lost)
    // At an immediate end it says so if it still can.
    if mode == .fast { #expect(error?.sqlState == "57P01") }
    #expect(!idle.isUsable)
    let refused = failure { () throws(LinkError) in _ = try link.open(cluster.url()) }
    #expect(refused?.reason == .unreachable)
    try await cluster.start()
    #expect(try link.open(cluster.url()).execute("SELECT 1").int64(0, 0) == 1)
  }

  @Test func theNextStatementFindsOutWhatHappened() async throws {
    let cluster = try await PostgresCluster()
    let connection = try Link().open(cluster.url())
    try await cluster.stop()
    let error = failure { () throws(LinkError) in _ = try connection.execute("SELECT 1") }
    #expect(error?.reason == .lost && error?.sqlState == "57P01")
    #expect(!connection.isUsable)
  }

  @Test func aSessionThatIsEndedInAStatementSaysSo() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    let error = failure { () throws(LinkError) in
      _ = try connection.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(60)")
    }
    #expect(error?.reason == .lost && error?.sqlState == "57P01")
    #expect(!connection.isUsable && connection.transactionStatus == .unknown)
  }

  @Test func aSessionWhoseProcessIsKilledIsLost() async throws {
    let cluster = try await PostgresCluster()
    let connection = try Link().open(cluster.url())
    cluster.kill(backend: connection.backendPID)
    let error = failure { () throws(LinkError) in _ = try connection.execute("SELECT 1") }
    #expect(error?.reason == .lost)
    #expect(!connection.isUsable)
  }

  @Test func aConnectionThatIsCutIsLost() async throws {
    let cluster = try await PostgresCluster()
    let proxy = TCPProxy(to: cluster.port)
    let link = try Link()
    let connection = try link.open(cluster.url(port: proxy.port))
    #expect(try connection.execute("SELECT 1").int64(0, 0) == 1)
    proxy.cut()
    let error = failure { () throws(LinkError) in
      _ = try connection.waitForNotification(until: later(.seconds(60)))
    }
    #expect(error?.reason == .lost && error?.sqlState == nil)
    #expect(try link.open(cluster.url(port: proxy.port)).isUsable)
  }

  /// The server has committed and the client cannot know.
  @Test func theAnswerToACommitIsSwallowed() async throws {
    let cluster = try await PostgresCluster()
    let proxy = TCPProxy(to: cluster.port)
    let connection = try Link().open(cluster.url(port: proxy.port))
    try connection.run(script: "CREATE TABLE t (a int)", within: .seconds(10))
    proxy.set(.swallowAnswers, whenClientSends: "COMMIT")
    let error = failure { () throws(LinkError) in
      _ = try connection.pipeline(
        [Statement("BEGIN"), Statement("INSERT INTO t VALUES (1)"), Statement("COMMIT")],
        within: .milliseconds(100))
    }
    #expect(error?.reason == .timeout && proxy.hasTriggered && !connection.isUsable)
    try await until("it is committed") { try await cluster.psql("SELECT a FROM t") == "1" }
  }
}

@Suite(.fewAtOnce) struct NotificationTests {
  @Test func aNotificationEndsTheWait() async throws {
    let cluster = try await PostgresCluster()
    let link = try Link()
    let connection = try link.open(cluster.url())
    _ = try connection.execute("LISTEN news")
    #expect(try connection.waitForNotification(until: later(.milliseconds(1))) == .deadline)
    try await cluster.psql("NOTIFY news, 'first'; NOTIFY other; NOTIFY news, 'second'")
    #expect(try connection.waitForNotification(until: later(.seconds(60))) == .notified)
    try await until("both are there") {
      _ = try connection.waitForNotification(until: later(.milliseconds(1)))
      return connection.notifications().map(\.payload).last == "second"
    }
    #expect(connection.notifications().isEmpty)
    link.interrupt.ring()
    #expect(try connection.waitForNotification(until: later(.seconds(60))) == .rung)
    #expect(try connection.waitForNotification(until: later(.milliseconds(1))) == .deadline)
  }

  @Test func whatComesDuringAStatementIsKept() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    _ = try connection.execute("LISTEN news")
    _ = try connection.execute("NOTIFY news, 'mine'")
    #expect(try connection.waitForNotification(until: later(.seconds(60))) == .notified)
    let kept = connection.notifications()
    #expect(kept.map(\.payload) == ["mine"] && kept.first?.channel == "news")
    #expect(kept.first?.backendPID == connection.backendPID)
    try connection.run(
      script:
        "DO 'BEGIN FOR i IN 1..3000 LOOP PERFORM pg_notify(''news'', i::text); END LOOP; END'",
      within: .seconds(60))
    _ = try connection.execute("SELECT 1")
    #expect(connection.notifications().count == Connection.mostNotifications)
    #expect(try connection.execute("SELECT 1").int64(0, 0) == 1)
  }

  @Test func aRaisedInterruptEndsTheWait() async throws {
    let url = try await PostgresDatabase.fresh()
    let link = try Link()
    let connection = try link.open(url)
    link.interrupt.raise()
    let error = failure { () throws(LinkError) in
      _ = try connection.waitForNotification(until: later(.seconds(60)))
    }
    #expect(error?.isInterrupted == true)
    #expect(link.cancels.count == 0)
  }
}
