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
    /// Where the damaged file is that the one to come replaces; nothing is committed until then.
    var replaced: String?
  }

  private let directory: DataDirectory
  private let state: Mutex<State>
  /// 16 hex digits, made at the journal's birth.
  package let agentID: String
  /// Where a damaged predecessor was moved to; this journal is new then.
  package let recoveredFrom: String?
  /// What the agent has in hand, beside the database.
  package let progress: ProgressBoard
  let feedBytesMax: Int
  let excessRows = Atomic<UInt64>(0)
  let prunedDeadLetters = Atomic<UInt64>(0)
  /// What waits for Postgres, as of the last commit.
  let backlog: Mutex<FeedBacklog>
  let memory: Mutex<JournalMemory>

  private init(
    directory: DataDirectory, pool: DatabasePool, agentID: String, recoveredFrom: String?,
    backlog: FeedBacklog, memory: JournalMemory, feedBytesMax: Int
  ) {
    self.directory = directory
    progress = ProgressBoard(path: directory.path + "/progress")
    self.feedBytesMax = feedBytesMax
    self.backlog = Mutex(backlog)
    self.memory = Mutex(memory)
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
      let (agentID, backlog, memory) = try pool.read { db in
        (
          try String.fetchOne(db, sql: "SELECT agent_id FROM journal"), try FeedTable.totals(db),
          try JournalMemory(db)
        )
      }
      return EventJournal(
        directory: directory, pool: pool, agentID: agentID ?? "", recoveredFrom: recoveredFrom,
        backlog: backlog, memory: memory, feedBytesMax: feedBytesMax)
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
      if state.replaced != nil { throw JournalFailure.corrupt }
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

  /// Puts the damaged file aside and begins a new one that goes on with the numbers of the old one,
  /// under its name; what waited for Postgres is given up. Gives where the old file is. Blocks for
  /// some `fsync`s, readers too. When it fails, the journal refuses everything as `.corrupt` until
  /// another call succeeds.
  @discardableResult
  package func replace(at now: Timestamp) throws(JournalError) -> String {
    let (memory, lost) = (memory.withLock { $0 }, backlog.withLock { $0 })
    let result = state.withLock { state in
      Result { () throws(JournalError) in
        try replace(&state, at: now) { db in
          try memory.begin(db, agentID: agentID, lost: lost)
        }
      }
    }
    let aside = try result.get()
    backlog.withLock { backlog in
      backlog.dropped += UInt64(clamping: backlog.rows)
      (backlog.rows, backlog.bytes) = (0, 0)
    }
    return aside
  }

  private func replace(
    _ state: inout State, at now: Timestamp, _ begin: (Database) throws -> Void
  ) throws(JournalError) -> String {
    if state.isClosed { throw JournalError(.unusable, path: databasePath, detail: "closed") }
    if let pool = state.pool.take() { JournalDatabase.close(pool) }
    let aside: String
    if let replaced = state.replaced {
      aside = replaced
      directory.removeDatabase()
    } else {
      aside = try directory.quarantineDatabase(at: now)
    }
    state.replaced = aside
    try directory.makeDatabaseFile()
    let pool = try JournalDatabase.open(at: databasePath, now: now)
    do {
      try pool.write(begin)
    } catch {
      JournalDatabase.close(pool)
      throw Self.unusable(databasePath, error)
    }
    state.pool = pool
    state.replaced = nil
    return aside
  }

  /// Bytes of the file and its log, as the file system says; 0 when it does not.
  var sizeOnDisk: Int64 { directory.databaseSize }

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
