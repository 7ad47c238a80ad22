package import Agent
import GRDB

extension EventJournal {
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
