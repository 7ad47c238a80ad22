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

  /// Deletes at most `count` rows that are too many.
  func deleteExcess(_ limits: JournalRowLimits, atMost count: Int, in db: Database) throws -> Int {
    var left = max(0, count)
    for (sql, most) in [
      (Self.excessEvents, limits.events), (Self.excessMessages, limits.messages),
    ] where left > 0 {
      try db.execute(sql: sql, arguments: [most, left])
      left -= db.changesCount
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
