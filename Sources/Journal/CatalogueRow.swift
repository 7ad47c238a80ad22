import Agent
import Foundation
import GRDB
import MCPWire
import Signals

/// An MCP's catalogue as a row of `catalogue` and rows of `catalogue_change`, both ways.
enum CatalogueRow {
  /// Inserts the row, or replaces one that no later batch has written.
  private static let upsert = """
    INSERT INTO catalogue (mcp, batch, content) VALUES (?, ?, ?)
    ON CONFLICT (mcp) DO UPDATE SET batch = excluded.batch, content = excluded.content
    WHERE excluded.batch >= catalogue.batch
    """

  /// Counts only grow.
  private static let upsertChange = """
    INSERT INTO catalogue_change (mcp, kind, count, last_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (mcp, kind) DO UPDATE
    SET count = max(count, excluded.count), last_ms = max(last_ms, excluded.last_ms)
    """

  static func write(_ record: CatalogueRecord, batch: UInt64, to db: Database) throws {
    let name = record.mcp.withoutNUL
    try db.cachedStatement(sql: upsert).execute(
      arguments: [name, Int64(clamping: batch), record.baseline.map { Data($0.bytes) }])
    for change in record.changes {
      try db.cachedStatement(sql: upsertChange).execute(
        arguments: [
          name, change.kind.rawValue, Int64(clamping: change.count), change.last.milliseconds,
        ])
    }
  }

  static func delete(_ mcp: String, in db: Database) throws {
    for table in ["catalogue", "catalogue_change"] {
      try db.cachedStatement(sql: "DELETE FROM \(table) WHERE mcp = ?").execute(arguments: [mcp])
    }
  }

  /// Of all baselines that are read at a start; the oldest beyond it are left out.
  private static let bytesMax = 64 << 20

  /// Those of MCPs that have a record, in order of their names. Kinds that this version does not
  /// know are left out.
  static func all(in db: Database) throws -> [CatalogueRecord] {
    var changes: [String: [CatalogueChangeCount]] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT * FROM catalogue_change ORDER BY mcp, kind") {
      let columns = Columns(row)
      guard let mcp = columns.text("mcp"),
        let kind = columns.member("kind", of: CatalogueChangeKind.self)
      else { continue }
      changes[mcp, default: []].append(
        CatalogueChangeCount(
          kind: kind, count: columns.count("count"),
          last: columns.timestamp("last_ms") ?? Timestamp(milliseconds: 0)))
    }
    var records: [CatalogueRecord] = []
    var room = bytesMax
    let rows = try Row.fetchCursor(
      db, sql: "SELECT * FROM catalogue WHERE mcp IN (SELECT name FROM mcp) ORDER BY batch DESC")
    while let row = try rows.next() {
      let columns = Columns(row)
      guard let mcp = columns.text("mcp") else { continue }
      let content = columns.bytes("content")
      room -= content?.count ?? 0
      records.append(
        CatalogueRecord(
          mcp: mcp, baseline: room < 0 ? nil : content.map(CatalogueBaseline.init(bytes:)),
          changes: changes[mcp] ?? []))
    }
    return records.sorted { $0.mcp < $1.mcp }
  }
}
