package import Agent
import GRDB
package import Signals
import Synchronization

extension EventJournal {
  /// Restarts that a decision about quarantine looks at, at most.
  private static let recentMax = 100

  /// Everything a coordinator starts from, in one transaction that counts its generation and what
  /// made it necessary, and decides what is left alone from now on; blocks for an `fsync`.
  ///
  /// `restart` is what the supervisor saw; `nil` at the start of a process. A journal that nobody
  /// called `markStopped` on makes that one a restart of the process, to be blamed on what the
  /// progress board has; the board is cleared when that is stored.
  ///
  /// After a restart a journal that refuses the transaction (a full disk) is only read, so that the
  /// coordinator comes back. This object remembers what was refused: the numbers go on growing, and
  /// the next start's transaction makes it good. A start of the process throws.
  package func contents(
    at now: Timestamp, after restart: CoordinatorRestart? = nil
  ) throws(JournalError) -> JournalContents {
    do {
      return try start(at: now, after: restart)
    } catch {
      throw Self.unusable(databasePath, error)
    }
  }

  /// Like `contents`, with SQLite's own error.
  func start(at now: Timestamp, after restart: CoordinatorRestart?) throws -> JournalContents {
    do {
      let start = try write { db in
        let start = try look(db, at: now, after: restart)
        try Self.store(start, in: db)
        return start
      }
      note(start, isStored: true)
      if restart == nil { ProgressBoard.Slot.allCases.forEach(progress.clear) }
      return start.contents
    } catch {
      guard restart != nil, JournalFailure(error) != .corrupt else { throw error }
      let start = try currentPool().read { db in try look(db, at: now, after: restart) }
      note(start, isStored: false)
      return start.contents
    }
  }
}

/// One start as it will be: what it gives, and what must be stored of it.
private struct Start {
  var contents: JournalContents
  var restarts: [CoordinatorRestart]
  var items: [QuarantinedItem]
}

extension EventJournal {
  private func look(
    _ db: Database, at now: Timestamp, after known: CoordinatorRestart?
  ) throws -> Start {
    let before = memory.withLock { $0 }
    var contents = JournalContents(agentID: agentID)
    var wasRunning = false
    if let row = try Row.fetchOne(db, sql: "SELECT * FROM journal") {
      let columns = Columns(row)
      contents.generation = max(columns.count("generation"), before.generation) + 1
      contents.restarts = zip(JournalMemory.restartColumns, before.restarts).map {
        max(columns.count($0), $1)
      }
      contents.lastBatch = columns.count("last_batch")
      contents.lastEvent = columns.count("last_event")
      wasRunning = columns.bool("is_running") ?? false
    }
    contents.records = try Row.fetchAll(db, sql: "SELECT * FROM mcp ORDER BY name").compactMap {
      RecordRow.record(Columns($0))
    }
    contents.catalogues = try CatalogueRow.all(in: db)
    contents.restart = known ?? (wasRunning ? restartOfProcess(at: now) : nil)
    contents.quarantined =
      try Row.fetchAll(db, sql: RestartRow.held).compactMap { RestartRow.item(Columns($0)) }
      + before.unsavedItems
    guard let restart = contents.restart else {
      return Start(contents: contents, restarts: before.unsaved, items: before.unsavedItems)
    }
    if let index = RestartReason.allCases.firstIndex(of: restart.reason) {
      contents.restarts[index] += 1
    }
    let stored = try Row.fetchAll(db, sql: RestartRow.newest, arguments: [Self.recentMax])
      .reversed().compactMap { try RestartRow.restart(Columns($0), in: db) }
    let recent = (stored + before.unsaved + [restart]).suffix(Self.recentMax)
    let items = Quarantine.decide(Array(recent), held: contents.quarantined, at: now)
    contents.quarantined += items
    return Start(
      contents: contents, restarts: before.unsaved + [restart],
      items: before.unsavedItems + items)
  }

  private func restartOfProcess(at now: Timestamp) -> CoordinatorRestart {
    let (inHand, lastSign) = progress.previous
    return CoordinatorRestart(
      reason: .process, error: "the agent had not ended cleanly", at: now,
      duration: lastSign.map { max(.zero, $0.duration(to: now)) }, inHand: inHand)
  }

  private static func store(_ start: Start, in db: Database) throws {
    let contents = start.contents
    let numbers = [contents.generation] + contents.restarts
    try db.execute(
      sql: """
        UPDATE journal
        SET generation = ?, crashes = ?, stalls = ?, unclean_stops = ?, is_running = 1
        """, arguments: StatementArguments(numbers.map { Int64(clamping: $0) }))
    for restart in start.restarts {
      try db.execute(sql: RestartRow.insert, arguments: RestartRow.arguments(of: restart))
    }
    try db.execute(sql: RestartRow.trim)
    for item in start.items {
      try db.execute(sql: RestartRow.hold, arguments: RestartRow.arguments(of: item))
    }
  }

  private func note(_ start: Start, isStored: Bool) {
    memory.withLock { memory in
      memory.generation = start.contents.generation
      memory.restarts = start.contents.restarts
      memory.quarantined = start.contents.quarantined
      memory.unsaved = isStored ? [] : start.restarts.suffix(JournalMemory.unsavedMax)
      memory.unsavedItems = isStored ? [] : start.items
    }
  }
}
