import PostgresLink
import Synchronization

/// Compares what the link releases with the cursor, in a session of its own.
final class ReleaseWatch: Sendable {
  /// Used under the lock of `seen` only.
  private nonisolated(unsafe) let connection: Connection
  private let seen = Mutex<(count: Int, early: [Int64])>((0, []))

  init(_ connection: Connection) { unsafe self.connection = connection }

  var count: Int { seen.withLock { $0.count } }
  /// Positions that were released before they were in Postgres.
  var early: [Int64] { seen.withLock { $0.early } }

  func released(_ position: Int64) {
    seen.withLock { seen in
      seen.count += 1
      let cursor = try? unsafe connection.execute(
        Statement("SELECT max(position) FROM omni2.breakwater_cursors"), within: .seconds(10)
      ).int64(0, 0)
      if (cursor ?? -1) < position { seen.early.append(position) }
    }
  }
}
