import Agent
import PostgresLink
import TestSupport
import Testing

@Test func anEmptyDatabaseBecomesComplete() async throws {
  let bench = try await Bench()
  let first = try bench.attach()
  #expect(!first.statements.isEmpty)
  #expect(first.schema.notes.isEmpty)
  #expect(
    try bench.value(
      """
      SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
      WHERE relnamespace = 'omni2'::regnamespace AND relkind = 'r'
      """) == "breakwater_cursors breakwater_events breakwater_schema breakwater_servers "
      + "mcp_health_log mcp_servers mcp_tools omni2_config")
  #expect(try bench.value("SELECT version FROM omni2.breakwater_schema") == "1")
  #expect(
    try bench.value("SELECT reloptions FROM pg_class WHERE oid = 'omni2.mcp_servers'::regclass")
      == "{fillfactor=70}")
  #expect(
    try bench.value(
      "SELECT collation_name FROM information_schema.columns WHERE column_name = 'event_id' "
        + "AND table_name = 'mcp_health_log'") == "C")
  #expect(try bench.value("SELECT to_regclass('omni2.idx_mcp_servers_circuit_state')") != "NULL")
}

@Test func aCompleteSchemaIsLeftAlone() async throws {
  let bench = try await Bench()
  let first = try bench.attach()
  let rows = try bench.value("SELECT sum(xmin::text::bigint) FROM pg_class")
  let second = try bench.attach()
  #expect(second.statements.isEmpty)
  // What was planned is what is there.
  #expect(second.schema == first.schema)
  #expect(try bench.value("SELECT sum(xmin::text::bigint) FROM pg_class") == rows)
  #expect(bench.connection.transactionStatus == .idle)
}

@Test func theTablesOfOMNI2AreOnlyAddedTo() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let result = try bench.attach()
  #expect(result.statements.allSatisfy { !$0.contains("DROP") && !$0.contains("ALTER COLUMN") })
  let withoutID = "SELECT count(*) FROM omni2.mcp_health_log WHERE event_id IS NULL"
  #expect(try bench.value(withoutID) == "50")
  #expect(
    try bench.value(
      """
      SELECT concat_ws(' ', name, timeout_seconds, max_failure_cycles, circuit_state,
        consecutive_failures, total_downtime_seconds, last_recovery_attempt)
      FROM omni2.mcp_servers WHERE id = 1
      """) == "alpha 30 3 closed 0 0")
  // OMNI2's own statements still do.
  try await bench.psql(
    "INSERT INTO omni2.mcp_health_log (mcp_server_id, status) VALUES (1, 'healthy')")
  #expect(result.schema.servers.url == ColumnForm(.varchar, limit: 500))
  #expect(
    result.schema.servers.wanted.map(\.column) == ["timeout_seconds"])
  let again = try bench.attach()
  #expect(again.statements.isEmpty)
  #expect(again.schema == result.schema)
}

@Test func otherTypesAreTakenAsTheyAre() async throws {
  let bench = try await Bench(
    """
    CREATE SCHEMA omni2;
    CREATE TABLE omni2.mcp_servers (
      id bigint PRIMARY KEY DEFAULT 1, name text NOT NULL, url text, error_count bigint,
      last_health_check timestamp, health_status char(20), consecutive_failures smallint,
      "Extra column" int NOT NULL DEFAULT 5);
    CREATE UNIQUE INDEX ON omni2.mcp_servers (name);
    CREATE TABLE omni2.mcp_health_log (
      mcp_server_id bigint, "timestamp" timestamp, status text, meta_data json,
      event_id varchar(64));
    """)
  let schema = try bench.attach().schema
  #expect(schema.servers.id == ColumnForm(.int8))
  #expect(schema.servers.name == ColumnForm(.text))
  #expect(schema.servers.errorCount == ColumnForm(.int8))
  #expect(schema.servers.consecutiveFailures == ColumnForm(.int2))
  #expect(schema.servers.lastHealthCheck == ColumnForm(.timestamp))
  #expect(schema.servers.healthStatus == ColumnForm(.bpchar, limit: 20))
  #expect(schema.log.serverID == ColumnForm(.int8))
  #expect(schema.log.timestamp == ColumnForm(.timestamp))
  #expect(schema.log.metaData == ColumnForm(.json))
  #expect(schema.log.eventID == ColumnForm(.varchar, limit: 64))
  // What points to a row has the type of its id.
  #expect(schema.tools?.serverID == ColumnForm(.int8))
  #expect(try bench.attach().statements.isEmpty)
}

@Test func anUnfitTableThatIsNotNeededIsLeftAlone() async throws {
  let bench = try await Bench(
    OMNI2.tables
      + """
      DROP TABLE omni2.omni2_config;
      CREATE VIEW omni2.omni2_config AS SELECT 'k'::text AS config_key, '1'::jsonb AS config_value;
      CREATE TABLE omni2.mcp_tools (id serial, mcp_server_id uuid, name text);
      """)
  let schema = try bench.attach().schema
  #expect(schema.tools == nil)
  #expect(!schema.hasConfig)
  #expect(
    schema.notes == [
      "omni2.mcp_tools.mcp_server_id is of type uuid; it must be integer or bigint",
      "omni2.omni2_config is a view; it must be an ordinary table",
    ])
}

