import Agent
import PostgresLink
import TestSupport
import Testing

@Test func aRoleWithoutRightsOnTheSchemaAttaches() async throws {
  let bench = try await Bench(OMNI2.tables + "CREATE ROLE writer LOGIN")
  let whole = try bench.attach().schema
  try await bench.cluster.psql(
    """
    GRANT USAGE ON SCHEMA omni2 TO writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA omni2 TO writer;
    """)
  let weak = try bench.link.open(bench.cluster.url(user: "writer"))
  #expect(try SchemaAttachment.attach(weak, schema: "omni2").schema == whole)

  try await bench.cluster.psql("ALTER TABLE omni2.mcp_servers DROP COLUMN circuit_state")
  let refusal = failure { () throws(LinkError) in
    _ = try SchemaAttachment.attach(weak, schema: "omni2")
  }
  #expect(refusal?.reason == .permission)
  #expect(refusal?.detail.contains(#"ALTER TABLE "omni2"."mcp_servers" ADD COLUMN"#) == true)
}

@Test func ofTwoAgentsOneAddsAndTheOtherWaits() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  // Whoever comes first is held in the middle of its work.
  let holder = try bench.link.open(bench.cluster.url())
  try SchemaAttachment.lock(holder, schema: "omni2")
  let agents = try (0..<2).map { _ in try AttachingThread(url: bench.cluster.url()) }
  try await until("both wait") {
    try bench.value(
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "2"
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

@Test func anAttachThatIsKilledInTheMiddleLeavesNothing() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let holder = try bench.link.open(bench.cluster.url())
  _ = try holder.execute("BEGIN")
  _ = try holder.execute("LOCK TABLE omni2.mcp_health_log IN SHARE MODE")
  let agent = try AttachingThread(url: bench.cluster.url())
  // It has changed mcp_servers already.
  let pid = try await eventually("it waits for the log") {
    let pid = try bench.value(
      """
      SELECT max(pid) FROM pg_locks WHERE NOT granted
        AND relation = 'omni2.mcp_health_log'::regclass
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
  _ = try holder.execute("ROLLBACK")
  #expect(
    try bench.value(
      "SELECT count(*) FROM information_schema.columns WHERE column_name = 'circuit_state'") == "0")
  #expect(try bench.value("SELECT to_regclass('omni2.mcp_tools')") == "NULL")
  #expect(!(try bench.attach().statements.isEmpty))
}

@Test func aTableInUseIsNotWaitedForLong() async throws {
  let bench = try await Bench(OMNI2.tables)
  let holder = try bench.link.open(bench.cluster.url())
  _ = try holder.execute("BEGIN")
  _ = try holder.execute("SELECT FROM omni2.mcp_servers")
  let refusal = failure { () throws(LinkError) in _ = try bench.attach() }
  #expect(refusal?.reason == .conflict)
  #expect(refusal?.sqlState == "55P03")
  _ = try holder.execute("COMMIT")
  #expect(!(try bench.attach().statements.isEmpty))
}
