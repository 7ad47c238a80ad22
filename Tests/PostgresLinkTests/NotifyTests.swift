import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

/// Tables whose changes were told, in order, up to a notification of our own.
private func told(_ listener: Connection, channel: String) throws -> [String] {
  _ = try listener.execute("SELECT pg_notify('\(channel)', 'end')")
  var told: [String] = []
  let limit = SystemClock.monotonic.advanced(by: .seconds(30))
  while told.last != "end" {
    try #require(SystemClock.monotonic < limit)
    _ = try listener.waitForNotification(until: limit)
    told += listener.notifications().map(\.payload)
  }
  return told.dropLast()
}

@Test func changesThatMatterAreToldAndHealthIsNot() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let channel = try bench.attach().schema.channel
  #expect(channel == "breakwater_omni2")
  let listener = try bench.link.open(bench.url())
  _ = try listener.execute("LISTEN \(QuotedName.quoting(channel))")
  let servers = [
    "INSERT INTO omni2.mcp_servers (name, url, timeout_seconds, updated_at) "
      + "VALUES ('c', 'http://c', 5, now())",
    "UPDATE omni2.mcp_servers SET url = 'http://d' WHERE name = 'c'",
    "UPDATE omni2.mcp_servers SET status = 'inactive', health_status = 'unknown'",
    "UPDATE omni2.mcp_servers SET auth_config = '{}', meta_data = '{}'",
    "DELETE FROM omni2.mcp_servers WHERE name = 'c'",
    "TRUNCATE omni2.mcp_servers CASCADE",
  ]
  for change in servers {
    _ = try bench.connection.execute(change)
    #expect(try told(listener, channel: channel) == ["mcp_servers"], "\(change)")
  }
  _ = try bench.connection.execute(
    "UPDATE omni2.omni2_config SET config_value = '{}' WHERE config_key = 'hot_reload'")
  #expect(try told(listener, channel: channel) == ["omni2_config"])
}

@Test func theWritersOwnChangesAreNotTold() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let channel = try bench.attach().schema.channel
  let listener = try bench.link.open(bench.url())
  _ = try listener.execute("LISTEN \(QuotedName.quoting(channel))")
  _ = try bench.connection.execute(
    """
    UPDATE omni2.mcp_servers SET health_status = 'healthy', last_health_check = now(),
      error_count = 1, circuit_state = 'open', consecutive_failures = 2,
      last_recovery_attempt = now(), total_downtime_seconds = 3, failure_cycle_count = 4,
      auto_disabled_at = now(), auto_disabled_reason = 'r', updated_at = now()
    """)
  _ = try bench.connection.execute(
    "INSERT INTO omni2.mcp_health_log (mcp_server_id, status) VALUES (1, 'healthy')")
  #expect(try told(listener, channel: channel).isEmpty)
}

@Test func aSchemaWithALongNameIsToldOf() async throws {
  let bench = try await Bench()
  let name = "L" + String(repeating: "o", count: 61) + "g"
  let channel = try bench.attach(name).schema.channel
  let listener = try bench.link.open(bench.url())
  _ = try listener.execute("LISTEN \(QuotedName.quoting(channel))")
  _ = try bench.connection.execute(
    "INSERT INTO \(QuotedName(name).table("mcp_servers")) (name, url) VALUES ('a', 'http://a')")
  #expect(try told(listener, channel: channel) == ["mcp_servers"])
}
