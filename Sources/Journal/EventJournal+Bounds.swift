import GRDB
import Synchronization

/// Most rows of the tables that grow with what happens; the oldest go before their time.
package struct JournalRowLimits: Equatable, Sendable {
  package var events = 1_000_000
  /// Messages that are delivered or given up.
  package var messages = 100_000
  /// MCPs, those that are not configured any more included.
  package var records = 50_000

  package init() {}
}

extension EventJournal {
  /// Rows deleted before their time since the start.
  package var rowsDropped: UInt64 { excessRows.load(ordering: .relaxed) }

  /// Of messages that were given up, rows deleted since the start.
  package var deadLettersPruned: UInt64 { prunedDeadLetters.load(ordering: .relaxed) }

  /// Deletes at most `count` rows that are too many; adds to `dead` the messages given up.
  func deleteExcess(
    _ limits: JournalRowLimits, atMost count: Int, dead: inout Int, in db: Database
  ) throws -> Int {
    var left = max(0, count)
    if left > 0 {
      try db.execute(sql: Self.excessEvents, arguments: [limits.events, left])
      left -= db.changesCount
    }
    if left > 0 {
      left -= try MessageRow.delete(
        Self.excessMessages, [limits.messages, left], dead: &dead, in: db)
    }
    let deleted = max(0, count) - left
    excessRows.add(UInt64(deleted), ordering: .relaxed)
    return deleted
  }

  private static let excessEvents = """
    DELETE FROM event WHERE sequence IN (
      SELECT sequence FROM event
      WHERE sequence <= (SELECT sequence FROM event ORDER BY sequence DESC LIMIT 1 OFFSET ?)
      ORDER BY sequence LIMIT ?)
    """

  private static let excessMessages = """
    DELETE FROM message WHERE number IN (
      SELECT number FROM message WHERE end IS NOT NULL AND number <= (
        SELECT number FROM message WHERE end IS NOT NULL ORDER BY number DESC LIMIT 1 OFFSET ?)
      ORDER BY number LIMIT ?)
    """
}
