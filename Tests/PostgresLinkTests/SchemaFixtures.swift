import Agent
import PostgresLink
import Synchronization
import TestSupport
import Testing
import Threading

/// Tables as OMNI2 has them, without what later versions added to them; with rows.
enum OMNI2 {
  static let tables = """
    CREATE SCHEMA omni2;
    CREATE TABLE omni2.mcp_servers (
      id serial PRIMARY KEY, name varchar(100) NOT NULL UNIQUE, url varchar(500) NOT NULL,
      description text, status varchar(20) DEFAULT 'active', protocol varchar(20) DEFAULT 'http',
      timeout_seconds int NOT NULL, max_retries int DEFAULT 2, auth_type varchar(20),
      auth_config jsonb, last_health_check timestamptz, health_status varchar(20) DEFAULT 'unknown',
      error_count int DEFAULT 0, failure_cycle_count int DEFAULT 0,
      max_failure_cycles int DEFAULT 3, auto_disabled_at timestamptz, auto_disabled_reason text,
      can_auto_enable boolean DEFAULT true, meta_data jsonb, pt_score int,
      created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL);
    CREATE TABLE omni2.mcp_health_log (
      id serial PRIMARY KEY,
      mcp_server_id int NOT NULL REFERENCES omni2.mcp_servers (id) ON DELETE CASCADE,
      "timestamp" timestamptz NOT NULL DEFAULT now(), status varchar(20) NOT NULL,
      response_time_ms int, error_message text, meta_data jsonb, event_type varchar(50));
    CREATE INDEX ON omni2.mcp_health_log ("timestamp");
    CREATE TABLE omni2.omni2_config (
      id serial PRIMARY KEY, config_key varchar(100) UNIQUE NOT NULL, config_value jsonb NOT NULL,
      description text, is_active boolean DEFAULT true, created_at timestamptz DEFAULT now(),
      updated_at timestamptz DEFAULT now());

    """

  static let rows = """
    INSERT INTO omni2.mcp_servers (name, url, timeout_seconds, updated_at)
    VALUES ('alpha', 'http://a/mcp', 30, now()), ('beta', 'http://b/mcp', 15, now());
    INSERT INTO omni2.mcp_health_log (mcp_server_id, status)
    SELECT 1, 'healthy' FROM generate_series(1, 50);
    INSERT INTO omni2.omni2_config (config_key, config_value)
    VALUES ('hot_reload', '{"interval_seconds": 30}');

    """
}

/// One server for the tests that need a database only; it ends with the last of them.
actor SharedCluster {
  static let shared = SharedCluster()

  private weak var running: PostgresCluster?
  private var starting: Task<PostgresCluster, any Error>?
  private var databases = 0

  func cluster() async throws -> PostgresCluster {
    if let running { return running }
    var options = PostgresCluster.Options()
    options.settings = ["max_connections = 300"]
    let task = starting ?? Task { [options] in try await PostgresCluster(options) }
    starting = task
    defer { starting = nil }
    let cluster = try await task.value
    running = cluster
    return cluster
  }

  func newName() -> String {
    databases += 1
    return "bench\(databases)"
  }
}

/// A database of a test's own with a session.
struct Bench {
  let link: Link
  let connection: Connection
  private let cluster: PostgresCluster
  private let database: String

  init(_ script: String = "") async throws {
    cluster = try await SharedCluster.shared.cluster()
    database = await SharedCluster.shared.newName()
    try await cluster.psql("CREATE DATABASE \(database)")
    if !script.isEmpty { try await cluster.psql(script, database: database) }
    link = try Link()
    connection = try link.open(cluster.url(database: database))
  }

  func url(user: String = "postgres") -> String { cluster.url(user: user, database: database) }

  func psql(_ script: String) async throws { try await cluster.psql(script, database: database) }

  func attach(_ schema: String = "omni2") throws(LinkError) -> SchemaAttachment.Result {
    try SchemaAttachment.attach(connection, schema: schema)
  }

  /// Text of the first column of the first row.
  func value(_ sql: String) throws(LinkError) -> String {
    try connection.execute("SELECT (\(sql))::text").text(0, 0) ?? "NULL"
  }
}

/// Attaches on a thread of its own.
final class AttachingThread: Sendable {
  enum Outcome: Equatable { case attached(statements: Int), failed(LinkError) }

  private let state = Mutex<Outcome?>(nil)

  init(url: String) throws {
    let started = NamedThread("attaching") { [self] in
      let outcome: Outcome
      do {
        let connection = try Link().open(url)
        let result = try SchemaAttachment.attach(connection, schema: "omni2")
        outcome = .attached(statements: result.statements.count)
      } catch {
        outcome = .failed((error as? LinkError) ?? LinkError(.other, detail: "\(error)"))
      }
      state.withLock { $0 = outcome }
    }
    _ = try #require(started)
  }

  func outcome() async throws -> Outcome {
    try await eventually("attach has ended") { state.withLock { $0 } }
  }
}
