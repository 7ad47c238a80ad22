package import Agent
import Foundation
import GRDB
package import SampleStore
package import Signals

/// The agent's own samples, as records from which a `Head` is restored.
extension EventJournal {
  /// Commits the records in one transaction; blocks for an `fsync`, like `commit`.
  package func commit(samples records: [SampleRecord]) throws(JournalFailure) {
    guard !records.isEmpty else { return }
    try transaction { db in
      for record in records { try Self.write(record, to: db) }
    }
  }

  /// The head as it was stored. What cannot be read is left out and counted.
  package func restoreSamples(
    limits: Head.Limits, now: Timestamp
  ) throws(JournalError) -> (head: Head, report: RestoreReport) {
    do {
      return try currentPool().read { db in
        var restorer = Head.Restorer(limits: limits, now: now.milliseconds)
        try Self.readSeries(db, into: &restorer)
        let rows = try Row.fetchCursor(
          db,
          sql: """
            SELECT group_id, block, place, kind, time_ms, payload FROM sample_piece
            ORDER BY group_id, block, place
            """)
        while let row = try rows.next() {
          guard let piece = Self.piece(row) else {
            restorer.addUnreadable()
            continue
          }
          restorer.add(piece)
        }
        let head = restorer.finish()
        return (head, restorer.report)
      }
    } catch {
      throw Self.unusable(databasePath, error)
    }
  }

  private static func readSeries(_ db: Database, into restorer: inout Head.Restorer) throws {
    let groups = try Row.fetchCursor(db, sql: "SELECT id, name FROM sample_group ORDER BY id")
    while let row = try groups.next() {
      let columns = Columns(row)
      if let id = columns.int("id"), let name = columns.text("name") {
        restorer.add(.group(id: id, name: name))
      } else {
        restorer.addUnreadable()
      }
    }
    let series = try Row.fetchCursor(
      db, sql: "SELECT group_id, row, labels FROM sample_series ORDER BY group_id, row")
    while let row = try series.next() {
      let columns = Columns(row)
      if let group = columns.int("group_id"), let number = columns.int("row"),
        let bytes = columns.bytes("labels"), let labels = StoredLabels.labels(from: bytes)
      {
        restorer.add(.series(group: group, row: number, labels))
      } else {
        restorer.addUnreadable()
      }
    }
  }

  private static func piece(_ row: Row) -> SampleRecord? {
    let columns = Columns(row)
    guard let group = columns.int("group_id"), let block = columns.int("block"),
      let place = columns.int("place"), let time = columns.integer("time_ms"),
      let kind = columns.int("kind").flatMap(SamplePiece.Kind.init(rawValue:)),
      let payload = columns.bytes("payload")
    else { return nil }
    return .piece(
      group: group, block: block, place: place,
      SamplePiece(kind: kind, time: time, payload: payload))
  }

  private static func write(_ record: SampleRecord, to db: Database) throws {
    switch record {
    case .group(let id, let name):
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO sample_group (id, name) VALUES (?, ?)")
        .execute(arguments: [id, name.withoutNUL])
    case .series(let group, let row, let labels):
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO sample_series (group_id, row, labels) VALUES (?, ?, ?)"
      ).execute(arguments: [group, row, Data(StoredLabels.bytes(of: labels))])
    case .removed(let group, let row):
      try db.cachedStatement(sql: "DELETE FROM sample_series WHERE group_id = ? AND row = ?")
        .execute(arguments: [group, row])
    case .piece(let group, let block, let place, let piece):
      try db.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO sample_piece (group_id, block, place, kind, time_ms, payload)
          VALUES (?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        group, block, place, piece.kind.rawValue, piece.time, Data(piece.payload),
      ])
    case .dropped(let group, let before):
      try db.cachedStatement(sql: "DELETE FROM sample_piece WHERE group_id = ? AND block < ?")
        .execute(arguments: [group, before])
    case .rewound(let group, let from):
      try db.cachedStatement(sql: "DELETE FROM sample_piece WHERE group_id = ? AND block >= ?")
        .execute(arguments: [group, from])
    case .restarted:
      try db.execute(sql: "DELETE FROM sample_group; DELETE FROM sample_series")
    }
  }
}
