import Agent
import Foundation
import GRDB

/// The table `feed`: rows for Postgres as chunks, and its totals.
enum FeedTable {
  /// A chunk is the least that one transaction of Postgres takes.
  static let chunkRows = 200
  static let chunkBytes = 1 << 20
  /// Chunks that are looked at together when old ones go.
  private static let step = 256

  /// Adds the rows and, where more than `bytesMax` wait, deletes the oldest; gives what waits then.
  static func append(
    _ rows: [FeedRow], bytesMax: Int, to db: Database
  ) throws -> FeedBacklog {
    var backlog = try totals(db)
    let insert = try db.cachedStatement(
      sql: "INSERT INTO feed (row_count, byte_count, payload) VALUES (?, ?, ?)")
    for chunk in FeedCoder.chunks(of: rows, rows: chunkRows, bytes: chunkBytes) {
      try insert.execute(arguments: [chunk.rows, chunk.bytes.count, Data(chunk.bytes)])
      backlog.rows += chunk.rows
      backlog.bytes += chunk.bytes.count
    }
    while backlog.bytes > bytesMax {
      let excess = backlog.bytes - bytesMax
      let gone = try delete(through: .max, chunks: step, bytes: excess, from: db)
      if gone.chunks == 0 { break }
      backlog.take(gone)
      backlog.dropped += UInt64(gone.rows)
    }
    try store(backlog, in: db)
    return backlog
  }

  /// Deletes chunks up to `position`, the oldest first: some `chunks` chunks or `bytes` bytes of
  /// them. Gives what waits then, and whether there is more to delete.
  static func release(
    through position: Int64, chunks: Int, bytes: Int, from db: Database
  ) throws -> (backlog: FeedBacklog, isFinished: Bool) {
    var backlog = try totals(db)
    let gone = try delete(through: position, chunks: chunks, bytes: bytes, from: db)
    backlog.take(gone)
    if gone.chunks > 0 { try store(backlog, in: db) }
    return (backlog, gone.chunks < chunks && gone.bytes < bytes)
  }

  static func chunks(
    after position: Int64, rows: Int, bytes: Int, from db: Database
  ) throws -> [FeedChunk] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT position, row_count, payload FROM feed WHERE position > ? ORDER BY position
        """)
    let cursor = try Row.fetchCursor(statement, arguments: [position])
    var chunks: [FeedChunk] = []
    var (rowsLeft, bytesLeft) = (rows, bytes)
    while let row = try cursor.next() {
      let columns = Columns(row)
      guard let position = columns.integer("position") else { continue }
      let chunk = FeedChunk(
        position: position, bytes: columns.bytes("payload") ?? [],
        rows: Int(clamping: columns.count("row_count")))
      chunks.append(chunk)
      rowsLeft -= chunk.rows
      bytesLeft -= chunk.bytes.count
      if rowsLeft <= 0 || bytesLeft <= 0 { break }
    }
    return chunks
  }

  /// Position of the newest chunk there ever was; 0 in a new table.
  static func end(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'feed'") ?? 0
  }

  /// In a new table: positions go on after `position`, and what waited before is given up.
  static func begin(_ db: Database, after position: Int64, lost: FeedBacklog) throws {
    try db.execute(
      sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('feed', ?)", arguments: [position])
    var backlog = FeedBacklog()
    backlog.dropped = lost.dropped + UInt64(clamping: lost.rows)
    try store(backlog, in: db)
  }

  static func totals(_ db: Database) throws -> FeedBacklog {
    var backlog = FeedBacklog()
    let statement = try db.cachedStatement(
      sql: "SELECT row_count, byte_count, dropped FROM feed_total")
    guard let row = try Row.fetchOne(statement) else { return backlog }
    let columns = Columns(row)
    backlog.rows = Int(clamping: columns.count("row_count"))
    backlog.bytes = Int(clamping: columns.count("byte_count"))
    backlog.dropped = columns.count("dropped")
    return backlog
  }
}

extension FeedTable {
  fileprivate struct Gone {
    var chunks = 0
    var rows = 0
    var bytes = 0
  }

  private static func store(_ backlog: FeedBacklog, in db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE feed_total SET row_count = ?, byte_count = ?, dropped = ?"
    ).execute(arguments: [backlog.rows, backlog.bytes, Int64(clamping: backlog.dropped)])
  }

  /// Deletes the oldest chunks up to `position` until `chunks` or `bytes` are reached.
  private static func delete(
    through position: Int64, chunks: Int, bytes: Int, from db: Database
  ) throws -> Gone {
    let statement = try db.cachedStatement(
      sql: """
        SELECT position, row_count, byte_count FROM feed WHERE position <= ?
        ORDER BY position LIMIT ?
        """)
    let cursor = try Row.fetchCursor(statement, arguments: [position, chunks])
    var gone = Gone()
    var last: Int64?
    while gone.bytes < bytes, let row = try cursor.next() {
      let columns = Columns(row)
      last = columns.integer("position")
      gone.chunks += 1
      gone.rows += Int(clamping: columns.count("row_count"))
      gone.bytes += Int(clamping: columns.count("byte_count"))
    }
    if let last {
      try db.cachedStatement(sql: "DELETE FROM feed WHERE position <= ?")
        .execute(arguments: [last])
    }
    return gone
  }
}

extension FeedBacklog {
  fileprivate mutating func take(_ gone: FeedTable.Gone) {
    rows = max(0, rows - gone.rows)
    bytes = max(0, bytes - gone.bytes)
  }
}
