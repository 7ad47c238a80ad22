import Agent
import Breaking
import Foundation
import GRDB
import Journal
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

let start = Timestamp(milliseconds: 1_700_000_000_000)

/// A directory of its own, gone with the value's last use.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var journal: String { path + "/data" }
  var database: String { journal + "/journal.sqlite" }

  func open() throws -> EventJournal { try EventJournal.open(directory: journal, now: start) }

  /// The names of the files in the journal's directory.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: journal).sorted()
  }

  func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? Int) ?? -1
  }
}

extension EventJournal {
  /// A start of the process at `start`.
  @discardableResult
  func contents() throws -> JournalContents { try contents(at: start) }
}

func batch(
  _ sequence: UInt64, records: [MCPRecord] = [], events: [HealthEvent] = []
) -> JournalBatch {
  var batch = JournalBatch(sequence: sequence)
  batch.records = records
  batch.events = events
  return batch
}

func record(_ name: String, attempts: UInt64 = 0, updated: Timestamp = start) -> MCPRecord {
  var record = MCPRecord(
    name: name, url: "http://\(name)/mcp", breaker: .init(state: .closed), updated: updated)
  record.recoveryAttempts = attempts
  return record
}

func event(_ sequence: UInt64, of mcp: String = "weather", at: Timestamp = start) -> HealthEvent {
  HealthEvent(sequence: sequence, mcp: mcp, timestamp: at, type: .connected, detail: "\(sequence)")
}

func startWriter(
  journal: EventJournal, queueLimit: Int, onFeed: @escaping @Sendable () -> Void = {},
  deliver: @escaping @Sendable ([AgentEvent]) -> Void
) throws -> JournalWriter {
  let writer = JournalWriter(
    journal: journal, queueLimit: queueLimit, deliver: deliver, onFeed: onFeed)
  return try #require(writer)
}

/// What a writer delivered.
final class Answers: Sendable {
  private let events = Mutex<[AgentEvent]>([])

  func add(_ more: [AgentEvent]) { events.withLock { $0 += more } }
  var all: [AgentEvent] { events.withLock { $0 } }
}

/// Another program's connection to the database, which may keep a transaction open.
struct Stranger {
  private let queue: DatabaseQueue

  init(at path: String) throws {
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  func execute(_ sql: String) throws {
    try queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
  }

  /// The schema points at a page that is not there, until it is mended.
  func misplaceEvents() throws {
    try execute("CREATE TABLE mended AS SELECT rootpage FROM sqlite_master WHERE name = 'event'")
    try execute("PRAGMA writable_schema = ON")
    try execute("UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'event'")
    try execute("PRAGMA schema_version = 77")
  }

  func mendEvents() throws {
    try execute(
      "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM mended) WHERE name = 'event'")
    try execute("PRAGMA schema_version = 78")
  }

  func number(_ sql: String) throws -> Int? {
    try queue.read { db in try Int.fetchOne(db, sql: sql) }
  }
}

/// Runs a program and returns its exit status.
func run(_ program: String, _ arguments: String...) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}
