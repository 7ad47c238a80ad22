import Agent
import PostgresLink
import Signals
import TestSupport
import Testing

private func read(
  _ bench: Bench, registry: Bool = true, bounds: DatabaseReader.Bounds = .init()
) throws -> DatabaseReading {
  let schema = try bench.attach().schema
  let reader = DatabaseReader(schema, registry: registry, bounds: bounds)
  defer { #expect(bench.connection.transactionStatus == .idle) }
  return try reader.read(bench.connection, within: .seconds(30))
}

@Test func activeRowsAndKeysAreRead() async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows
      + """
      INSERT INTO omni2.mcp_servers (name, url, status, protocol, timeout_seconds, auth_type,
        auth_config, description, meta_data, updated_at)
      VALUES ('gone', 'http://g', 'inactive', NULL, 5, NULL, NULL, NULL, NULL, now()),
        ('full', 'http://f', 'active', NULL, 7, 'bearer', '{"token": "t"}', 'all', '{"a": 1}',
         now());
      INSERT INTO omni2.omni2_config (config_key, config_value, is_active)
      VALUES ('a_key', '[1]', true), ('off', '1', false), ('none', '1', NULL);
      """)
  let reading = try read(bench)
  #expect(reading.problems.isEmpty)
  #expect(reading.ids.byName == ["alpha": 1, "beta": 2, "gone": 3, "full": 4])
  #expect(reading.rows.servers.map(\.name) == ["alpha", "beta", "full"])
  var full = RegistryRow(id: 4, name: "full", url: "http://f")
  full.description = "all"
  full.timeoutSeconds = 7
  full.authType = "bearer"
  full.authConfig = Secret(#"{"token": "t"}"#)
  full.maxFailureCycles = 3
  full.metaData = #"{"a": 1}"#
  #expect(reading.rows.servers.last == full)
  #expect(
    reading.rows.config == [
      ConfigRow(key: "a_key", value: "[1]"),
      ConfigRow(key: "hot_reload", value: #"{"interval_seconds": 30}"#),
    ])
}

@Test func withoutTheRegistryOnlyNamesAreRead() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let reading = try read(bench, registry: false)
  #expect(reading.rows.servers.isEmpty)
  #expect(reading.rows.config.count == 1)
  #expect(reading.ids["beta"] == 2)
}

@Test func columnsOfOtherTypesAreRead() async throws {
  let bench = try await Bench(
    """
    CREATE SCHEMA omni2;
    CREATE TYPE omni2.kind AS ENUM ('http', 'sse');
    CREATE TABLE omni2.mcp_servers (
      id bigint PRIMARY KEY DEFAULT 0, name text UNIQUE, url text, status char(10),
      protocol varchar(20), timeout_seconds numeric(6,2), auth_type omni2.kind, auth_config text,
      meta_data json, max_failure_cycles text);
    INSERT INTO omni2.mcp_servers VALUES
      (5000000000, 'a', 'http://a', 'active', 'sse', 12.00, 'sse', 'not JSON', '{"b":2}', '4'),
      (5000000001, 'b', 'http://b', 'active', NULL, 1.5, NULL, NULL, NULL, NULL),
      (5000000002, 'c', 'http://c', 'active', NULL, NULL, NULL, NULL, NULL, 'many'),
      (5000000003, NULL, 'http://d', 'active', NULL, NULL, NULL, NULL, NULL, NULL),
      (5000000004, 'e', 'http://e', 'active', NULL, NULL, NULL, NULL, NULL, NULL);
    CREATE TABLE omni2.omni2_config (config_key text, config_value text, is_active int DEFAULT 1);
    INSERT INTO omni2.omni2_config VALUES ('x', 'not JSON', 1), ('y', NULL, 1),
      (NULL, '1', 1), ('z', '1', 0);
    """)
  let reading = try read(bench)
  var first = RegistryRow(id: 5_000_000_000, name: "a", url: "http://a")
  first.transport = "sse"
  first.timeoutSeconds = 12
  first.authType = "sse"
  first.authConfig = Secret("not JSON")
  first.maxFailureCycles = 4
  first.metaData = #"{"b":2}"#
  #expect(reading.rows.servers.first == first)
  #expect(reading.rows.servers.map(\.name) == ["a", "e"])
  // Without a value the key is there all the same, so that what counted before can stay.
  #expect(
    reading.rows.config == [
      ConfigRow(key: "x", value: "not JSON"), ConfigRow(key: "y", value: ""),
    ])
  #expect(
    reading.problems == [
      "row 5000000001 of mcp_servers: timeout_seconds is no whole number; the row is left out",
      "row 5000000002 of mcp_servers: max_failure_cycles is no whole number; the row is left out",
      "row 5000000003 of mcp_servers: the name or the url is NULL; the row is left out",
      "a row of omni2_config has no key, or one that is too long; it is left out",
    ])
}

