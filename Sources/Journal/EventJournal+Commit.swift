package import Agent
import GRDB
package import Signals
import Synchronization
import Threading

extension EventJournal {
  /// Commits all batches in one transaction and returns how many events are new in the journal.
  /// Their feed goes into chunks together; that of a batch committed before is there already.
  ///
  /// Blocks for an `fsync`: only the journal's own thread calls it. Replays are harmless in any
  /// order: an event that is there stays as it is, and a record never gives way to one of an
  /// earlier batch.
  @discardableResult
  package func commit(_ batches: [JournalBatch]) throws(JournalFailure) -> Int {
    guard !batches.isEmpty else { return 0 }
    let (added, waiting, feedEnd) = try transaction { db in
      let rows = try Self.newRows(of: batches, in: db)
      var added = 0
      for batch in batches { added += try Self.write(batch, to: db) }
      let waiting =
        rows.isEmpty ? nil : try FeedTable.append(rows, bytesMax: feedBytesMax, to: db)
      return (added, waiting, rows.isEmpty ? nil : try FeedTable.end(db))
    }
    if let waiting { backlog.withLock { $0 = waiting } }
    memory.withLock { memory in
      memory.note(batches)
      memory.feedEnd = feedEnd ?? memory.feedEnd
    }
    return added
  }

  /// The feed of the batches that were not committed before.
  private static func newRows(of batches: [JournalBatch], in db: Database) throws -> [FeedRow] {
    guard batches.contains(where: { !$0.feed.isEmpty }) else { return [] }
    let statement = try db.cachedStatement(sql: "SELECT last_batch FROM journal")
    var last = UInt64(clamping: try Int64.fetchOne(statement) ?? 0)
    var rows: [FeedRow] = []
    for batch in batches where batch.sequence > last {
      rows += batch.feed
      last = batch.sequence
    }
    return rows
  }

  /// Deletes at most `limit` rows and returns how many: events older than `eventsBefore`, messages
  /// that ended before then, and records not changed since `recordsBefore` of MCPs other than
  /// `keeping`. Blocks like `commit`.
  @discardableResult
  package func prune(
    eventsBefore: Timestamp, recordsBefore: Timestamp, keeping: Set<String>, limit: Int,
    most: JournalRowLimits = JournalRowLimits()
  ) throws(JournalFailure) -> Int {
    var dead = 0
    let deleted = try transaction { db in
      try db.execute(
        sql: """
          DELETE FROM event WHERE sequence IN
            (SELECT sequence FROM event WHERE timestamp_ms < ? ORDER BY timestamp_ms LIMIT ?)
          """, arguments: [eventsBefore.milliseconds, max(0, limit)])
      var events = db.changesCount
      events += try MessageRow.delete(
        """
        DELETE FROM message WHERE number IN
          (SELECT number FROM message WHERE end IS NOT NULL AND ended_ms < ? LIMIT ?)
        """, [eventsBefore.milliseconds, max(0, limit - events)], dead: &dead, in: db)
      events += try deleteExcess(most, atMost: limit - events, dead: &dead, in: db)
      let names = try String.fetchAll(
        db,
        sql: """
          SELECT name FROM mcp WHERE updated_ms < ? OR name IN (
            SELECT name FROM mcp ORDER BY updated_ms DESC, name LIMIT -1 OFFSET ?)
          ORDER BY updated_ms, name
          """, arguments: [recordsBefore.milliseconds, most.records])
      let doomed = names.filter { !keeping.contains($0) }.prefix(max(0, limit - events))
      for name in doomed {
        try db.execute(sql: "DELETE FROM mcp WHERE name = ?", arguments: [name])
        try CatalogueRow.delete(name, in: db)
      }
      return events + doomed.count
    }
    prunedDeadLetters.add(UInt64(clamping: dead), ordering: .relaxed)
    return deleted
  }

  /// Runs `body` in a transaction on this thread. Connections that failed are given up.
  func transaction<Value>(_ body: (Database) throws -> Value) throws(JournalFailure) -> Value {
    do {
      return try write { db in
        let value = try body(db)
        CrashPoint.transactionOpen.pass()
        return value
      }
    } catch {
      throw JournalFailure(error)
    }
  }

  /// Like `transaction`, with SQLite's own error.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let pool = try currentPool()
    do {
      return try pool.write(body)
    } catch {
      if JournalFailure(error).demandsReopening { discard(pool) }
      throw error
    }
  }

  private static func write(_ batch: JournalBatch, to db: Database) throws -> Int {
    if !batch.records.isEmpty {
      let upsert = try db.cachedStatement(sql: RecordRow.upsert)
      for record in batch.records {
        try upsert.execute(arguments: RecordRow.arguments(of: record, batch: batch.sequence))
      }
    }
    for record in batch.catalogues {
      try CatalogueRow.write(record, batch: batch.sequence, to: db)
    }
    for item in batch.released {
      try db.cachedStatement(sql: RestartRow.release).execute(arguments: RestartRow.key(item))
    }
    var added = 0
    if !batch.events.isEmpty {
      let insert = try db.cachedStatement(sql: EventRow.insert)
      for event in batch.events {
        try insert.execute(arguments: EventRow.arguments(of: event))
        added += db.changesCount
      }
    }
    try db.cachedStatement(
      sql: """
        UPDATE journal SET last_batch = max(last_batch, ?), last_event = max(last_event, ?)
        """
    ).execute(arguments: [Int64(clamping: batch.sequence), Int64(clamping: batch.lastEvent)])
    return added
  }
}