@Test(arguments: [
  (
    "ALTER TABLE omni2.mcp_servers RENAME TO x; "
      + "CREATE VIEW omni2.mcp_servers AS SELECT * FROM omni2.x",
    "omni2.mcp_servers is a view; it must be an ordinary table"
  ),
  (
    "ALTER TABLE omni2.mcp_servers DROP COLUMN url", "omni2.mcp_servers has no column url"
  ),
  (
    "ALTER TABLE omni2.mcp_servers DROP CONSTRAINT mcp_servers_name_key",
    "omni2.mcp_servers.name is not unique: it needs a unique index of its own"
  ),
  (
    "ALTER TABLE omni2.mcp_health_log ALTER \"timestamp\" DROP DEFAULT, "
      + "ALTER \"timestamp\" TYPE date",
    "omni2.mcp_health_log.timestamp is of type date; it must be timestamp with time zone or "
      + "timestamp without time zone"
  ),
  (
    "ALTER TABLE omni2.mcp_health_log ADD tenant int NOT NULL",
    "omni2.mcp_health_log.tenant is NOT NULL without a default; Breakwater has no value for it"
  ),
  (
    "ALTER TABLE omni2.mcp_health_log ADD event_id varchar(32)",
    "omni2.mcp_health_log.event_id holds 32 characters; it must hold 37"
  ),
  (
    "ALTER TABLE omni2.mcp_health_log ALTER error_message SET NOT NULL",
    "omni2.mcp_health_log.error_message is NOT NULL; Breakwater has to write NULL there"
  ),
  (
    "ALTER TABLE omni2.mcp_servers DROP error_count, "
      + "ADD error_count int GENERATED ALWAYS AS (failure_cycle_count) STORED",
    "omni2.mcp_servers.error_count is computed by the database and takes no value"
  ),
])
func aForeignSchemaIsRefusedWithASentence(change: String, sentence: String) async throws {
  let bench = try await Bench(OMNI2.tables + change)
  let refusal = failure { () throws(LinkError) in _ = try bench.attach() }
  #expect(refusal?.reason == .foreignSchema)
  #expect(refusal?.detail == sentence)
  #expect(try bench.value("SELECT to_regclass('omni2.breakwater_schema')") == "NULL")
  #expect(bench.connection.transactionStatus == .idle)
}

@Test func idsOfEventsThatAreThereTwiceAreRefused() async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows
      + "ALTER TABLE omni2.mcp_health_log ADD event_id text DEFAULT 'same'")
  let refusal = failure { () throws(LinkError) in _ = try bench.attach() }
  #expect(refusal?.reason == .foreignSchema)
  #expect(refusal?.detail.contains(#"CREATE UNIQUE INDEX ON "omni2"."mcp_health_log""#) == true)
  #expect(try bench.value("SELECT to_regclass('omni2.breakwater_schema')") == "NULL")
}

@Test func aNewerSchemaIsNotWrittenTo() async throws {
  let bench = try await Bench()
  _ = try bench.attach()
  try await bench.psql(
    """
    INSERT INTO omni2.breakwater_schema VALUES (9, now());
    ALTER TABLE omni2.mcp_servers DROP COLUMN circuit_state;
    """)
  let refusal = failure { () throws(LinkError) in _ = try bench.attach() }
  #expect(refusal?.reason == .newerSchema)
  #expect(refusal?.detail.contains("schema omni2 is at version 9, this program knows 1") == true)
  #expect(
    try bench.value(
      "SELECT count(*) FROM information_schema.columns WHERE column_name = 'circuit_state'") == "0")
}

@Test func aNameWithCapitalsIsItsOwnSchema() async throws {
  let bench = try await Bench("CREATE SCHEMA omni2_x")
  _ = try bench.attach("OMNI2_x")
  #expect(try bench.value(#"SELECT to_regclass('"OMNI2_x".mcp_servers')"#) != "NULL")
  #expect(try bench.value("SELECT to_regclass('omni2_x.mcp_servers')") == "NULL")
  #expect(try bench.attach("OMNI2_x").statements.isEmpty)
}

@Test func aTableThatIsThereGetsNoIndexButThoseThatAreNeeded() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let statements = try bench.attach().statements
  // The first thing that is done, while mcp_servers is free.
  #expect(statements.first?.hasPrefix(#"ALTER TABLE "omni2"."mcp_health_log" ADD"#) == true)
  let indexes = statements.filter { $0.hasPrefix("CREATE") && $0.contains("INDEX") }
  #expect(
    indexes.filter { !$0.contains("mcp_tools") && !$0.contains("breakwater_events") } == [
      #"CREATE INDEX ON "omni2"."mcp_health_log" ("mcp_server_id", "timestamp")"#,
      #"CREATE UNIQUE INDEX ON "omni2"."mcp_health_log" ("event_id")"#,
      #"CREATE INDEX "idx_mcp_servers_circuit_state" ON "omni2"."mcp_servers" ("circuit_state")"#,
    ])
}
