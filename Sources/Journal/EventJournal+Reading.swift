package import Agent
import GRDB

extension EventJournal {
  /// Everything a coordinator starts from. Counts and stores its generation, and an unclean stop
  /// when nobody called `markStopped` since the start before; blocks for an `fsync`.
  package func contents() throws(JournalError) -> JournalContents {
    do {
      return try currentPool().write { db in
        try db.execute(
          sql: """
            UPDATE journal
            SET generation = generation + 1, unclean_stops = unclean_stops + is_running,
              is_running = 1
            """)
        var contents = JournalContents(agentID: agentID)
        if let row = try Row.fetchOne(
          db, sql: "SELECT generation, unclean_stops, last_batch, last_event FROM journal")
        {
          let columns = Columns(row)
          contents.generation = columns.count("generation")
          contents.restarts = [0, 0, columns.count("unclean_stops")]
          contents.lastBatch = columns.count("last_batch")
          contents.lastEvent = columns.count("last_event")
        }
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM mcp ORDER BY name")
        while let row = try rows.next() {
          if let record = RecordRow.record(Columns(row)) { contents.records.append(record) }
        }
        return contents
      }
    } catch {
      throw Self.unusable(databasePath, error)
    }
  }

  /// Notes that the agent has ended cleanly; blocks for an `fsync`. A failure only means that the
  /// next start counts an unclean stop.
  package func markStopped() {
    try? currentPool().write { db in try db.execute(sql: "UPDATE journal SET is_running = 0") }
  }

  /// The most events that one call of `events` gives.
  package static let eventsPageMax = 1000

  /// Events of one MCP, newest first, at most `limit` of them, of those before the sequence
  /// `before`. Never waits for a commit. Throws `JournalFailure`, or `CancellationError`.
  package func events(
    of mcp: String, limit: Int, before: UInt64?
  ) async throws -> [StoredEvent] {
    let limit = min(max(0, limit), Self.eventsPageMax)
    let before = before.map { Int64(clamping: $0) } ?? .max
    let agentID = agentID
    do {
      return try await currentPool().read { db in
        let rows = try Row.fetchAll(
          db.cachedStatement(sql: EventRow.page), arguments: [mcp, before, limit])
        return try rows.compactMap { row in
          try EventRow.event(Columns(row), in: db).map {
            StoredEvent(id: "\(agentID)-\($0.sequence)", event: $0)
          }
        }
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw JournalFailure(error)
    }
  }
}
