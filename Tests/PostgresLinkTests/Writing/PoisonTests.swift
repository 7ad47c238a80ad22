import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

/// A way to make the server refuse the row whose detail is "bad", and what it says then.
struct Poison: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var sql: String
  var state: String
}

@Suite struct PoisonTests {
  static let poisons = [
    Poison(
      testDescription: "a check",
      sql: "ALTER TABLE omni2.mcp_health_log ADD CHECK (error_message <> 'bad')", state: "23514"),
    Poison(
      testDescription: "a trigger that computes",
      sql: """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.error_message = 'bad' THEN PERFORM 1 / 0; END IF; RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON omni2.mcp_health_log
        FOR EACH ROW EXECUTE FUNCTION public.refuse()
        """, state: "22012"),
    Poison(
      testDescription: "a trigger with its own words",
      sql: """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.error_message = 'bad' THEN RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON omni2.mcp_health_log
        FOR EACH ROW EXECUTE FUNCTION public.refuse()
        """, state: "P0001"),
    Poison(
      testDescription: "a deferred constraint",
      sql: """
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.error_message = 'bad' THEN
        RAISE EXCEPTION 'no' USING ERRCODE = '23000'; END IF; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON omni2.mcp_health_log
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse()
        """, state: "23000"),
  ]

  @Test(arguments: poisons)
  func badRowsAreLeftOutAndAllOthersAreWritten(poison: Poison) async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail"])
    _ = try await bench.psql(poison.sql)
    let writer = bench.writer()
    var position = try writer.cursor()
    let rows = (1...300).map { number in
      var row = logged(
        number % 2 == 0 ? "weather" : "mail", UInt64(number), .healthCheckFailed,
        detail: [7, 8, 150, 299].contains(number) ? "bad" : "good")
      row.state = FeedState(at: Timestamp(milliseconds: Int64(number)), health: .healthy)
      row.state?.consecutiveFailures = number
      row.state?.errors = 1
      return row
    }
    let chunks = FeedBench.chunks(rows, of: 60)
    var refused: [FeedReport.Refusal] = []
    var written = 0
    for _ in 0..<20 where position < 5 {
      let rest = chunks.filter { $0.position > position }
      let report = try #require(try writer.write(rest, after: position).report)
      #expect(report.position > position)
      position = report.position
      refused += report.refusals
      written += report.rows
    }
    #expect(position == 5 && written == 296)
    #expect(refused.map(\.mcp) == ["mail", "weather", "weather", "mail"])
    #expect(refused.allSatisfy { $0.sqlState == poison.state })
    #expect(bench.connection.transactionStatus == .idle)
    // What the bad rows say of the state counts all the same.
    let counts = try await bench.psql(
      """
      SELECT count(*), count(DISTINCT event_id), (SELECT position FROM omni2.breakwater_cursors),
      (SELECT string_agg(concat_ws(' ', consecutive_failures, error_count), ',' ORDER BY id)
       FROM omni2.mcp_servers) FROM omni2.mcp_health_log
      """)
    #expect(counts == "296|296|5|300 150,299 150")
  }

  @Test func aBadStateIsNoReasonToLeaveOutItsLog() async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail"])
    _ = try await bench.psql(
      "ALTER TABLE omni2.mcp_servers ADD CHECK (consecutive_failures <> 13)")
    let writer = bench.writer()
    _ = try writer.cursor()
    var row = logged("weather", 1)
    row.state = FeedState(at: Timestamp(milliseconds: 1), health: .healthy)
    row.state?.consecutiveFailures = 13
    let report = try writer.write(FeedBench.chunks([row, logged("mail", 2)]), after: 0).report
    #expect(report?.rows == 1 && report?.refused == 1)
    #expect(try await bench.psql("SELECT count(*) FROM omni2.mcp_health_log") == "2")
  }

  @Test func anErrorThatIsNoRowsIsThrown() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    _ = try writer.cursor()
    let other = try bench.link.open(bench.cluster.url())
    _ = try other.execute("BEGIN")
    _ = try other.execute("SELECT * FROM omni2.breakwater_cursors FOR UPDATE")
    _ = try bench.connection.execute("SET lock_timeout = 50")
    let chunks = FeedBench.chunks([logged("weather", 1)])
    let error = failure { () throws(LinkError) in _ = try writer.write(chunks, after: 0) }
    #expect(error?.reason == .conflict && error?.sqlState == "55P03")
    #expect(bench.connection.transactionStatus == .idle)
    _ = try other.execute("ROLLBACK")
    #expect(try writer.write(chunks, after: 0).report?.rows == 1)
  }
}
