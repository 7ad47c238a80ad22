import Agent
import Journal
import Signals
import Testing
import TestSupport

@Suite struct CommitTests {
  @Test func `a replayed batch changes nothing`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let first = batch(1, records: [record("weather", attempts: 1)], events: [event(1), event(2)])
    let second = batch(2, records: [record("weather", attempts: 2)], events: [event(3)])
    #expect(try journal.commit([first, second]) == 3)
    #expect(try journal.commit([first]) == 0)
    #expect(try journal.commit([second, first, second]) == 0)
    let contents = try journal.contents()
    #expect(contents.records == second.records)
    #expect(contents.lastBatch == 2)
    #expect(contents.lastEvent == 3)
    #expect(try await journal.events(of: "weather", limit: 9, before: nil).count == 3)
  }

  @Test func `any order of any replays ends in the same journal`() async throws {
    var random = SeededRandom(seed: 3)
    let names = ["a", "b", "c"]
    let batches = (1...20).map { sequence in
      batch(
        UInt64(sequence),
        records: names.filter { _ in Bool.random(using: &random) }.map { random.record(named: $0) },
        events: [random.event(UInt64(sequence), of: "a")])
    }
    var latest: [String: MCPRecord] = [:]
    for record in batches.flatMap(\.records) { latest[record.name] = record }
    for _ in 0..<10 {
      let directory = try TemporaryDirectory()
      let journal = try directory.open()
      for replay in (batches + batches).shuffled(using: &random) { try journal.commit([replay]) }
      let contents = try journal.contents()
      #expect(contents.records == names.compactMap { latest[$0] })
      #expect(contents.lastBatch == 20)
      let stored = try await journal.events(of: "a", limit: 99, before: nil)
      #expect(stored.map(\.event) == batches.flatMap(\.events).reversed())
    }
  }

  @Test func `the later of two records of one batch wins`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let records = [record("weather", attempts: 1), record("weather", attempts: 2)]
    try journal.commit([batch(1, records: records)])
    #expect(try journal.contents().records == [records[1]])
  }

  @Test func `a new journal is empty and counts its coordinators and unclean stops`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    var expected = JournalContents(agentID: journal.agentID)
    #expect(try journal.contents() == expected)
    expected.generation = 2
    expected.restarts = [0, 0, 1]
    expected.restart = CoordinatorRestart(
      reason: .process, error: "the agent had not ended cleanly", at: start, duration: nil)
    #expect(try journal.contents() == expected)
    journal.markStopped()
    journal.close()
    journal = try directory.open()
    expected.generation = 3
    expected.restart = nil
    #expect(try journal.contents() == expected)
    #expect(journal.agentID.wholeMatch(of: /[0-9a-f]{16}/) != nil)
  }

  @Test func `events are paged newest first, of one MCP only`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let mixed = (1...100).map { event(UInt64($0), of: $0.isMultiple(of: 2) ? "even" : "odd") }
    try journal.commit([batch(1, events: mixed)])
    var pages: [[UInt64]] = []
    var before: UInt64?
    repeat {
      let page = try await journal.events(of: "even", limit: 20, before: before)
      pages.append(page.map(\.event.sequence))
      before = page.last?.event.sequence
    } while pages.last?.isEmpty == false
    #expect(pages.map(\.count) == [20, 20, 10, 0])
    #expect(pages.joined().elementsEqual(stride(from: 100, to: 0, by: -2)))
    #expect(try await journal.events(of: "none", limit: 20, before: nil).isEmpty)
    #expect(try await journal.events(of: "even", limit: -1, before: nil).isEmpty)
    #expect(try await journal.events(of: "even", limit: .max, before: .max).count == 50)
    #expect(try await journal.events(of: "even", limit: 20, before: 0).isEmpty)
  }

  @Test func `too many rows go before their time, the oldest first, and are counted`() async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let names = (0..<6).map { "m\($0)" }
    let records = names.enumerated().map { index, name in
      record(name, updated: start.advanced(by: .seconds(index)))
    }
    try journal.commit([
      batch(1, records: records, events: (1...25).map { event($0, at: start) })
    ])
    var most = JournalRowLimits()
    (most.events, most.records) = (10, 3)
    let long = start.advanced(by: .seconds(-3600))
    var steps: [Int] = []
    repeat {
      steps.append(
        try journal.prune(
          eventsBefore: long, recordsBefore: long, keeping: ["m0"], limit: 8, most: most))
    } while steps.last != 0
    #expect(steps == [8, 8, 1, 0])
    #expect(journal.rowsDropped == 15)
    #expect(try await journal.events(of: "weather", limit: 99, before: nil).count == 10)
    #expect(try journal.contents().records.map(\.name) == ["m0", "m3", "m4", "m5"])
  }

  @Test func `old rows are deleted in steps, and no more than asked for`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let old = start
    let young = start.advanced(by: .seconds(10))
    try journal.commit([
      batch(
        1,
        records: [
          record("gone", updated: old), record("kept", updated: old),
          record("young", updated: young),
        ],
        events: (1...25).map { event($0, at: $0 <= 23 ? old : young) })
    ])
    var steps: [Int] = []
    repeat {
      steps.append(
        try journal.prune(eventsBefore: young, recordsBefore: young, keeping: ["kept"], limit: 10))
    } while steps.last != 0
    #expect(steps == [10, 10, 4, 0])
    #expect(try await journal.events(of: "weather", limit: 99, before: nil).count == 2)
    let contents = try journal.contents()
    #expect(contents.records.map(\.name) == ["kept", "young"])
    #expect(contents.lastEvent == 25)
  }
}
