import Agent
import Foundation
import GRDB
import Journal
import MCPWire
import Signals
import Synchronization
import Testing
import TestSupport

private func row(_ sequence: UInt64, of mcp: String = "weather", padding: Int = 0) -> FeedRow {
  FeedRow(
    mcp: mcp,
    log: FeedLog(
      sequence: sequence, timestamp: start, type: .healthCheckSuccess, status: .healthy,
      detail: String(repeating: "x", count: padding)))
}

private func feeding(_ sequence: UInt64, _ rows: [FeedRow]) -> JournalBatch {
  var batch = batch(sequence)
  batch.feed = rows
  return batch
}

extension EventJournal {
  /// Sequences of all rows that wait, a list a chunk.
  fileprivate func sequences(after position: Int64 = 0) throws -> [[UInt64]] {
    try feed(after: position, rows: .max).map { chunk in
      let rows = try #require(FeedCoder.rows(from: chunk.bytes))
      #expect(rows.count == chunk.rows)
      return rows.compactMap(\.log?.sequence)
    }
  }
}

@Suite struct FeedTests {
  @Test func `batches of one transaction share chunks, in their order`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([feeding(1, [row(1), row(2)]), batch(2), feeding(3, [row(3)])])
    try journal.commit([feeding(4, [row(4)])])
    try journal.commit([batch(5, events: [event(5)])])
    #expect(try journal.sequences() == [[1, 2, 3], [4]])
    #expect(journal.feedBacklog.rows == 4)
    #expect(try journal.contents().lastEvent == 5)
  }

  @Test func `routine rows count as the last event of a restart`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var mixed = feeding(1, [row(7), row(8), row(9)])
    mixed.events = [event(8)]
    try journal.commit([mixed])
    #expect(try journal.contents().lastEvent == 9)
  }

  @Test func `a chunk has at most 200 rows and about a mebibyte`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([feeding(1, (1...2500).map { row($0) })])
    try journal.commit([feeding(2, (2501...2530).map { row($0, padding: 100_000) })])
    let huge = FeedRow(
      mcp: "weather",
      tools: [ToolListing(name: "x", description: String(repeating: "y", count: 2 << 20))])
    try journal.commit([feeding(3, [row(2531), huge, row(2532)])])
    let chunks = try journal.feed(after: 0, rows: .max)
    #expect(
      chunks.map(\.rows)
        == Array(repeating: 200, count: 12) + [100, 10, 10, 10, 1, 1, 1])
    #expect(chunks.filter { $0.bytes.count > 1 << 20 }.count == 1)
    #expect(try journal.sequences().joined().elementsEqual(1...2532))
    #expect(journal.feedBacklog.rows == 2533)
    #expect(journal.feedBacklog.bytes == chunks.reduce(0) { $0 + $1.bytes.count })
  }

  @Test func `a batch that was committed before puts its rows in no second time`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let first = feeding(1, [row(1)])
    let second = feeding(2, [row(2)])
    try journal.commit([first, second])
    try journal.commit([first, second])
    try journal.commit([second, feeding(3, [row(3)])])
    try journal.commit([feeding(4, [row(4)]), feeding(4, [row(4)])])
    #expect(try journal.sequences() == [[1, 2], [3], [4]])
  }

  @Test func `a read gives as many chunks as were asked for, and one at least`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    for sequence in 1...UInt64(6) {
      try journal.commit([feeding(sequence, [row(2 * sequence - 1), row(2 * sequence)])])
    }
    #expect(try journal.feed(after: 0, rows: 5).map(\.position) == [1, 2, 3])
    #expect(try journal.feed(after: 3, rows: 0).map(\.position) == [4])
    #expect(try journal.feed(after: 6, rows: 100).isEmpty)
    for sequence in 7...UInt64(30) {
      try journal.commit([feeding(sequence, [row(sequence + 6, padding: 1_000_000)])])
    }
    #expect(try journal.feed(after: 6, rows: .max).count == 9)
  }

  @Test func `beyond the bound the oldest chunks go and their rows are counted`() throws {
    let directory = try TemporaryDirectory()
    let journal = try EventJournal.open(
      directory: directory.journal, now: start, feedBytesMax: 1_000_000)
    for sequence in 1...UInt64(300) {
      try journal.commit([feeding(sequence, [row(sequence, padding: 20_000)])])
    }
    let backlog = journal.feedBacklog
    #expect(backlog.bytes <= 1_000_000)
    #expect(backlog.bytes > 950_000)
    #expect(backlog.rows == 49)
    #expect(backlog.dropped == 251)
    #expect(try journal.sequences().joined().elementsEqual(252...300))
    journal.close()
    // Space is used again: 6 MB went through a file of not much more than one.
    let size = try FileManager.default.attributesOfItem(atPath: directory.database)[.size] as? Int
    #expect(try #require(size) < 2_000_000)
    let again = try directory.open()
    #expect(again.feedBacklog == backlog)
    try again.commit([feeding(301, (301...302).map { row($0) })])
    #expect(try again.feed(after: 300, rows: 9).map(\.position) == [301])
  }

  @Test func `what is released is deleted, and positions are never used again`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    for sequence in 1...UInt64(3) { try journal.commit([feeding(sequence, [row(sequence)])]) }
    #expect(try journal.release(feedThrough: 2))
    #expect(try journal.sequences() == [[3]])
    #expect(journal.feedBacklog.rows == 1)
    #expect(try journal.release(feedThrough: .max))
    #expect(journal.feedBacklog == FeedBacklog())
    journal.close()
    let again = try directory.open()
    try again.commit([feeding(4, [row(4)])])
    #expect(try again.feed(after: 0, rows: 1).map(\.position) == [4])
  }

  @Test func `a release takes steps`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    for sequence in 1...UInt64(40) {
      try journal.commit([feeding(sequence, [row(sequence, padding: 1_000_000)])])
    }
    var steps = 1
    while try !journal.release(feedThrough: 39) { steps += 1 }
    #expect(steps == 3)
    #expect(try journal.sequences() == [[40]])
  }

  @Test func `a refused commit leaves no row and no count behind`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let other = try Stranger(at: directory.database)
    try other.execute("BEGIN IMMEDIATE")
    #expect(throws: JournalFailure.busy) { try journal.commit([feeding(1, [row(1)])]) }
    try other.execute("COMMIT")
    #expect(journal.feedBacklog.rows == 0)
    try journal.commit([feeding(2, [row(1)])])
    #expect(try journal.sequences() == [[1]])
  }

  @Test func `a journal of the version before gets the tables and keeps what it has`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([batch(1, records: [record("weather")], events: [event(1)])])
    journal.close()
    try Stranger(at: directory.database).execute(
      """
      DROP TABLE feed; DROP TABLE feed_total; DROP TABLE database_rows;
      DELETE FROM grdb_migrations WHERE identifier LIKE '4 %'
      """)
    journal = try directory.open()
    #expect(try journal.contents().records.map(\.name) == ["weather"])
    try journal.commit([feeding(2, [row(2)])])
    #expect(try journal.sequences() == [[2]])
  }
}

