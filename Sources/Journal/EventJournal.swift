import Agent
import GRDB
package import Signals
import Synchronization

/// The embedded store: what is committed here survives a crash and a power cut.
///
/// SQLite with a write-ahead log, synchronised at every commit. One thread commits; any number of
/// tasks read at the same time.
package final class EventJournal: Sendable {
  private struct State {
    /// `nil` after a failure that demands another connection, and when closed.
    var pool: DatabasePool?
    var isClosed = false
  }

  private let directory: DataDirectory
  private let state: Mutex<State>
  /// 16 hex digits, made at the journal's birth.
  package let agentID: String
  /// Where a damaged predecessor was moved to; this journal is new then.
  package let recoveredFrom: String?
  let feedBytesMax: Int
  let excessRows = Atomic<UInt64>(0)
  /// What waits for Postgres, as of the last commit.
  let backlog: Mutex<FeedBacklog>

  private init(
    directory: DataDirectory, pool: DatabasePool, agentID: String, recoveredFrom: String?,
    backlog: FeedBacklog, feedBytesMax: Int
  ) {
    self.directory = directory
    self.feedBytesMax = feedBytesMax
    self.backlog = Mutex(backlog)
    self.state = Mutex(State(pool: pool))
    self.agentID = agentID
    self.recoveredFrom = recoveredFrom
  }

  /// Opens or makes the journal in `directory` (itself made when missing) and locks the directory
  /// until `close` or the end of the process. Reads the whole file once to check its structure.
  /// `feedBytesMax`: what waits for Postgres at most.
  package static func open(
    directory path: String, now: Timestamp, feedBytesMax: Int = feedBytesMax
  ) throws(JournalError) -> EventJournal {
    let directory = try DataDirectory(path: path)
    let (pool, recoveredFrom) = try openDatabase(in: directory, now: now)
    do {
      let (agentID, backlog) = try pool.read { db in
        (
          try String.fetchOne(db, sql: "SELECT agent_id FROM journal"), try FeedTable.totals(db)
        )
      }
      return EventJournal(
        directory: directory, pool: pool, agentID: agentID ?? "", recoveredFrom: recoveredFrom,
        backlog: backlog, feedBytesMax: feedBytesMax)
    } catch {
      throw unusable(directory.databasePath, error)
    }
  }

  /// Ends all connections and unlocks the directory. Everything afterwards is refused.
  package func close() {
    let pool = state.withLock { state in
      state.isClosed = true
      defer { state.pool = nil }
      return state.pool
    }
    if let pool { JournalDatabase.close(pool) }
    directory.unlock()
  }

  /// Version of the SQLite library in use.
  package static var sqliteVersion: String {
    let number = Database.sqliteLibVersionNumber
    return "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
  }

  /// What SQLite says of the writing connection: the `journal_mode` and whether `synchronous` is
  /// FULL.
  package func durability() throws -> (journalMode: String, isFull: Bool) {
    try currentPool().writeWithoutTransaction { db in
      (
        try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
        try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2
      )
    }
  }
}

extension EventJournal {
  /// The connections; new ones when the last ones failed.
  func currentPool() throws -> DatabasePool {
    try state.withLock { state in
      if let pool = state.pool { return pool }
      if state.isClosed { throw JournalFailure.other }
      let pool = try JournalDatabase.pool(at: directory.databasePath)
      state.pool = pool
      return pool
    }
  }

  /// Gives up the connections that a write has failed on; the next use makes new ones.
  func discard(_ pool: DatabasePool) {
    state.withLock { state in
      if state.pool === pool { state.pool = nil }
    }
    JournalDatabase.close(pool)
  }

  var databasePath: String { directory.databasePath }

  static func unusable(_ path: String, _ error: any Error) -> JournalError {
    JournalError(.unusable, path: path, detail: JournalDatabase.plainText(of: error))
  }

  private static func openDatabase(
    in directory: DataDirectory, now: Timestamp
  ) throws(JournalError) -> (DatabasePool, recoveredFrom: String?) {
    let path = directory.databasePath
    try directory.makeDatabaseFile()
    do throws(JournalError) {
      return (try JournalDatabase.open(at: path, now: now), nil)
    } catch {
      guard error.reason == .corrupt else { throw error }
    }
    let quarantined = try directory.quarantineDatabase(at: now)
    try directory.makeDatabaseFile()
    return (try JournalDatabase.open(at: path, now: now), quarantined)
  }
}
