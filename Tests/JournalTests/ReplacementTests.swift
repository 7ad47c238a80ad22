import Agent
import Alerting
import Foundation
import Journal
import Notifications
import Signals
import Synchronization
import TestSupport
import Testing

/// A journal that turns corrupt while it is in use.
@Suite struct ReplacementTests {
  @Test func `the new file goes on with every number, and under the old name`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.contents()
    for seconds in 1...3 {
      let crash = CoordinatorRestart(
        reason: .crash, error: "", at: start.advanced(by: .seconds(seconds)), duration: nil,
        inHand: [.mcp("weather")])
      _ = try journal.contents(at: crash.at, after: crash)
    }
    var last = batch(41, records: [record("weather")], events: [event(70), event(71)])
    last.feed = [FeedRow(mcp: "weather", log: log(73))]
    try journal.commit([last])
    let end = try journal.feedEnd()
    var alerting = AlertingBatch(sequence: 1)
    alerting.notifications = NotificationChanges(batch: 1, nextMessage: 12)
    try journal.commit([alerting])

    let aside = try journal.replace(at: start)
    #expect(aside == directory.database + ".corrupt-1700000000")
    #expect(try directory.files().contains("journal.sqlite.corrupt-1700000000"))
    #expect(try journal.feedEnd() > end)
    #expect(journal.feedBacklog.rows == 0)
    #expect(journal.feedBacklog.dropped == 1)
    #expect(try journal.alertingContents().contents.notifications.nextMessage == 12)
    #expect(try journal.durability().isFull)
    let stall = CoordinatorRestart(reason: .stall, error: "", at: start, duration: nil)
    let contents = try journal.contents(at: stall.at, after: stall)
    var expected = JournalContents(agentID: journal.agentID)
    expected.generation = 5
    expected.restarts = [3, 1, 0]
    expected.restart = stall
    expected.lastBatch = 41
    expected.lastEvent = 73
    expected.quarantined = contents.quarantined
    #expect(contents == expected)
    #expect(contents.quarantined.map(\.item) == [.mcp("weather")])
    journal.close()
    let reopened = try directory.open()
    #expect(reopened.agentID == contents.agentID)
    #expect(reopened.feedBacklog.dropped == 1)
    #expect(try reopened.contents().restarts == [3, 1, 1])
  }

  @Test func `only the newest of what was put aside is kept`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    defer { journal.close() }
    let asides = try (0..<7).map { try journal.replace(at: start.advanced(by: .seconds($0))) }
    let names = try directory.files().filter {
      $0.contains("corrupt") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
    }
    #expect(names.map { directory.journal + "/" + $0 } == Array(asides.suffix(5)))
  }

  @Test func `what could not be begun on a full disk is begun when there is room`() throws {
    let directory = try TemporaryDirectory()
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path) == 0
    else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", directory.path) }
    let journal = try directory.open()
    defer { journal.close() }
    try journal.contents()
    try journal.commit([batch(7, events: [event(7)])])
    _ = try run("/usr/bin/dd", "if=/dev/zero", "of=\(directory.path)/rest", "bs=4k")
    for _ in 1...2 { #expect(throws: JournalError.self) { try journal.replace(at: start) } }
    #expect(throws: JournalFailure.corrupt) { try journal.commit([batch(8)]) }
    #expect(try run("/usr/bin/rm", directory.path + "/rest") == 0)
    try journal.replace(at: start)
    try journal.commit([batch(8)])
    #expect(try journal.contents().lastEvent == 7)
    let aside = try directory.files().filter {
      $0.contains("corrupt") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
    }
    #expect(aside == ["journal.sqlite.corrupt-1700000000"])
  }

  @Test func `overwritten pages under a running journal are replaced, and it goes on`() async throws
  {
    let damaged = try DamagedJournal()
    try await damaged.submitUntilReplaced()
    let (answers, writer) = (damaged.answers, damaged.writer)
    #expect(writer.file.replacements == 1)
    #expect(writer.samplesLost == 1)
    #expect(damaged.replies.all == [.replaced])
    // Each batch was answered, those at hand before the new journal was told of.
    let place = try #require(answers.all.firstIndex(of: .journalReplaced))
    guard case .commitFailed(let refused, .corrupt) = answers.all[place - 1] else {
      Issue.record("\(answers.all[place - 1]) before the replacement")
      return
    }
    writer.submit(batch(refused + 1, records: [record("weather")], events: [event(refused + 1)]))
    writer.stop()
    #expect(answers.all.last == .committed(through: refused + 1))
    let size = try ["", "-wal"].reduce(Int64(0)) { sum, suffix in
      let path = damaged.directory.database + suffix
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      return sum + ((attributes[.size] as? Int64) ?? 0)
    }
    #expect(writer.file.bytes == size && size > 0)
    let contents = try damaged.journal.contents()
    // One may have been submitted between the replacement and its being seen.
    let names = contents.records.map(\.name)
    #expect(names.last == "weather" && names.count <= 2, "\(names)")
    #expect(contents.lastEvent == refused + 1)
    #expect(contents.generation == 2)
    #expect(try damaged.directory.files().filter { $0.hasPrefix("journal.sqlite.corrupt") } != [])
  }

  @Test func `a second replacement does not come within a minute`() async throws {
    let damaged = try DamagedJournal()
    try await damaged.submitUntilReplaced()
    try damaged.fill()
    try damaged.overwrite()
    try await damaged.submit(until: "refusals") { answers in
      let place = answers.lastIndex(of: .journalReplaced) ?? 0
      return answers[place...].count {
        if case .commitFailed(_, .corrupt) = $0 { true } else { false }
      }
        >= 5
    }
    #expect(damaged.writer.file.replacements == 1)
    damaged.writer.stop()
  }

  @Test func `a coordinator that restarts on a damaged journal starts from a new one`() async throws
  {
    let damaged = try DamagedJournal()
    try damaged.overwrite()
    let result = Mutex<Result<JournalContents, JournalFailure>?>(nil)
    let crash = CoordinatorRestart(reason: .crash, error: "", at: start, duration: nil)
    damaged.writer.restore(after: crash) { answer in result.withLock { $0 = answer } }
    damaged.writer.stop()
    let contents = try #require(try result.withLock { try $0?.get() })
    #expect(contents.agentID == damaged.journal.agentID)
    #expect(contents.generation == 2)
    #expect(contents.lastBatch == damaged.last)
    #expect(damaged.answers.all.contains(.journalReplaced))
  }

  @Test func `damage that is gone when looked at again replaces nothing`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    let other = try Stranger(at: directory.database)
    try other.misplaceEvents()
    writer.submit(batch(1, events: [event(1)]))
    try await until("the refusal") { answers.all == [.commitFailed(through: 1, .corrupt)] }
    try other.mendEvents()
    writer.submit(batch(2, events: [event(1)]))
    writer.stop()
    #expect(answers.all.last == .committed(through: 2))
    #expect(writer.file.replacements == 0)
  }

  @Test func `files that cannot be opened are an error of I/O, and nothing is replaced`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    let other = try Stranger(at: directory.database)
    try other.misplaceEvents()
    writer.submit(batch(1, events: [event(1)]))
    try await until("the refusal") { answers.all.count == 1 }
    try other.mendEvents()
    // The next connections find no directory.
    try FileManager.default.moveItem(atPath: directory.journal, toPath: directory.path + "/away")
    for sequence in UInt64(2)...4 {
      writer.submit(batch(sequence, events: [event(1)]))
      try await until("the next refusal") { answers.all.count == sequence }
    }
    try FileManager.default.moveItem(atPath: directory.path + "/away", toPath: directory.journal)
    writer.submit(batch(5, events: [event(1)]))
    writer.stop()
    #expect(
      answers.all == [
        .commitFailed(through: 1, .corrupt), .commitFailed(through: 2, .io),
        .commitFailed(through: 3, .io), .commitFailed(through: 4, .io), .committed(through: 5),
      ])
    #expect(writer.file.replacements == 0)
  }

  private func log(_ sequence: UInt64) -> FeedLog {
    FeedLog(
      sequence: sequence, timestamp: start, type: .connected, status: .unknown, detail: "",
      data: [])
  }
}