@Test func valuesThatAreTooLongAreLeftOutAndOthersGoOn() async throws {
  let bench = try await Bench()
  _ = try bench.attach()
  try await bench.psql(
    """
    INSERT INTO omni2.mcp_servers (name, url, description, auth_config) VALUES
      ('url', 'http://' || repeat('u', 9000), NULL, NULL),
      ('auth', 'http://a', NULL, jsonb_build_object('token', repeat('secret', 20000))),
      ('text', 'http://t', repeat('d', 20000), NULL), ('good', 'http://g', 'fine', NULL);
    INSERT INTO omni2.omni2_config (config_key, config_value) VALUES
      ('large', to_jsonb(repeat('v', 70000))), ('small', '1');
    """)
  let reading = try read(bench)
  #expect(reading.rows.servers.map(\.name) == ["text", "good"])
  #expect(reading.rows.servers.first?.description == nil)
  #expect(
    reading.rows.config == [
      ConfigRow(key: "large", value: ""), ConfigRow(key: "small", value: "1"),
    ])
  #expect(
    reading.problems == [
      "row 1 of mcp_servers: url is too long; the row is left out",
      "row 2 of mcp_servers: auth_config is too long; the row is left out",
    ])
}

@Test func readingIsBounded() async throws {
  let bench = try await Bench()
  _ = try bench.attach()
  try await bench.psql(
    """
    INSERT INTO omni2.mcp_servers (name, url)
    SELECT 'm' || i, 'http://' || repeat('x', 93) FROM generate_series(1, 30) i;
    INSERT INTO omni2.omni2_config (config_key, config_value)
    SELECT 'k' || i, '1' FROM generate_series(1, 4) i;
    """)
  var bounds = DatabaseReader.Bounds()
  bounds.servers = 10
  bounds.configs = 3
  bounds.names = 20
  let reading = try read(bench, bounds: bounds)
  #expect(reading.rows.servers.count == 10)
  #expect(reading.rows.config.count == 3)
  #expect(reading.ids.byName.count == 20)
  #expect(
    reading.problems == [
      "mcp_servers has more than 20 rows: the rest is not looked at",
      "30 active rows of mcp_servers: only the first 10 are read",
      "4 active rows of omni2_config: only the first 3 are read",
    ])
  // Each row has 100 bytes of a URL, 2 or 3 of a name, 2 of a time limit.
  bounds.bytes = 1000
  #expect(try read(bench, bounds: bounds).rows.servers.count == 9)
}

@Test func problemsAreBounded() async throws {
  let bench = try await Bench()
  _ = try bench.attach()
  try await bench.psql(
    """
    INSERT INTO omni2.mcp_servers (name, url)
    SELECT 'm' || i, repeat('x', 9000) FROM generate_series(1, 150) i
    """)
  let problems = try read(bench).problems
  #expect(problems.count == DatabaseReading.mostProblems + 1)
  #expect(problems.last == "and 50 more")
}

@Test func aTableThatIsGoneFailsTheReadAndNotTheSession() async throws {
  let bench = try await Bench()
  let schema = try bench.attach().schema
  try await bench.psql("DROP TABLE omni2.omni2_config")
  let reader = DatabaseReader(schema, registry: true)
  let error = failure { () throws(LinkError) in
    _ = try reader.read(bench.connection, within: .seconds(30))
  }
  #expect(error?.reason == .foreignSchema)
  #expect(bench.connection.transactionStatus == .idle)
}
