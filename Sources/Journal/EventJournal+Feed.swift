package import Agent
import GRDB
import Synchronization

/// What waits for Postgres.
extension EventJournal {
  /// Bytes of chunks that are kept; beyond that the oldest go.
  package static let feedBytesMax = 256 << 20
  /// Bytes of chunks that one read gives, the last one's end aside.
  static let feedReadBytes = 8 << 20
  /// Of one step of a release.
  static let releaseChunks = 1024
  static let releaseBytes = 16 << 20

  /// Chunks after `position` in order: as many as hold about `rows` rows or 8 MiB, at least one if
  /// there is one. Never waits for a commit.
  package func feed(after position: Int64, rows: Int) throws(JournalFailure) -> [FeedChunk] {
    do {
      return try currentPool().read { db in
        try FeedTable.chunks(after: position, rows: rows, bytes: Self.feedReadBytes, from: db)
      }
    } catch {
      throw JournalFailure(error)
    }
  }

  /// Position of the newest chunk there ever was.
  package func feedEnd() throws(JournalFailure) -> Int64 {
    do {
      return try currentPool().read { db in try FeedTable.end(db) }
    } catch {
      throw JournalFailure(error)
    }
  }

  /// What waits, as of the last commit; what is released counts until it is deleted.
  package var feedBacklog: FeedBacklog { backlog.withLock { $0 } }

  /// One step of deleting the chunks up to `position`; blocks like `commit`. Gives whether it was
  /// the last one.
  package func release(feedThrough position: Int64) throws(JournalFailure) -> Bool {
    let (left, isFinished) = try transaction { db in
      try FeedTable.release(
        through: position, chunks: Self.releaseChunks, bytes: Self.releaseBytes, from: db)
    }
    backlog.withLock { $0 = left }
    return isFinished
  }

  /// What the database said last of what is to be watched; `nil` when nothing was kept, or it
  /// cannot be read.
  package func databaseRows() -> DatabaseRows? {
    let text = try? currentPool().read { db in
      try String.fetchOne(db, sql: "SELECT content FROM database_rows")
    }
    let rows = (text ?? nil).flatMap(DatabaseRowsText.rows)
    if let rows { memory.withLock { $0.rows = rows } }
    return rows
  }

  /// Keeps the rows in place of those before; blocks like `commit`.
  package func keep(_ rows: DatabaseRows) throws(JournalFailure) {
    memory.withLock { $0.rows = rows }
    try transaction { db in try Self.store(rows, in: db) }
  }

  static func store(_ rows: DatabaseRows, in db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO database_rows (id, content) VALUES (1, ?)
        ON CONFLICT (id) DO UPDATE SET content = excluded.content
        """, arguments: [DatabaseRowsText.text(of: rows)])
  }
}
