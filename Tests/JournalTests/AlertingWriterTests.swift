import Agent
import Alerting
import Foundation
import Journal
import Notifications
import Signals
import Synchronization
import TestSupport
import Testing

/// Batches of alerts and messages on the journal's thread.
@Suite struct AlertingWriterTests {
  private final class Replies: Sendable {
    private let replies = Mutex<[AlertingAnswer]>([])
    func add(_ reply: AlertingAnswer) { replies.withLock { $0.append(reply) } }
    var all: [AlertingAnswer] { replies.withLock { $0 } }
  }

  private func writer(
    _ journal: EventJournal, queueLimit: Int = 1000, _ events: Answers = Answers(),
    answer: @escaping @Sendable (AlertingAnswer) -> Void
  ) throws -> JournalWriter {
    let writer = JournalWriter(
      journal: journal, queueLimit: queueLimit, deliver: { events.add($0) }, answer: answer)
    return try #require(writer)
  }

  private func small(_ sequence: UInt64) -> AlertingBatch {
    var random = SeededRandom(seed: sequence)
    return alertingBatch(
      sequence, changed: [random.alert(Int(sequence))], messages: [random.message(sequence)],
      next: sequence + 1)
  }

  @Test func `batches are answered in order, apart from the agent's own`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let (replies, events) = (Replies(), Answers())
    let writer = try writer(journal, events) { replies.add($0) }
    for sequence in 1...UInt64(300) {
      writer.submit(small(sequence))
      writer.submit(batch(sequence))
      if sequence.isMultiple(of: 20) { await Task.yield() }
    }
    writer.stop()
    writer.submit(small(301))
    let reached = replies.all.compactMap { reply -> UInt64? in
      if case .committed(let through) = reply { through } else { nil }
    }
    #expect(reached.count == replies.all.count)
    #expect(reached == reached.sorted())
    #expect(Set(reached).count == reached.count)
    #expect(reached.last == 300)
    #expect(events.reached == 300)
    let contents = try journal.alertingContents().contents
    #expect(contents.alerts.count == 300)
    #expect(contents.notifications.messages.map(\.number) == Array(1...300))
  }

  @Test func `batches beyond the limit are refused in their place`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let replies = Replies()
    let gate = DispatchSemaphore(value: 0)
    let writer = try writer(journal, queueLimit: 3) { reply in
      replies.add(reply)
      if reply == .committed(through: 1) { gate.wait() }
    }
    writer.submit(small(1))
    try await until("the first answer") { replies.all == [.committed(through: 1)] }
    for sequence in 2...UInt64(9) { writer.submit(small(sequence)) }
    gate.signal()
    try await until("three answers") { replies.all.count == 3 }
    writer.submit(small(10))
    writer.stop()
    #expect(
      replies.all == [
        .committed(through: 1), .committed(through: 4), .refused(through: 9),
        .committed(through: 10),
      ])
    #expect(writer.figures.failures == [0, 0, 1, 0, 0])
    #expect(
      try journal.alertingContents().contents.notifications.messages.map(\.number)
        == [1, 2, 3, 4, 10])
  }

  @Test func `what another process locks out is refused, and taken the next time`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let replies = Replies()
    let writer = try writer(journal) { replies.add($0) }
    let other = try Stranger(at: directory.database)
    try other.execute("BEGIN IMMEDIATE")
    writer.submit(small(1))
    try await until("the refusal") { replies.all == [.refused(through: 1)] }
    try other.execute("COMMIT")
    writer.submit(small(1))
    writer.stop()
    #expect(replies.all == [.refused(through: 1), .committed(through: 1)])
    #expect(writer.figures.failures == [0, 0, 1, 0, 0])
    #expect(try journal.alertingContents().contents.alerts.count == 1)
  }

  @Test func `a refused batch of alerts refuses no batch of the agent's`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let (replies, events) = (Replies(), Answers())
    try Stranger(at: directory.database).execute("DROP TABLE message")
    let writer = try writer(journal, events) { replies.add($0) }
    writer.submit(small(1))
    writer.submit(batch(1, events: [event(1)]))
    writer.stop()
    #expect(replies.all == [.refused(through: 1)])
    #expect(events.all == [.committed(through: 1)])
    #expect(try journal.contents().lastEvent == 1)
  }

  @Test func `a full disk refuses, loses nothing and is over when there is room`() throws {
    let directory = try TemporaryDirectory()
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path) == 0
    else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", directory.path) }
    let journal = try directory.open()
    defer { journal.close() }
    func large(_ sequence: UInt64) -> AlertingBatch {
      var batch = small(sequence)
      batch.notifications?.messages[0].body = Array(repeating: 7, count: 20_000)
      return batch
    }
    var sequence: UInt64 = 0
    var failure: JournalFailure?
    while failure == nil && sequence < 1000 {
      do throws(JournalFailure) {
        try journal.commit([large(sequence + 1)])
        sequence += 1
      } catch {
        failure = error
      }
    }
    #expect(failure == .full)
    var kept = try journal.alertingContents().contents
    #expect(kept.notifications.messages.map(\.number) == Array(1...sequence))
    #expect(kept.alerts.count == Int(sequence))
    #expect(try run("/usr/bin/mount", "-o", "remount,size=8m", directory.path) == 0)
    try journal.commit([large(sequence + 1)])
    kept = try journal.alertingContents().contents
    #expect(kept.notifications.messages.count == Int(sequence) + 1)
  }
}
