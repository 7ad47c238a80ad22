import Foundation
import TestSupport
import Testing

/// What an agent beside PostgreSQL is tried with: a server of its own, a directory, and MCPs that
/// fail on demand.
struct PostgresBench {
  let scratch: Scratch
  let servers: SwitchServers
  let cluster: PostgresCluster
  let port: Int

  init(_ options: PostgresCluster.Options = .init(), seed: UInt64? = nil) async throws {
    scratch = try Scratch()
    servers = try SwitchServers(in: scratch, seed: seed)
    cluster = try await PostgresCluster(options)
    port = try freePort()
  }

  /// Quicker probes fail by themselves on a busy machine. `more` are further sections, `mcp` is
  /// what stands in each MCP after its URL, `postgres` what stands in that section after the URL.
  func configure(
    _ names: [String], probes: String = "1s", threshold: Int = 2, postgres: String = "",
    mcp: String = "", more: String = ""
  ) throws {
    let rows = names.map { "  - {name: \($0), url: \"\(servers.url($0))\"\(mcp)}\n" }.joined()
    try scratch.write(
      "breakwater.yml",
      """
      global: {probe_interval: \(probes), evaluation_interval: 1s}
      circuit_breaker:
        failure_threshold: \(threshold)
        recovery_timeout: 500ms
        backoff: {multiplier: 2, max: 5s, jitter: 0}
      postgres: {url: "\(cluster.url())"\(postgres)}
      \(more)
      mcps:\(names.isEmpty ? " []" : "")
      \(rows)
      """)
  }

  /// The agent on what was configured last, ready; the servers are up before its first probe.
  func start(arguments: [String] = [], environment: [String] = []) async throws -> AgentProcess {
    try await servers.turn("nobody", to: "ok")
    let agent = try AgentProcess(
      configuration: scratch.path("breakwater.yml"), port: port, in: scratch,
      arguments: arguments, environment: environment)
    try await agent.ready()
    return agent
  }

  /// What a query gives, a JSON object a row.
  func rows(_ sql: String) async throws -> [JSON] {
    let text = try await cluster.psql("SELECT coalesce(json_agg(x), '[]') FROM (\(sql)) AS x")
    return try JSONDecoder().decode(JSON.self, from: Data(text.utf8)).array
  }

  /// The row of an MCP, timestamps also as Unix seconds.
  func server(_ name: String) async throws -> JSON {
    try await rows(
      """
      SELECT *, extract(epoch FROM last_health_check)::float8 AS checked,
        extract(epoch FROM last_recovery_attempt)::float8 AS recovered
      FROM omni2.mcp_servers WHERE name = '\(name)'
      """
    ).first ?? .null
  }

  /// Changes the database; gives when that was committed, in Unix seconds.
  func change(_ sql: String) async throws -> Double {
    let text = try await cluster.psql(
      "\(sql);\nSELECT extract(epoch FROM clock_timestamp())::float8")
    return Double(text) ?? 0
  }

  /// A row of the registry, as OMNI2 makes them.
  func insert(_ name: String, _ columns: [String: String] = [:]) -> String {
    var all = [
      "name": "'\(name)'", "url": "'\(servers.url(name))'", "timeout_seconds": "30",
      "updated_at": "now()",
    ]
    all.merge(columns) { $1 }
    let names = all.keys.sorted()
    let values = names.compactMap { all[$0] }.joined(separator: ", ")
    return "INSERT INTO omni2.mcp_servers (\(names.joined(separator: ", "))) VALUES (\(values))"
  }

  /// Sets a key of `omni2_config`.
  func set(_ key: String, _ value: String) async throws -> Double {
    try await change(
      """
      INSERT INTO omni2.omni2_config (config_key, config_value) VALUES ('\(key)', '\(value)')
      ON CONFLICT (config_key) DO UPDATE
      SET config_value = excluded.config_value, is_active = true
      """)
  }

