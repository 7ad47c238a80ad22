package import Agent
import GRDB
package import Signals

extension EventJournal {
  /// Commits all batches in one transaction and returns how many events are new in the journal.
  ///
  /// Blocks for an `fsync`: only the journal's own thread calls it. Replays are harmless in any
  /// order: an event that is there stays as it is, and a record never gives way to one of an
  /// earlier batch.
  @discardableResult
  package func commit(_ batches: [JournalBatch]) throws(JournalFailure) -> Int {
    guard !batches.isEmpty else { return 0 }
    return try transaction { db in
      var added = 0
      for batch in batches { added += try Self.write(batch, to: db) }
      return added
    }
  }

  /// Deletes at most `limit` rows and returns how many: events older than `eventsBefore`, messages
  /// that ended before then, and records not changed since `recordsBefore` of MCPs other than
  /// `keeping`. Blocks like `commit`.
  @discardableResult
  package func prune(
    eventsBefore: Timestamp, recordsBefore: Timestamp, keeping: Set<String>, limit: Int
  ) throws(JournalFailure) -> Int {
    try transaction { db in
      try db.execute(
        sql: """
          DELETE FROM event WHERE sequence IN
            (SELECT sequence FROM event WHERE timestamp_ms < ? ORDER BY timestamp_ms LIMIT ?)
          """, arguments: [eventsBefore.milliseconds, max(0, limit)])
      var events = db.changesCount
      try db.execute(
        sql: """
          DELETE FROM message WHERE number IN
            (SELECT number FROM message WHERE end IS NOT NULL AND ended_ms < ? LIMIT ?)
          """, arguments: [eventsBefore.milliseconds, max(0, limit - events)])
      events += db.changesCount
      let names = try String.fetchAll(
        db, sql: "SELECT name FROM mcp WHERE updated_ms < ? ORDER BY updated_ms, name",
        arguments: [recordsBefore.milliseconds])
      let doomed = names.filter { !keeping.contains($0) }.prefix(max(0, limit - events))
      for name in doomed {
        try db.execute(sql: "DELETE FROM mcp WHERE name = ?", arguments: [name])
      }
      return events + doomed.count
    }
  }

  /// Runs `body` in a transaction on this thread. Connections that failed are given up.
  func transaction<Value>(_ body: (Database) throws -> Value) throws(JournalFailure) -> Value {
    do {
      let pool = try currentPool()
      do {
        return try pool.write(body)
      } catch {
        if JournalFailure(error).demandsReopening { discard(pool) }
        throw error
      }
    } catch {
      throw JournalFailure(error)
    }
  }

  private static func write(_ batch: JournalBatch, to db: Database) throws -> Int {
    if !batch.records.isEmpty {
      let upsert = try db.cachedStatement(sql: RecordRow.upsert)
      for record in batch.records {
        try upsert.execute(arguments: RecordRow.arguments(of: record, batch: batch.sequence))
      }
    }
    var added = 0
    if !batch.events.isEmpty {
      let insert = try db.cachedStatement(sql: EventRow.insert)
      for event in batch.events {
        try insert.execute(arguments: EventRow.arguments(of: event))
        added += db.changesCount
      }
    }
    let lastEvent = batch.events.map(\.sequence).max() ?? 0
    try db.cachedStatement(
      sql: """
        UPDATE journal SET last_batch = max(last_batch, ?), last_event = max(last_event, ?)
        """
    ).execute(arguments: [Int64(clamping: batch.sequence), Int64(clamping: lastEvent)])
    return added
  }
}
