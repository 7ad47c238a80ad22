import Agent
import GRDB
import Signals

/// What this process knows of its journal besides the file: numbers that must never go back, what
/// the file refused at a start, and what a new file in the place of a damaged one begins with.
struct JournalMemory: Sendable {
  var generation: UInt64 = 0
  /// In the order of `RestartReason.allCases`.
  var restarts: [UInt64] = Array(repeating: 0, count: RestartReason.allCases.count)
  var lastBatch: UInt64 = 0
  var lastEvent: UInt64 = 0
  var nextMessage: UInt64 = 1
  /// Position of the newest chunk of the feed that there ever was.
  var feedEnd: Int64 = 0
  var quarantined: [QuarantinedItem] = []
  /// What the journal refused: it goes into the next start's transaction.
  var unsaved: [CoordinatorRestart] = []
  var unsavedItems: [QuarantinedItem] = []
  var rows: DatabaseRows?

  static let unsavedMax = 100
  /// A commit that was said to have failed may have been seen by a reader.
  private static let feedGap: Int64 = 1 << 20

  /// As the file has it.
  init(_ db: Database) throws {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM journal") else { return }
    let columns = Columns(row)
    generation = columns.count("generation")
    restarts = Self.restartColumns.map(columns.count)
    lastBatch = columns.count("last_batch")
    lastEvent = columns.count("last_event")
    nextMessage = max(1, columns.count("next_message"))
    feedEnd = try FeedTable.end(db)
  }

  /// In the order of `RestartReason.allCases`.
  static let restartColumns = ["crashes", "stalls", "unclean_stops"]

  mutating func note(_ batches: [JournalBatch]) {
    for batch in batches {
      lastBatch = max(lastBatch, batch.sequence)
      lastEvent = max(lastEvent, batch.lastEvent)
      for item in batch.released {
        quarantined.removeAll { $0.item == item }
        unsavedItems.removeAll { $0.item == item }
      }
    }
  }

  /// Makes a new file go on from here, under the old name. `lost`: what waited for Postgres.
  func begin(_ db: Database, agentID: String, lost: FeedBacklog) throws {
    let numbers = [generation] + restarts + [lastBatch, lastEvent, nextMessage]
    try db.execute(
      sql: """
        UPDATE journal
        SET agent_id = ?, is_running = 1, generation = ?, crashes = ?, stalls = ?,
          unclean_stops = ?, last_batch = ?, last_event = ?, next_message = ?
        """,
      arguments: [agentID] + StatementArguments(numbers.map { Int64(clamping: $0) }))
    for item in quarantined {
      try db.execute(sql: RestartRow.hold, arguments: RestartRow.arguments(of: item))
    }
    try FeedTable.begin(db, after: feedEnd.addingSaturating(Self.feedGap), lost: lost)
    if let rows { try EventJournal.store(rows, in: db) }
  }
}

extension JournalBatch {
  /// Of its events and its routine rows.
  var lastEvent: UInt64 {
    max(
      events.lazy.map(\.sequence).max() ?? 0, feed.lazy.compactMap { $0.log?.sequence }.max() ?? 0)
  }
}