@Suite struct DatabaseRowsTests {
  private var rows: DatabaseRows {
    var full = RegistryRow(id: 7, name: "weather", url: "http://weather.test/mcp")
    full.description = "it \"rains\"\n\u{0}"
    full.transport = "sse"
    full.timeoutSeconds = 5
    full.authType = "bearer"
    full.authConfig = Secret("{\"token\":\"env:TOKEN\"}")
    full.maxFailureCycles = 3
    full.metaData = "{}"
    var rows = DatabaseRows()
    rows.servers = [full, RegistryRow(id: .max, name: "", url: "")]
    rows.config = [ConfigRow(key: "health_check", value: "{\"interval_seconds\": 5}")]
    return rows
  }

  @Test func `what the database said is there after a restart, the last of it`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    #expect(journal.databaseRows() == nil)
    try journal.keep(DatabaseRows())
    #expect(journal.databaseRows() == DatabaseRows())
    try journal.keep(rows)
    journal.close()
    #expect(try directory.open().databaseRows() == rows)
  }

  @Test func `what cannot be read is none`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.keep(rows)
    try Stranger(at: directory.database).execute("UPDATE database_rows SET content = '{\"a\":1}'")
    #expect(journal.databaseRows() == nil)
  }

  @Test func `the writer keeps the last rows, and is done with it when it stops`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let writer = try startWriter(journal: journal, queueLimit: 1) { _ in }
    writer.keep(DatabaseRows())
    writer.keep(rows)
    writer.stop()
    #expect(journal.databaseRows() == rows)
  }
}

@Suite struct FeedWriterTests {
  @Test func `the writer says when there are rows, and deletes those that are released`()
    async throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let calls = Mutex(0)
    let writer = try startWriter(
      journal: journal, queueLimit: 100, onFeed: { calls.withLock { $0 += 1 } }, deliver: { _ in })
    let source: any FeedSource = JournalFeed(journal, writer)
    writer.submit(batch(1, events: [event(1)]))
    writer.submit(feeding(2, [row(2)]))
    try await until("a row") { source.feedBacklog.rows == 1 }
    writer.submit(feeding(3, [row(3)]))
    try await until("two rows") { source.feedBacklog.rows == 2 }
    let chunks = try source.feed(after: 0, rows: 100)
    #expect(chunks.map(\.position) == [1, 2])
    #expect(source.agentID == journal.agentID)
    source.release(feedThrough: 1)
    source.release(feedThrough: 2)
    source.release(feedThrough: 1)
    try await until("no row") { source.feedBacklog.rows == 0 }
    writer.stop()
    #expect(calls.withLock { $0 } == 2)
    #expect(try journal.feed(after: 0, rows: 1).isEmpty)
  }

  @Test func `a release that is refused is tried again`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([feeding(1, [row(1)])])
    let other = try Stranger(at: directory.database)
    try other.execute("BEGIN IMMEDIATE")
    let writer = try startWriter(journal: journal, queueLimit: 100) { _ in }
    writer.release(feedThrough: 1)
    try await until("a refusal") { writer.figures.failures[2] > 0 }
    try other.execute("COMMIT")
    try await until("no row") { journal.feedBacklog.rows == 0 }
    writer.stop()
  }
}
