import Agent
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

private let agent = "00000000000000a1"

private func keep(
  _ servers: [LinkedServer], _ bench: Bench, by agentID: String = agent
) throws -> LinkedServerRows.Changes {
  let rows = LinkedServerRows(try bench.attach().schema, agentID: agentID)
  defer { #expect(bench.connection.transactionStatus == .idle) }
  return try rows.keep(servers, bench.connection, within: .seconds(30))
}

private func table(_ bench: Bench) throws -> String {
  try bench.value(
    """
    SELECT string_agg(concat_ws(' ', s.name, s.url, s.status, coalesce(s.protocol, '-'),
      s.description, CASE o.agent_id WHEN '' THEN 'nobody' ELSE o.agent_id END), E'\\n'
      ORDER BY s.name)
    FROM omni2.mcp_servers s LEFT JOIN omni2.breakwater_servers o ON o.mcp_server_id = s.id
    """)
}

@Test func mcpsOfTheFileHaveRows() async throws {
  let bench = try await Bench(OMNI2.tables + OMNI2.rows)
  let servers = [
    LinkedServer(name: "new", url: "http://n", description: "text", transport: "sse"),
    LinkedServer(name: "off", url: "http://o", isEnabled: false),
    // There already, and OMNI2's.
    LinkedServer(name: "alpha", url: "http://other", description: "other", isEnabled: false),
  ]
  #expect(try keep(servers, bench).inserted == 2)
  #expect(
    try table(bench) == """
      alpha http://a/mcp active http
      beta http://b/mcp active http
      new http://n active sse text \(agent)
      off http://o inactive -  \(agent)
      """)
  // They are no rows of the registry.
  let reading = try DatabaseReader(bench.attach().schema, registry: true)
    .read(bench.connection, within: .seconds(30))
  #expect(reading.rows.servers.map(\.name) == ["alpha", "beta"])
  #expect(reading.ids.byName.count == 4)
  #expect(try keep(servers, bench) == LinkedServerRows.Changes())
}

@Test func rowsFollowTheFile() async throws {
  let bench = try await Bench()
  var servers = ["a", "b", "c"].map { LinkedServer(name: $0, url: "http://\($0)") }
  _ = try keep(servers, bench)
  servers.removeLast()
  servers[0].url = "http://moved"
  servers[1].isEnabled = false
  let changes = try keep(servers, bench)
  #expect(changes.updated == 2)
  #expect(changes.retired == 1)
  #expect(
    try table(bench) == """
      a http://moved active -  \(agent)
      b http://b inactive -  \(agent)
      c http://c inactive -  nobody
      """)
  #expect(try keep(servers, bench) == LinkedServerRows.Changes())
  servers.append(LinkedServer(name: "c", url: "http://c"))
  #expect(try keep(servers, bench).updated == 1)
  #expect(try bench.value("SELECT status FROM omni2.mcp_servers WHERE name = 'c'") == "active")
}

@Test func aRowThatTheFileHasNoMoreMayBecomeOneOfTheRegistry() async throws {
  let bench = try await Bench()
  let servers = [LinkedServer(name: "a", url: "http://a")]
  _ = try keep(servers, bench)
  _ = try keep([], bench)
  try await bench.psql("UPDATE omni2.mcp_servers SET status = 'active', url = 'http://mine'")
  let reader = DatabaseReader(try bench.attach().schema, registry: true)
  let reading = try reader.read(bench.connection, within: .seconds(30))
  #expect(reading.rows.servers.map(\.url) == ["http://mine"])
  // Nobody takes it back, with the MCP in the file or without.
  #expect(try keep([], bench) == LinkedServerRows.Changes())
  #expect(try keep(servers, bench) == LinkedServerRows.Changes())
  #expect(try bench.value("SELECT url FROM omni2.mcp_servers") == "http://mine")
}

@Test func anotherAgentTakesOverWhatItsFileHasAndLeavesTheRest() async throws {
  let bench = try await Bench()
  let servers = ["a", "b"].map { LinkedServer(name: $0, url: "http://\($0)") }
  _ = try keep(servers, bench)
  let other = "00000000000000b2"
  let changes = try keep(Array(servers.prefix(1)), bench, by: other)
  #expect(changes == LinkedServerRows.Changes())
  #expect(
    try table(bench) == """
      a http://a active -  \(other)
      b http://b active -  \(agent)
      """)
  // What is the other's now does not end with the first one's file.
  #expect(try keep([], bench).retired == 1)
  #expect(try bench.value("SELECT status FROM omni2.mcp_servers WHERE name = 'a'") == "active")
}

@Test func whatDoesNotFitIsCutOrTold() async throws {
  let bench = try await Bench(OMNI2.tables)
  let long = String(repeating: "x", count: 600)
  let servers = [
    LinkedServer(name: "cut", url: "http://" + long, description: "a\0b"),
    LinkedServer(name: String(long.prefix(101)), url: "http://n"),
  ]
  let changes = try keep(servers, bench)
  #expect(changes.inserted == 1)
  #expect(changes.problems.count == 1)
  #expect(changes.problems.first?.hasSuffix("the name does not fit into mcp_servers.name") == true)
  #expect(try bench.value("SELECT length(url) FROM omni2.mcp_servers") == "500")
  // What was cut is no difference.
  #expect(try keep(servers, bench).updated == 0)
}

@Test func keepingRowsThatAreInStepTellsNobody() async throws {
  let bench = try await Bench()
  let servers = [LinkedServer(name: "a", url: "http://a")]
  _ = try bench.connection.execute(try bench.attach().schema.listen)
  _ = try keep(servers, bench)
  _ = try bench.connection.execute("SELECT 1")
  #expect(bench.connection.notifications().map(\.payload) == ["mcp_servers"])
  _ = try keep(servers, bench)
  _ = try bench.connection.execute("SELECT 1")
  #expect(bench.connection.notifications().isEmpty)
}

@Test func aRowThatIsDeletedIsMadeAgain() async throws {
  let bench = try await Bench()
  let servers = [LinkedServer(name: "a", url: "http://a")]
  _ = try keep(servers, bench)
  try await bench.psql("DELETE FROM omni2.mcp_servers")
  #expect(try bench.value("SELECT count(*) FROM omni2.breakwater_servers") == "0")
  #expect(try keep(servers, bench).inserted == 1)
}