private final class Replies: Sendable {
  private let replies = Mutex<[AlertingAnswer]>([])
  func add(_ reply: AlertingAnswer) { replies.withLock { $0.append(reply) } }
  var all: [AlertingAnswer] { replies.withLock { $0 } }
}

/// A journal of many pages under a writer, to be overwritten.
private final class DamagedJournal: Sendable {
  let directory: TemporaryDirectory
  let journal: EventJournal
  let writer: JournalWriter
  let answers = Answers()
  let replies: Replies
  private let sequence = Mutex<UInt64>(1)

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.open()
    try journal.contents()
    let replies = Replies()
    let answers = answers
    let made = JournalWriter(
      journal: journal, queueLimit: 100, deliver: { answers.add($0) }, answer: { replies.add($0) })
    writer = try #require(made)
    self.replies = replies
    try fill()
  }

  var last: UInt64 { sequence.withLock { $0 } - 1 }

  /// More pages than a connection keeps in memory.
  func fill() throws {
    let first = sequence.withLock { $0 }
    var large = event(first)
    large.detail = String(repeating: "x", count: 3000)
    let events = (0..<1500).map { offset in
      large.sequence = first + UInt64(offset)
      return large
    }
    try journal.commit([batch(first + 1499, events: events)])
    sequence.withLock { $0 = first + 1500 }
  }

  /// As `dd` over both files would.
  func overwrite() throws {
    for file in [directory.database, directory.database + "-wal"] {
      let handle = try FileHandle(forUpdating: URL(filePath: file))
      let size = try handle.seekToEnd()
      try handle.seek(toOffset: 0)
      try handle.write(contentsOf: Data(repeating: 0xa5, count: Int(size)))
      try handle.close()
    }
  }

  func submitUntilReplaced() async throws {
    try overwrite()
    try await submit(until: "the replacement") { $0.contains(.journalReplaced) }
  }

  /// A batch of events of all ages at a time, each after the answer to the one before.
  func submit(until what: String, _ isMet: @escaping ([AgentEvent]) -> Bool) async throws {
    for _ in 1...300 where !isMet(answers.all) {
      let next = sequence.withLock { sequence in
        defer { sequence += 1 }
        return sequence
      }
      let known = answers.all.count
      let old = next &* 7919 % 1400 + 1
      writer.submit(
        batch(next, records: [record("mcp-\(next)")], events: [event(old), event(next)]))
      try await until("an answer") { answers.all.count > known }
    }
    #expect(isMet(answers.all), "\(what)")
  }
}
