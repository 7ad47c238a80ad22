import Agent
import Foundation
import GRDB
import Journal
import Signals
import Testing
import TestSupport

@Suite struct OpeningTests {
  @Test func `every commit is synchronised to the disk`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let durability = try journal.durability()
    #expect(durability.journalMode == "wal")
    #expect(durability.isFull)
  }

  @Test func `directory and files belong to their owner only`() throws {
    let directory = try TemporaryDirectory()
    let journal = try EventJournal.open(directory: directory.path + "/a/b/data", now: start)
    defer { journal.close() }
    let data = directory.path + "/a/b/data"
    #expect(try directory.mode(of: data) == 0o700)
    for file in [
      "lock", "journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "progress",
    ] {
      #expect(try directory.mode(of: "\(data)/\(file)") == 0o600, "\(file)")
    }
  }

  @Test func `a second agent is refused and told of the first`() throws {
    let directory = try TemporaryDirectory()
    let first = try directory.open()
    let expected = JournalError(.directoryInUse(pid: getpid()), path: directory.journal)
    #expect(throws: expected) { try directory.open() }
    #expect(
      expected.description
        == "data directory \(directory.journal) is in use by process \(getpid())")
    first.close()
    try directory.open().close()
  }

  @Test func `an open that was refused leaves no lock behind`() throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.database, withIntermediateDirectories: true)
    #expect(throws: JournalError.self) { try directory.open() }
    try FileManager.default.removeItem(atPath: directory.database)
    try directory.open().close()
  }

  @Test func `a journal of a newer version is refused and left as it is`() throws {
    let directory = try TemporaryDirectory()
    try directory.open().close()
    try Stranger(at: directory.database).execute(
      "INSERT INTO grdb_migrations VALUES ('9 something new')")
    let error = #expect(throws: JournalError.self) { try directory.open() }
    #expect(error?.reason == .newerVersion)
    #expect(
      error?.description
        == "journal \(directory.database) was written by a newer version of Breakwater")
    #expect(try directory.files() == ["journal.sqlite", "lock", "progress"])
  }

  @Test func `a database of another program is refused and left as it is`() throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.journal, withIntermediateDirectories: true)
    try Stranger(at: directory.database).execute("CREATE TABLE bookmarks (url TEXT)")
    let error = #expect(throws: JournalError.self) { try directory.open() }
    #expect(error?.reason == .unusable)
    #expect(error?.detail == "a database of another program")
  }

  @Test func `a start cut short before the tables were made is taken up`() throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.journal, withIntermediateDirectories: true)
    try Stranger(at: directory.database).execute(
      "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    let journal = try directory.open()
    #expect(journal.recoveredFrom == nil)
    #expect(try journal.contents().generation == 1)
  }

  /// Ways to damage a journal of many pages.
  enum Damage: CaseIterable {
    case notADatabase, overwrittenPages, cutInHalf
  }

  @Test(arguments: Damage.allCases)
  func `a damaged journal is moved aside and a fresh one begun`(damage: Damage) async throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    let before = journal.agentID
    try journal.commit([batch(1, events: (1...2000).map { event($0) })])
    journal.close()
    let file = try FileHandle(forUpdating: URL(filePath: directory.database))
    let size = try file.seekToEnd()
    switch damage {
    case .notADatabase:
      try file.seek(toOffset: 0)
      try file.write(contentsOf: Data("a shopping list".utf8))
    case .overwrittenPages:
      try file.seek(toOffset: size / 2 / 4096 * 4096)
      try file.write(contentsOf: Data(repeating: 0xa5, count: 8 * 4096))
    case .cutInHalf:
      try file.truncate(atOffset: size / 2)
    }
    try file.close()
    journal = try directory.open()
    #expect(journal.recoveredFrom == directory.database + ".corrupt-1700000000")
    #expect(journal.agentID != before)
    #expect(try journal.contents() == JournalContents(agentID: journal.agentID))
    try journal.commit([batch(1, events: [event(1)])])
    #expect(try await journal.events(of: "weather", limit: 9, before: nil).count == 1)
    #expect(try directory.files().contains("journal.sqlite.corrupt-1700000000"))
  }

  @Test func `a second damaged journal in the same second does not replace the first`() throws {
    let directory = try TemporaryDirectory()
    for expected in ["", "-2"] {
      try? FileManager.default.createDirectory(
        atPath: directory.journal, withIntermediateDirectories: true)
      try Data(repeating: 7, count: 5000).write(to: URL(filePath: directory.database))
      let journal = try directory.open()
      #expect(journal.recoveredFrom == directory.database + ".corrupt-1700000000" + expected)
      journal.close()
    }
  }

  @Test func `closing leaves one file to copy`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([batch(1, events: [event(1)])])
    #expect(try await journal.events(of: "weather", limit: 1, before: nil).count == 1)
    journal.close()
    #expect(try directory.files() == ["journal.sqlite", "lock", "progress"])
  }

  @Test func `a closed journal refuses everything`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    journal.close()
    journal.close()
    #expect(throws: JournalFailure.other) { try journal.commit([batch(1)]) }
    #expect(throws: JournalError.self) { try journal.contents() }
    await #expect(throws: JournalFailure.other) {
      try await journal.events(of: "weather", limit: 1, before: nil)
    }
  }

  @Test func `the SQLite version is that of the library`() throws {
    let version = try DatabaseQueue().read {
      try String.fetchOne($0, sql: "SELECT sqlite_version()")
    }
    #expect(EventJournal.sqliteVersion == version)
  }
}
