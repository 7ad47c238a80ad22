import Agent
import MCPWire
import PostgresLink
import TestSupport
import Testing

private func listed(_ tools: ToolListing...) -> FeedRow { FeedRow(mcp: "weather", tools: tools) }

@Suite struct ToolTests {
  private let rows = """
    SELECT id, name, description, input_schema, updated_at > created_at
    FROM omni2.mcp_tools ORDER BY id
    """

  @Test(arguments: ["jsonb", "json", "text"])
  func idsStayAsLongAsAToolIsListed(type: String) async throws {
    let bench = try await FeedBench(
      mcps: ["weather", "mail"],
      before: """
        CREATE SCHEMA omni2;
        CREATE TABLE omni2.mcp_servers (id serial PRIMARY KEY, name varchar(100) UNIQUE NOT NULL,
          url varchar(500) NOT NULL, description text, status varchar(20) DEFAULT 'active',
          protocol varchar(20), health_status varchar(20), created_at timestamptz DEFAULT now(),
          updated_at timestamptz DEFAULT now());
        CREATE TABLE omni2.mcp_tools (id serial PRIMARY KEY,
          mcp_server_id int NOT NULL REFERENCES omni2.mcp_servers ON DELETE CASCADE,
          name varchar(5) NOT NULL, description text, input_schema \(type),
          created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now())
        """)
    let writer = bench.writer()
    _ = try writer.cursor()
    let first = listed(
      ToolListing(name: "a", description: "A", inputSchema: "{}"), ToolListing(name: "b"),
      ToolListing(name: "b", description: "twice"), ToolListing(name: "longer name"))
    _ = try writer.write(FeedBench.chunks([first]), after: 0)
    #expect(try await bench.psql(rows) == "1|a|A|{}|f\n2|b|||f\n3|longe|||f")
    let second = listed(
      ToolListing(name: "c"), ToolListing(name: "b", description: "B"),
      ToolListing(name: "a", description: "A", inputSchema: "{}"))
    _ = try writer.write(FeedBench.chunks([first, second], from: 2), after: 1)
    #expect(try await bench.psql(rows) == "1|a|A|{}|f\n2|b|B||t\n4|c|||f")
    _ = try writer.write(FeedBench.chunks([listed()], from: 3), after: 2)
    #expect(try await bench.psql(rows) == "")
  }

  @Test func whatJSONBRefusesBecomesNull() async throws {
    let bench = try await FeedBench(mcps: ["weather"])
    let writer = bench.writer()
    _ = try writer.cursor()
    let bad = [
      #"{"a":"\u0000"}"#, #""\ud800""#, "1e400000", "{", String(repeating: "[", count: 9000),
    ]
    let tools = bad.enumerated().map { ToolListing(name: "\($0)", inputSchema: $1) }
    let report = try writer.write(
      FeedBench.chunks([FeedRow(mcp: "weather", tools: tools)]), after: 0
    ).report
    #expect(report?.schemasLeftOut == bad.count && report?.rows == 1 && report?.refused == 0)
    let count = "SELECT count(*), count(input_schema) FROM omni2.mcp_tools"
    #expect(try await bench.psql(count) == "\(bad.count)|0")
  }

  @Test func postgresTakesWhatTheCheckTakes() async throws {
    let bench = try await FeedBench(mcps: [])
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u0041\"", "\"\\ud83d\\ude00\"", "1", "-0.5e3",
      "1e131071",
      "1e131072", "0.1e-16382", "1e-16384", "00", "true", "null", "nul", " ", "\n", "\"\\x\"",
      "\"\u{1}\"", "é", "\"é\"", "-",
      "\"\\ude00\"", "\"\\u0000\"", "1.", ".5", "+1",
    ]
    var random = SeededRandom(seed: 1)
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in random.pick(pieces) }
        .joined()
      var parameters = Parameters()
      parameters.append(text: text)
      let isTaken = JSONBCheck.isTaken(Array(text.utf8))
      let error = failure { () throws(LinkError) in
        _ = try bench.connection.execute(
          Statement("SELECT $1::jsonb", parameters), within: .seconds(30))
      }
      #expect((error == nil) == isTaken, "\(text)")
    }
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    #expect(JSONBCheck.isTaken(Array(deep.utf8)))
    #expect(!JSONBCheck.isTaken(Array(("[" + deep + "]").utf8)))
  }
}
