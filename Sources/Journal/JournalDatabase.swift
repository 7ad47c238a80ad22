import Agent
import GRDB
import Signals

/// Opens the database so that a commit that returned is on the disk.
enum JournalDatabase {
  /// The write-ahead log shrinks back to this after a checkpoint.
  static let walBytesMax = 64 << 20
  /// How long a commit waits for another process (a person's `sqlite3`) that has the file locked.
  private static let busySeconds = 2.0

  /// The pool of one writer and two readers on a file that exists already; not migrated.
  static func pool(at path: String) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.maximumReaderCount = 2
    configuration.busyMode = .timeout(busySeconds)
    // A transaction that even a rollback cannot end is an error of its next commit, not a trap.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA journal_size_limit = \(walBytesMax)")
      // Debian's library writes zeros over every page that is deleted: twice the writing of a feed.
      try db.execute(sql: "PRAGMA secure_delete = FAST")
    }
    let pool = try DatabasePool(path: path, configuration: configuration)
    // GRDB lowers `synchronous` when it turns the write-ahead log on, after `prepareDatabase`.
    try pool.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      guard mode == "wal", try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
        throw DatabaseError(
          resultCode: .SQLITE_IOERR, message: "no durable write-ahead log on this file system")
      }
    }
    return pool
  }

  /// Opens, checks every page's structure and brings the schema up to date.
  static func open(at path: String, now: Timestamp) throws(JournalError) -> DatabasePool {
    do {
      let pool = try pool(at: path)
      do {
        try prepare(pool, at: path, now: now)
        return pool
      } catch {
        close(pool)  // before its files are moved aside
        throw error
      }
    } catch let error as JournalError {
      throw error
    } catch {
      let reason: JournalError.Reason = JournalFailure(error) == .corrupt ? .corrupt : .unusable
      throw JournalError(reason, path: path, detail: plainText(of: error))
    }
  }

  /// Closes the readers first: the last connection to go takes the log over into the main file and
  /// deletes it, and a reader may not.
  static func close(_ pool: DatabasePool) {
    pool.invalidateReadOnlyConnections()
    try? pool.close()
  }

  private static func prepare(_ pool: DatabasePool, at path: String, now: Timestamp) throws {
    try pool.writeWithoutTransaction { db in
      let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
      guard verdict == "ok" else { throw JournalError(.corrupt, path: path, detail: verdict) }
      guard try isOurs(db) else {
        throw JournalError(.unusable, path: path, detail: "a database of another program")
      }
      guard try !JournalSchema.migrator.hasBeenSuperseded(db) else {
        throw JournalError(.newerVersion, path: path)
      }
    }
    try JournalSchema.migrator.migrate(pool)
    try pool.write { db in try makeIdentity(db, now: now) }
  }

  /// SQLite's own words, without the statement.
  static func plainText(of error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return "\(error.message ?? "SQLite error") (\(error.extendedResultCode.rawValue))"
  }

  /// A database that holds tables carries our mark; one without tables becomes ours. GRDB's own
  /// table may be there alone when a start was cut short.
  private static func isOurs(_ db: Database) throws -> Bool {
    if try Int64.fetchOne(db, sql: "PRAGMA application_id") == JournalSchema.applicationID {
      return true
    }
    let tables = try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM sqlite_master
        WHERE type = 'table' AND name <> 'grdb_migrations' AND name NOT LIKE 'sqlite_%'
        """)
    return tables == 0
  }

  private static func makeIdentity(_ db: Database, now: Timestamp) throws {
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next() as UInt64, radix: 16)
    let agentID = String(repeating: "0", count: 16 - digits.count) + digits
    try db.execute(
      sql: "INSERT INTO journal (id, agent_id, created_ms) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
      arguments: [agentID, now.milliseconds])
  }
}
