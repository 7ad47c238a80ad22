import Agent
import Breaking
import Foundation
import Journal
import MCPWire
import Signals
import Testing
import TestSupport

@Suite struct RoundTripTests {
  @Test func `every field of a record comes back after a restart`() throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 1)
    let records = (0..<300).map { random.record(named: "mcp \(1000 + $0)") }
    var journal = try directory.open()
    try journal.commit([batch(1, records: records)])
    journal.close()
    journal = try directory.open()
    #expect(try journal.contents().records == records)
  }

  @Test func `every field of an event comes back, data in its order`() async throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 2)
    let events = (1...300).map { random.event(UInt64($0), of: "weather") }
    let journal = try directory.open()
    try journal.commit([batch(1, events: events)])
    let stored = try await journal.events(of: "weather", limit: 1000, before: nil)
    #expect(stored.map(\.event) == events.reversed())
    #expect(stored.first?.id == "\(journal.agentID)-300")
  }

  @Test func `sparse records keep absent apart from empty`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var bare = record("bare")
    bare.catalogue = nil
    var empty = record("empty")
    empty.catalogue = CatalogueCounts()
    empty.server = ServerIdentity(name: "", version: "")
    empty.autoDisabledReason = ""
    try journal.commit([batch(1, records: [bare, empty])])
    #expect(try journal.contents().records == [bare, empty])
  }

  @Test func `a NUL in a text costs that character and nothing else`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var hostile = event(1)
    hostile.detail = "a\0b"
    hostile.data = [Label(name: "k\0", value: "\0v")]
    try journal.commit([batch(1, events: [hostile])])
    let stored = try await journal.events(of: "weather", limit: 1, before: nil)
    #expect(stored.first?.event.detail == "a\u{FFFD}b")
    #expect(stored.first?.event.data == [Label(name: "k\u{FFFD}", value: "\u{FFFD}v")])
  }

  @Test func `numbers beyond SQLite's are kept as the largest there is`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([batch(.max, records: [record("weather", attempts: .max)])])
    let contents = try journal.contents()
    #expect(contents.lastBatch == UInt64(Int64.max))
    #expect(contents.records.first?.recoveryAttempts == UInt64(Int64.max))
  }

  /// What another version or a person may have left in a column, and what it reads as.
  @Test(arguments: [
    ("circuit_state", "'melted'"), ("verdict", "'sideways'"), ("transport", "'pigeon'"),
    ("recovery_attempts", "-5"), ("circuit_rounds", "9223372036854775807"),
    ("consecutive_failures", "-9223372036854775808"), ("downtime_ms", "-1"),
    ("auth_required", "7"), ("updated_ms", "9223372036854775807"),
  ])
  func `a value that does not parse stops no start`(column: String, value: String) throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([batch(1, records: [record("weather", attempts: 3)])])
    journal.close()
    try Stranger(at: directory.database).execute("UPDATE mcp SET \(column) = \(value)")
    journal = try directory.open()
    let read = try #require(try journal.contents().records.first)
    #expect(read.name == "weather")
    #expect(read.breaker.state == .closed)
    #expect(read.verdict == nil)
    #expect(read.transport == nil)
    #expect(read.breaker.consecutiveFailures == 0)
    #expect((0...Int(Int32.max)).contains(read.breaker.rounds))
    #expect(read.downtime.total == .zero)
  }

  @Test func `a journal of the version before gets the operator's column and keeps what it has`()
    throws
  {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([batch(1, records: [record("weather")])])
    journal.close()
    try Stranger(at: directory.database).execute(
      """
      ALTER TABLE mcp DROP COLUMN enabled_by_hand;
      DELETE FROM grdb_migrations WHERE identifier LIKE '10 %';
      """)
    journal = try directory.open()
    #expect(try journal.contents().records == [record("weather")])
    var disabled = record("weather")
    disabled.enabledByHand = false
    try journal.commit([batch(2, records: [disabled])])
    #expect(try journal.contents().records == [disabled])
  }

  @Test func `an event of an unknown type is left out and an unknown outcome reads as none`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([batch(1, events: (1...4).map { event($0) })])
    try Stranger(at: directory.database).execute(
      """
      UPDATE event SET type = 'sublimated' WHERE sequence = 4;
      UPDATE event SET outcome = 'bored', data = '{"a":' WHERE sequence = 3;
      UPDATE event SET data = '{"a":[1],"b":"x","c":null,"d":5}' WHERE sequence = 2;
      """)
    let stored = try await journal.events(of: "weather", limit: 2, before: nil).map(\.event)
    #expect(stored.map(\.sequence) == [3, 2])
    #expect(stored.first?.outcome == nil)
    #expect(stored.first?.data == [])
    #expect(stored.last?.data == [Label(name: "b", value: "x"), Label(name: "d", value: "5")])
  }
}
