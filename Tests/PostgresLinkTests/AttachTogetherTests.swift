import Agent
import PostgresLink
import TestSupport
import Testing

@Test func aRoleWithoutRightsOnTheSchemaAttaches() async throws {
  let bench = try await Bench(OMNI2.tables + "CREATE ROLE writer LOGIN")
  let whole = try bench.attach().schema
  try await bench.psql(
    """
    GRANT USAGE ON SCHEMA omni2 TO writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA omni2 TO writer;
    """)
  let weak = try bench.link.open(bench.url(user: "writer"))
  #expect(try SchemaAttachment.attach(weak, schema: "omni2").schema == whole)

  try await bench.psql("ALTER TABLE omni2.mcp_servers DROP COLUMN circuit_state")
  let refusal = failure { () throws(LinkError) in
    _ = try SchemaAttachment.attach(weak, schema: "omni2")
  }
  #expect(refusal?.reason == .permission)
  #expect(refusal?.detail.contains(#"ALTER TABLE "omni2"."mcp_servers" ADD COLUMN"#) == true)
}

@Test func ofTwoAgentsOneAddsAndTheOtherWaits() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  // Whoever comes first is held in the middle of its work.
  let holder = try bench.link.open(bench.url())
  try SchemaAttachment.lock(holder, schema: "omni2")
  let agents = try (0..<2).map { _ in try AttachingThread(url: bench.url()) }
  try await until("both wait") {
    try bench.value(
      """
      SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """) == "2"
  }
  _ = try holder.execute("COMMIT")
  var statements: [Int] = []
  for agent in agents {
    let outcome = try await agent.outcome()
    guard case .attached(let count) = outcome else {
      Issue.record("\(outcome)")
      continue
    }
    statements.append(count)
  }
  #expect(statements.sorted().first == 0)
  #expect((statements.max() ?? 0) > 0)
}

@Test(arguments: ["ALTER TABLE", "CREATE TABLE", "CREATE INDEX", "CREATE TRIGGER"])
func anAttachThatIsKilledInTheMiddleLeavesNothing(after command: String) async throws {
  let bench = try await Bench(
    OMNI2.tables + OMNI2.rows
      + """
      CREATE FUNCTION public.pause() RETURNS event_trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(600); END';
      CREATE EVENT TRIGGER pause ON ddl_command_end WHEN TAG IN ('\(command)')
        EXECUTE FUNCTION public.pause();
      """)
  let before = try bench.value(everything)
  let agent = try AttachingThread(url: bench.url())
  let pid = try await eventually("it is in the middle") {
    let pid = try bench.value(
      """
      SELECT max(pid) FROM pg_stat_activity
      WHERE wait_event = 'PgSleep' AND datname = current_database()
      """)
    return pid == "NULL" ? nil : pid
  }
  _ = try bench.value("SELECT pg_terminate_backend(\(pid))")
  let outcome = try await agent.outcome()
  guard case .failed(let error) = outcome else {
    Issue.record("\(outcome)")
    return
  }
  #expect(error.reason == .lost)
  #expect(try bench.value(everything) == before)
  try await bench.psql("DROP EVENT TRIGGER pause")
  #expect(!(try bench.attach().statements.isEmpty))
}

/// All columns, indexes and triggers of the schema.
private let everything = """
  SELECT string_agg(c.relname || ' ' || a.attname, ',' ORDER BY c.relname, a.attname)
    || (SELECT count(*) FROM pg_trigger)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'omni2'::regnamespace
  """

@Test func aTableInUseIsNotWaitedForLong() async throws {
  let bench = try await Bench(OMNI2.tables)
  let holder = try bench.link.open(bench.url())
  _ = try holder.execute("BEGIN")
  _ = try holder.execute("SELECT FROM omni2.mcp_servers")
  let refusal = failure { () throws(LinkError) in _ = try bench.attach() }
  #expect(refusal?.reason == .conflict)
  #expect(refusal?.sqlState == "55P03")
  _ = try holder.execute("COMMIT")
  #expect(!(try bench.attach().statements.isEmpty))
}
