import Agent
import PostgresLink
import Synchronization
import TestSupport
import Testing
import Threading

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