  /// Waits until the row says of the MCP what the agent says.
  func agree(_ agent: AgentProcess, _ name: String) async throws {
    func shown() async throws -> [String] {
      let mcp = try await agent.mcp(name)
      return [
        mcp.health ?? "", mcp.circuitState ?? "",
        "\(mcp.circuit["consecutive_failures"].number ?? -1)",
        "\(mcp.circuit["failure_cycles"].number ?? -1)",
      ]
    }
    func written() async throws -> [String] {
      let row = try await server(name)
      return [
        row["health_status"].string ?? "", row["circuit_state"].string ?? "",
        "\(row["consecutive_failures"].number ?? -1)",
        "\(row["failure_cycle_count"].number ?? -1)",
      ]
    }
    try await until("the row of \(name) says what the agent says") {
      let rows = try await (written(), shown())
      guard rows.0 == rows.1 else { throw LocalHTTP.Failure(description: "\(rows)") }
      return true
    }
  }

  func turn(_ names: [String], to fault: String) async throws {
    for name in names { try await servers.turn(name, to: fault) }
  }
}

/// Which events are in Postgres.
struct WrittenEvents: Equatable {
  var count = 0
  var different = 0
  var least = 0
  var most = 0
  /// Rows of the log that come before an older one.
  var disordered = 0
  /// Runs of numbers that are in neither table, as `5-7`.
  var missing = ""

  /// Every event from the first to the last, once, and in order.
  var isWhole: Bool { count == most && different == most && least == 1 && disordered == 0 }
}

extension PostgresBench {
  func written() async throws -> WrittenEvents {
    let row =
      try await rows(
        """
        WITH log AS (
          SELECT split_part(event_id, '-', 2)::bigint AS n, id
          FROM omni2.mcp_health_log WHERE event_id IS NOT NULL),
        everything AS (
          SELECT n FROM log
          UNION ALL SELECT split_part(event_id, '-', 2)::bigint FROM omni2.breakwater_events),
        pairs AS (SELECT n, lag(n) OVER (ORDER BY id) AS previous FROM log),
        steps AS (SELECT n, lag(n, 1, 0::bigint) OVER (ORDER BY n) AS previous FROM everything)
        SELECT count(*) AS count, count(DISTINCT n) AS different,
          coalesce(min(n), 0) AS least, coalesce(max(n), 0) AS most,
          (SELECT count(*) FROM pairs WHERE previous >= n) AS disordered,
        (SELECT string_agg(previous + 1 || '-' || n - 1, ', ' ORDER BY n) FROM steps
          WHERE n > previous + 1) AS missing
        FROM everything
        """
      ).first ?? .null
    func whole(_ key: String) -> Int { Int(exactly: row[key].number ?? -1) ?? -1 }
    return WrittenEvents(
      count: whole("count"), different: whole("different"), least: whole("least"),
      most: whole("most"), disordered: whole("disordered"), missing: row["missing"].string ?? "")
  }

  /// Number of the last event that the journal has committed; only while no agent runs.
  func lastEventOfJournal() async throws -> Int {
    let script = """
      import sqlite3, sys
      print(sqlite3.connect(sys.argv[1]).execute("SELECT last_event FROM journal").fetchone()[0])
      """
    let result = try await runCommand(
      "python3", ["-c", script, scratch.path("data/journal.sqlite").path], in: scratch)
    return Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
  }

  /// After a clean end: all that the journal knows is in Postgres.
  func expectAllIsWritten(_ where: String = "") async throws {
    let written = try await written()
    #expect(written.isWhole, "\(`where`) \(written)")
    #expect(try await lastEventOfJournal() == written.most, "\(`where`) \(written)")
  }
}

extension SwitchServers {
  /// When the first request of an MCP came, in Unix seconds; waits for it.
  func firstRequest(of name: String) async throws -> Double {
    try await eventually("a request of \(name)", every: .milliseconds(5)) {
      try await seen(name)["first"].number
    }
  }

  func seen(_ name: String) async throws -> JSON {
    try await LocalHTTP(port: port).get("/seen?name=\(name)").json()
  }

  /// A JSON array of tools.
  func setTools(of name: String, to tools: String) async throws {
    _ = try await LocalHTTP(port: port).post("/tools?name=\(name)", body: tools)
  }
}

/// What was measured, of which the middle or the best counts: some may meet a busy moment.
struct Measured: CustomStringConvertible {
  var what: String
  var seconds: [Double] = []

  var median: Double { seconds.isEmpty ? .infinity : seconds.sorted()[seconds.count / 2] }
  var best: Double { seconds.min() ?? .infinity }
  var description: String {
    let times = seconds.map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: ", ")
    return "\(what): \(times) s, median \((median * 1000).rounded() / 1000)"
  }
}
