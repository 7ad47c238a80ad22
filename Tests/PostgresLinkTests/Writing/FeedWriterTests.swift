import Agent
import Breaking
import MCPWire
import PostgresLink
import Signals
import TestSupport
import Testing

@Suite struct FeedWriterTests {
  @Test func everyColumnOfTheLogIsRight() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let failed = FeedLog(
      sequence: 18_446_744_073_709_551_615, timestamp: Timestamp(milliseconds: -1),
      type: .healthCheckFailed,
      status: .disconnected, responseTime: nil, outcome: .connectRefused,
      detail: "a\u{0}\u{1}é\"\\", data: [Label(name: "k\"", value: "v\u{0}\n")])
    let rows = [logged("weather", 1), FeedRow(mcp: "weather", log: failed)]
    let outcome = try bench.writer().write(FeedBench.chunks(rows), after: bench.writer().cursor())
    #expect(outcome.report?.rows == 2 && outcome.report?.position == 1)
    let lines = try await bench.psql(
      """
      SET TimeZone = 'UTC'; SELECT s.name, l."timestamp", l.status, response_time_ms,
      error_message = E'a\\uFFFD\\u0001é"\\\\', l.meta_data->>'outcome',
      l.meta_data->>'k"' = E'v\\uFFFD\\n', event_type, event_id
      FROM omni2.mcp_health_log l JOIN omni2.mcp_servers s ON s.id = mcp_server_id ORDER BY l.id
      """)
    #expect(
      lines == """
        weather|2026-09-21 14:13:20.001+00|healthy|7||||health_check_success|00000000000000aa-1
        weather|1969-12-31 23:59:59.999+00|disconnected||t|connect_refused|t|health_check_failed\
        |00000000000000aa-18446744073709551615
        """)
  }

  private let columns = """
    SET TimeZone = 'UTC'; SELECT health_status, last_health_check, error_count, circuit_state,
    consecutive_failures, failure_cycle_count, last_recovery_attempt, total_downtime_seconds,
    auto_disabled_at, auto_disabled_reason, updated_at > created_at
    FROM omni2.mcp_servers ORDER BY id
    """

  @Test func everyColumnOfTheStateIsRight() async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail", "quiet"])
    let writer = bench.writer()
    _ = try writer.cursor()
    let down = stated("weather", at: 1_790_000_010_500) { state in
      state.health = .circuitOpen
      state.circuit = .halfOpen
      state.lastCheck = Timestamp(milliseconds: 1_790_000_010_400)
      state.errors = 2
      state.consecutiveFailures = 5_000_000_000
      state.failureCycles = 3
      state.lastRecoveryAttempt = Timestamp(milliseconds: 1_790_000_009_000)
      state.downtime.total = .milliseconds(1600)
      state.downtime.since = Timestamp(milliseconds: 1_790_000_000_000)
    }
    let disabled = stated("mail", at: 1_790_000_011_000) { state in
      state.health = .disabled
      state.autoDisabledReason = "down\u{0} for long"
      state.downtime.total = .seconds(9_000_000_000)
    }
    let rows = [stated("weather", at: 0) { $0.errors = 1 }, down, disabled]
    _ = try writer.write(FeedBench.chunks(rows), after: 0)
    #expect(
      try await bench.psql(columns)
        == """
        circuit_open|2026-09-21 14:13:30.4+00|3|half_open|2147483647|3|2026-09-21 14:13:29|12|||t
        disabled||0|closed|0|0||2147483647|2026-09-21 14:13:31+00|down\u{fffd} for long|t
        unknown||0|closed|0|0||0|||f
        """)
    // The time of disabling stays; enabled again, it goes. What is not known is not taken away.
    let again = stated("mail", at: 1_790_000_099_000) { state in
      state.health = .disabled
      state.autoDisabledReason = "down for longer"
    }
    let up = stated("weather", at: 1_790_000_020_000) { $0.errors = 4 }
    _ = try writer.write(FeedBench.chunks([again, up], from: 2), after: 1)
    #expect(
      try await bench.psql(columns) == """
        healthy|2026-09-21 14:13:30.4+00|7|closed|0|0|2026-09-21 14:13:29|0|||t
        disabled||0|closed|0|0||0|2026-09-21 14:13:31+00|down for longer|t
        unknown||0|closed|0|0||0|||f
        """)
    let enabled = stated("mail", at: 1_790_000_100_000) { _ in }
    _ = try writer.write(FeedBench.chunks([enabled], from: 3), after: 2)
    #expect(
      try await bench.psql(
        "SELECT auto_disabled_at, auto_disabled_reason FROM omni2.mcp_servers WHERE name = 'mail'")
        == "|")
  }

  @Test func aProbeThatChangedNothingWritesItsTimeAndEqualRowsAreLeftAlone() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    _ = try writer.cursor()
    func checked(_ time: Int64) -> FeedRow {
      stated("weather", at: time) { $0.lastCheck = Timestamp(milliseconds: time) }
    }
    let version = "SELECT xmin FROM omni2.mcp_servers"
    _ = try writer.write(FeedBench.chunks([checked(1000)]), after: 0)
    let first = try await bench.psql(version)
    _ = try writer.write(FeedBench.chunks([checked(1000)], from: 2), after: 1)
    #expect(try await bench.psql(version) == first)
    // Neither does a session that remembers nothing.
    let other = bench.writer()
    _ = try other.write(FeedBench.chunks([checked(1000)], from: 3), after: 2)
    #expect(try await bench.psql(version) == first)
    _ = try writer.write(FeedBench.chunks([checked(2000)], from: 4), after: 3)
    let times = "SELECT extract(epoch FROM last_health_check)::int FROM omni2.mcp_servers"
    #expect(try await bench.psql(times) == "2")
  }

  @Test func rowsWrittenTwiceAreThereOnce() async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail"])
    let writer = bench.writer()
    #expect(try writer.cursor() == 0)
    var rows = (1...50).map { logged($0 % 2 == 0 ? "weather" : "mail", UInt64($0)) }
    rows.append(
      FeedRow(
        mcp: "",
        log: FeedLog(
          sequence: 51, timestamp: Timestamp(milliseconds: 0), type: .configChanged,
          status: .unknown, detail: "why", data: [Label(name: "key", value: "v")])))
    #expect(try writer.write(FeedBench.chunks(rows, of: 20), after: 0).report?.position == 3)
    #expect(try writer.cursor() == 3)
    _ = try await bench.psql("UPDATE omni2.breakwater_cursors SET position = 0")
    rows.append(logged("mail", 52))
    let again = try writer.write(FeedBench.chunks(rows, of: 20), after: 0)
    #expect(again.report?.rows == 52 && again.report?.refused == 0)
    #expect(bench.connection.transactionStatus == .idle)
    let counts = try await bench.psql(
      """
      SELECT (SELECT count(*) FROM omni2.mcp_health_log),
      (SELECT position FROM omni2.breakwater_cursors),
      (SELECT string_agg(concat_ws(' ', event_id, event_type, detail, meta_data), ',')
       FROM omni2.breakwater_events)
      """)
    #expect(counts == #"51|3|00000000000000aa-51 config_changed why {"key": "v"}"#)
  }

  @Test func aCursorThatMovedIsNotPassed() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    let other = bench.writer(try bench.link.open(bench.cluster.url()))
    #expect(try writer.cursor() == 0 && other.cursor() == 0)
    _ = try other.write(FeedBench.chunks([logged("weather", 1)]), after: 0)
    let chunks = FeedBench.chunks([
      logged("weather", 1), stated("weather", at: 5) { $0.errors = 1 },
    ])
    #expect(try writer.write(chunks, after: 0) == .cursorMoved)
    #expect(bench.connection.transactionStatus == .idle)
    #expect(try writer.cursor() == 1)
    let counts =
      "SELECT count(*), (SELECT sum(error_count) FROM omni2.mcp_servers) FROM omni2.mcp_health_log"
    #expect(try await bench.psql(counts) == "1|0")
  }

  @Test func rowsOfAnMCPThatIsGoneAreCounted() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    _ = try writer.cursor()
    let rows = [logged("weather", 1), logged("nobody", 2), stated("nobody", at: 3) { _ in }]
    let report = try writer.write(FeedBench.chunks(rows), after: 0).report
    #expect(report?.rows == 1 && report?.gone == 2)
  }

  @Test func aRowDeletedMeanwhileHasTheIDsReadAgain() async throws {
    var bench = try await FeedBench(mcps: ["weather", "mail"])
    let writer = bench.writer()
    _ = try writer.cursor()
    _ = try await bench.psql("DELETE FROM omni2.mcp_servers WHERE name = 'mail'")
    let chunks = FeedBench.chunks([logged("weather", 1), logged("mail", 2)])
    #expect(try writer.write(chunks, after: 0) == .staleIDs)
    #expect(bench.connection.transactionStatus == .idle)
    try await bench.readIDs()
    writer.set(bench.ids)
    let report = try writer.write(chunks, after: 0).report
    #expect(report?.rows == 1 && report?.gone == 1)
  }

  @Test func damagedBytesAreCountedAndPassed() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    _ = try writer.cursor()
    var chunk = FeedBench.chunks([logged("weather", 1), logged("weather", 2)])[0]
    chunk.bytes.removeLast()
    let report = try writer.write([chunk], after: 0).report
    #expect(report?.rows == 1 && report?.unreadable == 1 && report?.position == 1)
  }

  @Test func downtimeGrowsByTheSecond() async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail"])
    let writer = bench.writer()
    _ = try writer.cursor()
    let rows = ["weather", "mail"].map { mcp in
      stated(mcp, at: 1_000_500) { state in
        state.downtime.total = .seconds(10)
        if mcp == "weather" { state.downtime.since = Timestamp(milliseconds: 1_000_000) }
      }
    }
    _ = try writer.write(FeedBench.chunks(rows), after: 0)
    #expect(try writer.refreshDowntime(at: Timestamp(milliseconds: 1_000_900)) == 0)
    #expect(try writer.refreshDowntime(at: Timestamp(milliseconds: 1_005_000)) == 1)
    #expect(try writer.refreshDowntime(at: Timestamp(milliseconds: 1_005_999)) == 0)
    let seconds = "SELECT total_downtime_seconds FROM omni2.mcp_servers ORDER BY id"
    #expect(try await bench.psql(seconds) == "15\n10")
    let up = stated("weather", at: 1_006_000) { $0.downtime.total = .seconds(16) }
    _ = try writer.write(FeedBench.chunks([up], from: 2), after: 1)
    #expect(try writer.refreshDowntime(at: Timestamp(milliseconds: 9_000_000)) == 0)
    #expect(try await bench.psql(seconds) == "16\n10")
  }
}
