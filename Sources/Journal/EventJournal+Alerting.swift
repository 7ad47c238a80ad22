package import Agent
package import Alerting
import GRDB
import Notifications
import Signals
import Synchronization

extension EventJournal {
  /// Commits all batches in one transaction: an alert's change and the message that tells of it
  /// are there both or not at all. Blocks for an `fsync`, like the other `commit`; replays of the
  /// last batches, in order, are harmless.
  package func commit(_ batches: [AlertingBatch]) throws(JournalFailure) {
    guard !batches.isEmpty else { return }
    try transaction { db in
      for batch in batches { try Self.write(batch, to: db) }
    }
    let next = batches.compactMap { $0.notifications?.nextMessage }.max() ?? 0
    memory.withLock { $0.nextMessage = max($0.nextMessage, next) }
  }

  /// The alerts, the log and the waiting messages as they were committed last. What cannot be read
  /// is left out and counted.
  package func alertingContents() throws(JournalError) -> (
    contents: AlertingContents, unreadable: Int
  ) {
    do {
      return try currentPool().read { db in
        var contents = AlertingContents()
        var unreadable = 0
        func all<Value>(_ sql: String, _ read: (Columns) -> Value?) throws -> [Value] {
          let rows = try Row.fetchAll(db, sql: sql)
          let values = rows.compactMap { read(Columns($0)) }
          unreadable += rows.count - values.count
          return values
        }
        contents.alerts = try all(AlertRow.all, AlertRow.record)
        contents.notifications.log = try all(MessageRow.log, MessageRow.entry)
        contents.notifications.messages = try all(MessageRow.waiting, MessageRow.message)
        contents.notifications.silences = try all(SilenceRow.all, SilenceRow.silence)
        contents.notifications.deadLetters =
          try Int.fetchOne(db, sql: MessageRow.countDeadLetters) ?? 0
        let next = try Int64.fetchOne(db, sql: "SELECT next_message FROM journal") ?? 1
        contents.notifications.nextMessage = UInt64(clamping: next)
        return (contents, unreadable)
      }
    } catch {
      throw Self.unusable(databasePath, error)
    }
  }

  private static func write(_ batch: AlertingBatch, to db: Database) throws {
    let upsert = try db.cachedStatement(sql: AlertRow.upsert)
    for record in batch.changed { try upsert.execute(arguments: AlertRow.arguments(of: record)) }
    let delete = try db.cachedStatement(sql: AlertRow.delete)
    for id in batch.gone { try delete.execute(arguments: AlertRow.key(id)) }
    if let changes = batch.notifications { try write(changes, to: db) }
  }

  private static func write(_ changes: NotificationChanges, to db: Database) throws {
    let writeLog = try db.cachedStatement(sql: MessageRow.writeLog)
    for entry in changes.log { try writeLog.execute(arguments: MessageRow.arguments(of: entry)) }
    let removeLog = try db.cachedStatement(sql: MessageRow.removeLog)
    for lane in changes.removedFromLog {
      try removeLog.execute(arguments: MessageRow.lane(lane))
    }
    let insert = try db.cachedStatement(sql: MessageRow.insert)
    for message in changes.messages {
      try insert.execute(arguments: MessageRow.arguments(of: message))
    }
    let end = try db.cachedStatement(sql: MessageRow.end)
    for ending in changes.ended { try end.execute(arguments: MessageRow.arguments(of: ending)) }
    let writeSilence = try db.cachedStatement(sql: SilenceRow.write)
    for silence in changes.silences {
      try writeSilence.execute(arguments: SilenceRow.arguments(of: silence))
    }
    let removeSilence = try db.cachedStatement(sql: SilenceRow.remove)
    for id in changes.removedSilences { try removeSilence.execute(arguments: [id]) }
    try db.cachedStatement(sql: "UPDATE journal SET next_message = max(next_message, ?)")
      .execute(arguments: [Int64(clamping: changes.nextMessage)])
  }
}
