import Agent
import Foundation
import Journal
import Signals
import Synchronization
import Testing
import TestSupport

@Suite struct JournalWriterTests {
  @Test func `everything that waits goes into one transaction`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let gate = DispatchSemaphore(value: 0)
    let writer = try startWriter(journal: journal, queueLimit: 1000) { events in
      answers.add(events)
      if events == [.committed(through: 1)] { gate.wait() }
    }
    writer.submit(batch(1, events: [event(1)]))
    try await until("the first answer") { answers.all == [.committed(through: 1)] }
    for sequence in 2...UInt64(101) { writer.submit(batch(sequence, events: [event(sequence)])) }
    #expect(writer.figures.queueLength == 100)
    gate.signal()
    writer.stop()
    #expect(answers.all == [.committed(through: 1), .committed(through: 101)])
    #expect(writer.figures.writes == 2)
    #expect(writer.figures.events == 101)
    #expect(writer.figures.queueLength == 0)
    #expect(writer.figures.failures == [0, 0, 0, 0, 0])
  }

  @Test func `batches beyond the limit are refused in their place`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let gate = DispatchSemaphore(value: 0)
    let writer = try startWriter(journal: journal, queueLimit: 3) { events in
      answers.add(events)
      if events == [.committed(through: 1)] { gate.wait() }
    }
    writer.submit(batch(1))
    try await until("the first answer") { answers.all == [.committed(through: 1)] }
    for sequence in 2...UInt64(9) { writer.submit(batch(sequence)) }
    gate.signal()
    try await until("three answers") { answers.all.count == 3 }
    writer.submit(batch(10))
    writer.stop()
    #expect(
      answers.all == [
        .committed(through: 1), .committed(through: 4), .commitFailed(through: 9, .busy),
        .committed(through: 10),
      ])
    #expect(writer.figures.failures == [0, 0, 1, 0, 0])
  }

  @Test func `stop commits what is queued, and once`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 1000) { answers.add($0) }
    for sequence in 1...UInt64(500) { writer.submit(batch(sequence, events: [event(sequence)])) }
    writer.stop()
    writer.stop()
    writer.submit(batch(501))
    #expect(answers.reached == 500)
    #expect(try journal.contents().lastEvent == 500)
  }

  @Test func `stop on the thread itself does not wait for it`() async throws {
    let directory = try TemporaryDirectory()
    let answers = Answers()
    let own = Mutex<JournalWriter?>(nil)
    let writer = try startWriter(journal: try directory.open(), queueLimit: 1) { events in
      own.withLock { $0 }?.stop()
      answers.add(events)
    }
    own.withLock { $0 = writer }
    writer.submit(batch(1))
    try await until("the answer") { answers.all == [.committed(through: 1)] }
    writer.stop()
    own.withLock { $0 = nil }
  }

  @Test func `answers come in the order of submission`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 10_000) { answers.add($0) }
    for sequence in 1...UInt64(2000) {
      writer.submit(batch(sequence))
      if sequence.isMultiple(of: 100) { await Task.yield() }
    }
    writer.stop()
    let reached = answers.all.compactMap { event -> UInt64? in
      if case .committed(let through) = event { through } else { nil }
    }
    #expect(reached == reached.sorted())
    #expect(reached.last == 2000)
    #expect(writer.figures.writes == UInt64(reached.count))
  }

  @Test func `a failed commit is answered and counted, and the next one may succeed`() async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    let other = try Stranger(at: directory.database)
    try other.execute("BEGIN IMMEDIATE")
    writer.submit(batch(1, events: [event(1)]))
    try await until("the refusal") { answers.all == [.commitFailed(through: 1, .busy)] }
    try other.execute("COMMIT")
    writer.submit(batch(1, events: [event(1)]))
    writer.stop()
    #expect(answers.all.last == .committed(through: 1))
    #expect(writer.figures.failures == [0, 0, 1, 0, 0])
    #expect(writer.figures.events == 1)
  }

  @Test func `pruning takes many steps and commits go on between them`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let young = start.advanced(by: .seconds(60))
    try journal.commit([
      batch(1, records: [record("old")], events: (1...1700).map { event($0) })
    ])
    let writer = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    writer.prune(eventsBefore: young, recordsBefore: young, keeping: [])
    writer.submit(batch(2, records: [record("new", updated: young)]))
    try await until("no old event") {
      try await journal.events(of: "weather", limit: 1, before: nil).isEmpty
    }
    writer.stop()
    #expect(try journal.contents().records.map(\.name) == ["new"])
    #expect(answers.all == [.committed(through: 2)])
  }

  @Test func `the thread says its name`() async throws {
    let directory = try TemporaryDirectory()
    let name = Mutex("")
    let writer = try startWriter(journal: try directory.open(), queueLimit: 1) { _ in
      let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
      name.withLock { $0 = text ?? "" }
    }
    writer.submit(batch(1))
    writer.stop()
    #expect(name.withLock { $0 } == "journal\n")
  }
}
