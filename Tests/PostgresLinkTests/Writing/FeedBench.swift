import Agent
import MCPWire
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

/// A database of Breakwater's own making with some MCPs, and writers for it.
struct FeedBench {
  static let agentID = "00000000000000aa"

  var agentID = Self.agentID

  let cluster: PostgresCluster
  let link: Link
  var schema: AttachedSchema
  var ids = ServerIDs()
  let connection: Connection

  /// `before`: SQL that is run before Breakwater sees the database.
  init(mcps: [String], before: String? = nil) async throws {
    cluster = try await PostgresCluster()
    if let before { try await cluster.psql(before) }
    link = try Link()
    connection = try link.open(cluster.url())
    schema = try SchemaAttachment.attach(connection, schema: "omni2").schema
    for name in mcps {
      try await cluster.psql(
        "INSERT INTO omni2.mcp_servers (name, url) VALUES ('\(name)', 'http://\(name)')")
    }
    try await readIDs()
  }

  mutating func readIDs() async throws {
    ids = ServerIDs()
    let lines = try await cluster.psql("SELECT id, name FROM omni2.mcp_servers").split(
      separator: "\n")
    for line in lines {
      let parts = line.split(separator: "|").map(String.init)
      ids.byName[parts[1]] = Int64(parts[0])
    }
  }

  func writer(_ connection: Connection? = nil) -> FeedWriter {
    let writer = FeedWriter(
      connection ?? self.connection, schema: schema, agentID: agentID, within: .seconds(30))
    writer.set(ids)
    return writer
  }

  func psql(_ sql: String) async throws -> String { try await cluster.psql(sql) }

  /// The rows as chunks of at most `size`.
  static func chunks(_ rows: [FeedRow], of size: Int = 1000, from first: Int64 = 1) -> [FeedChunk] {
    stride(from: 0, to: rows.count, by: size).enumerated().map { number, start in
      let part = rows[start..<min(rows.count, start + size)]
      return FeedChunk(
        position: first + Int64(number), bytes: FeedCoder.bytes(of: part), rows: part.count)
    }
  }
}

/// A probe's line in the log.
func logged(
  _ mcp: String, _ sequence: UInt64, _ type: HealthEventType = .healthCheckSuccess,
  detail: String = "", data: [Label] = []
) -> FeedRow {
  FeedRow(
    mcp: mcp,
    log: FeedLog(
      sequence: sequence,
      timestamp: Timestamp(milliseconds: 1_790_000_000_000 + Int64(sequence % 1_000_000)),
      type: type, status: .healthy, responseTime: .milliseconds(7), outcome: .ok, detail: detail,
      data: data))
}

func stated(_ mcp: String, at milliseconds: Int64, _ change: (inout FeedState) -> Void) -> FeedRow {
  var state = FeedState(at: Timestamp(milliseconds: milliseconds), health: .healthy)
  change(&state)
  return FeedRow(mcp: mcp, state: state)
}

extension FeedWriter.Outcome {
  var report: FeedReport? {
    if case .written(let report) = self { report } else { nil }
  }
}
