import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

/// 2026-01-01T00:00:00Z.
private let newYear = Timestamp(milliseconds: 1_767_225_600_000)

private let oldAndNew = """
  INSERT INTO omni2.mcp_health_log (mcp_server_id, "timestamp", status)
  SELECT 1, timestamptz '2026-01-01 00:00:00+00' - i * interval '1 minute', 'old'
  FROM generate_series(1, 25) i;
  INSERT INTO omni2.mcp_health_log (mcp_server_id, "timestamp", status)
  SELECT 1, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute', 'new'
  FROM generate_series(0, 9) i;

  """

private func remaining(_ bench: Bench, _ status: String) throws -> String {
  try bench.value("SELECT count(*) FROM omni2.mcp_health_log WHERE status = '\(status)'")
}

@Test func oldRowsGoInStepsAndNewerOnesStay() async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows + "DELETE FROM omni2.mcp_health_log;" + oldAndNew)
  let pruner = LogPruner(try bench.attach().schema)
  try await bench.psql(
    """
    INSERT INTO omni2.breakwater_events (event_id, "timestamp", event_type)
    VALUES ('old', '2025-12-31Z', 'config_changed'), ('new', '2026-01-02Z', 'config_changed')
    """)
  var steps: [LogPruner.Pruned] = []
  repeat {
    let step = try pruner.prune(before: newYear, most: 10, bench.connection, within: .seconds(30))
    steps.append(step)
    #expect(bench.connection.transactionStatus == .idle)
  } while steps.last?.hasMore == true && steps.count < 10
  #expect(steps.map(\.log) == [10, 10, 5])
  #expect(steps.map(\.events) == [1, 0, 0])
  #expect(try remaining(bench, "old") == "0")
  #expect(try remaining(bench, "new") == "10")
  #expect(try bench.value("SELECT string_agg(event_id, ' ') FROM omni2.breakwater_events") == "new")
}

@Test func aRowThatSomebodyHoldsIsLeftForLater() async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows + "DELETE FROM omni2.mcp_health_log;" + oldAndNew)
  let pruner = LogPruner(try bench.attach().schema)
  let holder = try bench.link.open(bench.url())
  _ = try holder.execute("BEGIN")
  _ = try holder.execute(
    """
    SELECT FROM omni2.mcp_health_log WHERE "timestamp" < '2025-12-31 23:40Z' FOR UPDATE
    """)
  let step = try pruner.prune(before: newYear, bench.connection, within: .seconds(30))
  #expect(step.log == 20)
  #expect(!step.hasMore)
  _ = try holder.execute("COMMIT")
  #expect(try pruner.prune(before: newYear, bench.connection, within: .seconds(30)).log == 5)
}

@Test func aTableThatSomebodyHoldsIsNotWaitedFor() async throws {
  let bench = try await Bench()
  let pruner = LogPruner(try bench.attach().schema)
  let holder = try bench.link.open(bench.url())
  _ = try holder.execute("BEGIN")
  _ = try holder.execute("LOCK TABLE omni2.mcp_health_log")
  let error = failure { () throws(LinkError) in
    _ = try pruner.prune(before: newYear, bench.connection, within: .seconds(30))
  }
  #expect(error?.reason == .conflict)
  #expect(bench.connection.transactionStatus == .idle)
}

@Test func timesWithoutAZoneAreUTC() async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows
      + """
      DELETE FROM omni2.mcp_health_log;
      ALTER TABLE omni2.mcp_health_log ALTER "timestamp" TYPE timestamp;
      INSERT INTO omni2.mcp_health_log (mcp_server_id, "timestamp", status)
      VALUES (1, '2025-12-31 23:59:59.999', 'old'), (1, '2026-01-01 00:00', 'new');
      """)
  let pruner = LogPruner(try bench.attach().schema)
  _ = try bench.connection.execute("SET TimeZone = 'Asia/Tokyo'")
  #expect(try pruner.prune(before: newYear, bench.connection, within: .seconds(30)).log == 1)
  #expect(try remaining(bench, "new") == "1")
}

@Test func aLongLogIsReadByItsIndex() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let schema = try bench.attach().schema
  try await bench.psql(
    """
    INSERT INTO omni2.mcp_health_log (mcp_server_id, "timestamp", status)
    SELECT 1, timestamptz '2025-12-01Z' + i * interval '1 second', 'healthy'
    FROM generate_series(1, 200000) i
    """)
  let statement = LogPruner(schema).delete(from: "mcp_health_log", most: 1000)
  for statistics in ["", "ANALYZE omni2.mcp_health_log"] {
    if !statistics.isEmpty { _ = try bench.connection.execute(statistics) }
    try bench.connection.run(
      script: "BEGIN; SET LOCAL enable_seqscan = off", within: .seconds(30))
    var parameters = Parameters()
    parameters.append(newYear, for: schema.log.timestamp)
    let plan = try bench.connection.execute(
      Statement("EXPLAIN " + statement, parameters), within: .seconds(30))
    _ = try bench.connection.execute("ROLLBACK")
    let lines = (0..<plan.count).compactMap { plan.text($0, 0) }.joined(separator: "\n")
    #expect(lines.contains("Index Scan using mcp_health_log_timestamp_idx"), "\(lines)")
    #expect(lines.contains("Tid Scan"), "\(lines)")
    #expect(!lines.contains("Seq Scan"), "\(lines)")
    #expect(!lines.contains("Sort"), "\(lines)")
  }
}
