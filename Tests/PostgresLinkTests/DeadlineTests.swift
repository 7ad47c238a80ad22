import Agent
import PostgresLink
import Signals
import Synchronization
import TestSupport
import Testing
import Threading

/// Far more than any deadline here, for tests that fail.
private let long = Duration.seconds(60)

private final class Ended: Sendable {
  let error = Mutex<LinkError?>(nil)
}

@Suite(.fewAtOnce) struct DeadlineTests {
  @Test func aStatementPastItsTimeIsCancelledAndTheSessionGoesOn() async throws {
    let url = try await PostgresDatabase.fresh()
    let link = try Link()
    let connection = try link.open(url)
    let pid = connection.backendPID
    for round in 1...3 {
      let error = failure { () throws(LinkError) in
        _ = try connection.execute("SELECT pg_sleep(600)", within: .milliseconds(20))
      }
      #expect(error?.reason == .timeout && error?.sqlState == "57014")
      #expect(link.cancels.count == round)
      #expect(try connection.execute("SELECT 1").int64(0, 0) == 1)
    }
    #expect(connection.backendPID == pid)
  }

  @Test func aPipelineAndACopyPastTheirTimeLeaveTheSessionUsable() async throws {
    let url = try await PostgresDatabase.fresh()
    let connection = try Link().open(url)
    try connection.run(
      script: """
        CREATE TABLE t (a int);
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
          AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow()
        """, within: long)
    let pipeline = failure { () throws(LinkError) in
      _ = try connection.pipeline(
        [Statement("SELECT 1"), Statement("SELECT pg_sleep(600)"), Statement("SELECT 2")],
        within: .milliseconds(20))
    }
    #expect(pipeline?.reason == .timeout)
    #expect(try connection.execute("SELECT 1").int64(0, 0) == 1)
    // The first row sleeps, and the rest does not fit into the buffers of the way.
    let head = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    var bytes = head
    bytes.reserveCapacity(20_000_100)
    for _ in 0..<2_000_000 { bytes += [0, 1, 0, 0, 0, 4, 0, 0, 0, 1] }
    let copy = failure { () throws(LinkError) in
      _ = try connection.copy(
        "COPY t FROM STDIN (FORMAT binary)", bytes + [0xff, 0xff],
        within: .milliseconds(100))
    }
    #expect(copy?.reason == .timeout && copy?.sqlState == "57014")
    #expect(try connection.execute("SELECT count(*) FROM t").int64(0, 0) == 0)
  }

  @Test func aServerThatStandsStillIsGivenUp() async throws {
    let cluster = try await PostgresCluster()
    let link = try Link()
    let connection = try link.open(cluster.url())
    let second = try link.open(cluster.url())
    cluster.suspend()
    defer { cluster.resume() }
    let error = failure { () throws(LinkError) in
      _ = try connection.execute("SELECT 1", within: .milliseconds(20))
    }
    #expect(error?.reason == .timeout && error?.sqlState == nil)
    #expect(!connection.isUsable)
    // Its cancel hangs, and there is only one.
    let other = failure { () throws(LinkError) in
      _ = try second.execute("SELECT 1", within: .milliseconds(20))
    }
    #expect(other?.reason == .timeout && !second.isUsable)
    #expect(link.cancels.count == 1)
    let open = failure { () throws(LinkError) in
      _ = try link.open(cluster.url(parameters: "connect_timeout=1"))
    }
    #expect(open?.reason == .unreachable)
  }

  /// Neither the statement nor the end of the session waits for room on the way.
  @Test func aServerThatReadsNothingIsGivenUp() async throws {
    let cluster = try await PostgresCluster()
    let proxy = TCPProxy(to: cluster.port)
    let connection = try Link().open(cluster.url(port: proxy.port))
    proxy.set(.blackHole)
    var parameters = Parameters()
    parameters.append(oid: 25) { $0 += [UInt8](repeating: 120, count: 64 << 20) }
    let statement = Statement("SELECT length($1)", parameters)
    let error = failure { () throws(LinkError) in
      _ = try connection.execute(statement, within: .milliseconds(50))
    }
    #expect(error?.reason == .timeout && !connection.isUsable)
  }

  @Test func aRaisedInterruptEndsAStatement() async throws {
    let cluster = try await PostgresCluster()
    let link = try Link()
    let interrupt = link.interrupt
    let url = cluster.url()
    let ended = Ended()
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sl'"
    let thread = NamedThread("statement") {
      let error = failure { () throws(LinkError) in
        let connection = try link.open(url)
        interrupt.ring()
        _ = try connection.execute("SELECT 1")
        _ = try connection.execute("SELECT pg_sleep(600)", within: long)
      }
      ended.error.withLock { $0 = error }
    }
    #expect(thread != nil)
    try await until("it runs") { try await cluster.psql(running) == "1" }
    interrupt.raise()
    try await until("it has ended") { ended.error.withLock { $0 } != nil }
    #expect(ended.error.withLock { $0?.isInterrupted } == true && interrupt.isRaised)
    let open = failure { () throws(LinkError) in _ = try link.open(url) }
    #expect(open?.isInterrupted == true)
    interrupt.lower()
    #expect(!interrupt.isRaised)
    #expect(try link.open(url).isUsable)
    // What ran is cancelled, though nobody waited for it.
    try await until("nothing runs") { try await cluster.psql(running) == "0" }
  }

  /// The same without the server's help: the socket is waited for with the bells.
  @Test func aWaitEndsAtTheBellOrTheDeadline() throws {
    let interrupt = try #require(Interrupt())
    let soon = SystemClock.monotonic.advanced(by: .milliseconds(5))
    #expect(interrupt.wait(for: -1, .readable, until: soon) == [])
    #expect(SystemClock.monotonic >= soon)
    let far = SystemClock.monotonic.advanced(by: long)
    interrupt.ring()
    #expect(interrupt.wait(for: -1, .readable, hearsRing: true, until: far) == .rung)
    let past = MonotonicInstant(nanoseconds: 0)
    #expect(interrupt.wait(for: -1, .readable, hearsRing: true, until: past) == [])
    interrupt.raise()
    #expect(interrupt.wait(for: -1, .readable, until: far) == .raised)
    #expect(interrupt.wait(for: -1, .readable, until: far) == .raised)
  }
}
