import Agent
import Foundation
import Journal
import Signals
import Synchronization
import TestSupport
import Testing

/// A restart of the coordinator this long after `start`.
private func restart(
  _ reason: RestartReason, after seconds: Int, _ inHand: WorkItem...
) -> CoordinatorRestart {
  CoordinatorRestart(
    reason: reason, error: "a test of \(reason)", at: start.advanced(by: .seconds(seconds)),
    duration: .milliseconds(1500), inHand: inHand)
}

@Suite struct StartTests {
  @Test func `restarts are counted by reason and survive the process`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    #expect(try journal.contents().restart == nil)
    for (number, reason) in [RestartReason.crash, .stall, .crash].enumerated() {
      let known = restart(reason, after: number)
      let contents = try journal.contents(at: known.at, after: known)
      #expect(contents.restart == known)
      #expect(contents.generation == UInt64(number + 2))
    }
    journal.close()
    journal = try directory.open()
    #expect(try journal.contents().restarts == [2, 1, 1])
    journal.markStopped()
    let contents = try journal.contents()
    #expect(contents.restarts == [2, 1, 1])
    #expect(contents.restart == nil)
    #expect(contents.generation == 6)
  }

  @Test func `a process that was killed is blamed on what it had in hand`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.contents()
    journal.progress.take(.coordinator, .mcp("weather"))
    journal.progress.take(.prober, .mcp("news"))
    journal.progress.clear(.prober)
    journal.progress.beat(at: start.advanced(by: .seconds(10)))
    journal.close()
    journal = try directory.open()
    var contents = try journal.contents(at: start.advanced(by: .seconds(12)))
    #expect(contents.restart?.reason == .process)
    #expect(contents.restart?.inHand == [.mcp("weather")])
    #expect(contents.restart?.duration == .seconds(2))
    journal.close()
    journal = try directory.open()
    contents = try journal.contents(at: start.advanced(by: .seconds(9)))
    #expect(contents.restart?.inHand == [])
    #expect(contents.restart?.duration == .zero)
  }

  @Test func `a restart is kept with what was in hand, a thousand of them at most`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.contents()
    let other = try Stranger(at: directory.database)
    try other.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
      INSERT INTO restart (at_ms, reason, error, in_hand) SELECT i, 'crash', '', '{}' FROM n
      """)
    let known = restart(.stall, after: 9, .mcp("a \"quoted\"\u{1F600}"), .mcp("b"), .rule("c"))
    _ = try journal.contents(at: known.at, after: known)
    #expect(try other.number("SELECT count(*) FROM restart") == 1000)
    #expect(try other.number("SELECT max(number) FROM restart") == 1201)
    let kept = try other.number(
      """
      SELECT count(*) FROM restart, json_each(in_hand)
      WHERE number = 1201 AND reason = 'stall' AND at_ms = \(known.at.milliseconds)
        AND duration_ms = 1500 AND error = 'a test of stall'
        AND (key, atom) IN (('mcp', 'a "quoted"\u{1F600}'), ('mcp', 'b'), ('rule', 'c'))
      """)
    #expect(kept == 3)
  }

  @Test func `what is put into quarantine stays there until a batch releases it`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.contents()
    var held: [[WorkItem]] = []
    for seconds in [10, 20, 30, 40] {
      let known = restart(.crash, after: seconds, .mcp("weather"))
      held.append(try journal.contents(at: known.at, after: known).quarantined.map(\.item))
    }
    #expect(held == [[], [], [.mcp("weather")], [.mcp("weather")]])
    journal.markStopped()
    journal.close()
    journal = try directory.open()
    let contents = try journal.contents()
    #expect(contents.quarantined.map(\.since) == [start.advanced(by: .seconds(30))])
    #expect(contents.quarantined.first?.detail.isEmpty == false)
    var release = batch(1)
    release.released = [.mcp("weather"), .rule("weather")]
    try journal.commit([release])
    #expect(try journal.contents().quarantined.isEmpty)
  }

  @Test func `a full disk does not keep the coordinator from coming back, and is made good`() throws
  {
    let directory = try TemporaryDirectory()
    guard try run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.path) == 0
    else {
      print("skipped: a small file system cannot be mounted here")
      return
    }
    defer { _ = try? run("/usr/bin/umount", "-l", directory.path) }
    var journal = try directory.open()
    defer { journal.close() }
    try journal.contents()
    try journal.commit([batch(1, records: [record("weather")], events: [event(1)])])
    _ = try run("/usr/bin/dd", "if=/dev/zero", "of=\(directory.path)/rest", "bs=4k")
    var sequence: UInt64 = 1
    // One page at a time, until there is no room for one.
    while (try? journal.commit([batch(sequence + 1)])) != nil { sequence += 1 }

    let first = restart(.crash, after: 1, .mcp("weather"))
    var contents = try journal.contents(at: first.at, after: first)
    #expect(contents.generation == 2)
    #expect(contents.restarts == [1, 0, 0])
    #expect(contents.records.map(\.name) == ["weather"])
    let second = restart(.stall, after: 2)
    contents = try journal.contents(at: second.at, after: second)
    #expect(contents.generation == 3)
    #expect(contents.restarts == [1, 1, 0])
    #expect(throws: JournalError.self) { try journal.contents() }

    #expect(try run("/usr/bin/rm", directory.path + "/rest") == 0)
    let third = restart(.crash, after: 3)
    _ = try journal.contents(at: third.at, after: third)
    journal.close()
    journal = try directory.open()
    contents = try journal.contents()
    #expect(contents.generation == 5)
    #expect(contents.restarts == [2, 1, 1])
    let kept = try Stranger(at: directory.database).number("SELECT count(*) FROM restart")
    #expect(kept == 4)
  }
}

@Suite struct RestoringTests {
  @Test func `a restart is answered once, after what was submitted before it`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.contents()
    let transcript = Mutex<[String]>([])
    let gate = DispatchSemaphore(value: 0)
    let writer = try startWriter(journal: journal, queueLimit: 2) { events in
      transcript.withLock { $0.append("\(events)") }
      if events == [.committed(through: 1)] { gate.wait() }
    }
    writer.submit(batch(1))
    try await until("the first answer") { transcript.withLock { $0.count } == 1 }
    for sequence in UInt64(2)...4 {
      writer.submit(batch(sequence, records: [record("weather", attempts: sequence)]))
    }
    writer.restore(after: restart(.crash, after: 1)) { result in
      let contents = try? result.get()
      transcript.withLock { transcript in
        transcript.append("generation \(contents?.generation ?? 0)")
        transcript.append("attempts \(contents?.records.first?.recoveryAttempts ?? 0)")
      }
    }
    gate.signal()
    writer.stop()
    #expect(
      transcript.withLock { $0 } == [
        "\([AgentEvent.committed(through: 1)])", "\([AgentEvent.committed(through: 3)])",
        "\([AgentEvent.commitFailed(through: 4, .busy)])", "generation 2", "attempts 3",
      ])
  }

  @Test func `a journal that cannot be read answers so, and a stopped writer at once`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Mutex<[JournalFailure?]>([])
    let writer = try startWriter(journal: journal, queueLimit: 2) { _ in }
    journal.close()
    for _ in 1...2 {
      writer.restore(after: restart(.stall, after: 1)) { result in
        let failure: JournalFailure? =
          if case .failure(let failure) = result { failure } else { nil }
        answers.withLock { $0.append(failure) }
      }
      writer.stop()
    }
    #expect(answers.withLock { $0 } == [.other, .other])
    #expect(writer.figures.failures == [0, 0, 0, 0, 1])
  }
}
