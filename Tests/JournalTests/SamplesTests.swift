import Agent
import GRDB
import Journal
import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

@Suite struct SamplesTests {
  private func labels(_ number: Int) -> LabelSet {
    LabelSet([
      Label(name: "__name__", value: "mcp_up"), Label(name: "mcp", value: "m\(number) \"\u{e9}\0"),
    ])
  }

  /// Appends a slot of two series at each of the seconds.
  private func append(_ seconds: ClosedRange<Int64>, to head: inout Head) throws -> [SampleRecord] {
    let made = head.group("mcp_up")
    let group = try #require(made)
    for number in 0..<2 { _ = head.row(of: labels(number), in: group) }
    for second in seconds {
      let column = [Double(second), 0.1].map { Cell.bits(of: $0) }
      head.append(column, at: time(second), to: group)
    }
    head.truncate(at: time(seconds.upperBound))
    return head.takeRecords()
  }

  private func time(_ second: Int64) -> Int64 { start.milliseconds + second * 1000 }

  private func times(_ head: Head, _ number: Int) -> [Int64] {
    var buffer = SampleBuffer()
    let look = head.snapshot
    for handle in look.select(
      [Matcher("mcp", equals: "m\(number) \"\u{e9}\0")], from: 0, through: .max
    )
    .handles {
      look.read(series: handle, after: .min, through: .max, into: &buffer)
    }
    return buffer.times.map { ($0 - start.milliseconds) / 1000 }
  }

  private func now(_ second: Int64) -> Timestamp { Timestamp(milliseconds: time(second)) }

  @Test func `samples are there after an end without notice`() throws {
    let directory = try TemporaryDirectory()
    var head = Head(isRecorded: true)
    do {
      let journal = try directory.open()
      try journal.commit(samples: append(1...100, to: &head))
      try journal.commit(samples: append(101...150, to: &head))
      journal.close()
    }
    let journal = try directory.open()
    var (restored, report) = try journal.restoreSamples(limits: .init(), now: now(160))
    #expect(report.samples == 300)
    #expect(report.unreadable == 0)
    #expect(times(restored, 0) == Array(1...150))
    #expect(times(restored, 1) == Array(1...150))
    // What follows joins on, and the restart after that finds both.
    try journal.commit(samples: append(161...170, to: &restored))
    (restored, report) = try journal.restoreSamples(limits: .init(), now: now(171))
    #expect(report.samples == 320)
    #expect(times(restored, 0) == Array(1...150) + Array(161...170))
  }

  @Test func `what is older than the retention leaves the file`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var limits = Head.Limits()
    limits.retention = 60_000
    var head = Head(limits: limits, isRecorded: true)
    for hundred in 0..<Int64(10) {
      try journal.commit(samples: append(hundred * 100...hundred * 100 + 99, to: &head))
    }
    let database = try DatabaseQueue(path: directory.database)
    let pieces = try database.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM sample_piece")
    }
    #expect(try #require(pieces) <= 60 + 64)
    let report = try journal.restoreSamples(limits: limits, now: now(1000)).report
    #expect(report.unreadable == 0)
  }

  @Test(arguments: [
    "UPDATE sample_piece SET payload = x'ffffffffffffffffffffffff' WHERE place = 3",
    "UPDATE sample_piece SET kind = 77 WHERE place = 3",
    "UPDATE sample_piece SET time_ms = 9223372036854775807 WHERE place = 3",
    "DELETE FROM sample_piece WHERE place = 3",
    "UPDATE sample_piece SET place = -7 WHERE place = 3",
  ])
  func `what cannot be read is counted, the rest is there`(damage: String) throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var head = Head(isRecorded: true)
    try journal.commit(samples: append(1...100, to: &head))
    try DatabaseQueue(path: directory.database).write { try $0.execute(sql: damage) }
    let (restored, report) = try journal.restoreSamples(limits: .init(), now: now(100))
    #expect(report.unreadable > 0)
    let kept = times(restored, 0)
    // Both blocks are good up to their fourth piece.
    #expect(kept == [1, 2, 3, 65, 66, 67])
    #expect(restored.figures.dropped.reduce(0, +) == UInt64(report.unreadable))
  }

  @Test func `a journal from before there were samples gets their tables`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([batch(1, records: [record("weather")])])
    journal.close()
    try DatabaseQueue(path: directory.database).write { db in
      try db.execute(
        sql: """
          DROP TABLE sample_group; DROP TABLE sample_series; DROP TABLE sample_piece;
          DELETE FROM grdb_migrations WHERE identifier LIKE '2 %'
          """)
    }
    journal = try directory.open()
    #expect(try journal.contents().records.map(\.name) == ["weather"])
    var head = Head(isRecorded: true)
    try journal.commit(samples: append(1...3, to: &head))
    #expect(try journal.restoreSamples(limits: .init(), now: now(3)).report.samples == 6)
  }

  @Test func `the writer commits samples apart from batches, and says when they were lost`() throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let answers = Answers()
    let writer = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    var head = Head(isRecorded: true)
    writer.submit(samples: try append(1...10, to: &head))
    writer.submit(batch(1))
    writer.stop()
    #expect(writer.samplesLost == 0)
    #expect(answers.all == [.committed(through: 1)])
    #expect(try journal.restoreSamples(limits: .init(), now: now(10)).report.samples == 20)

    try DatabaseQueue(path: directory.database).write {
      try $0.execute(sql: "DROP TABLE sample_piece")
    }
    let second = try startWriter(journal: journal, queueLimit: 10) { answers.add($0) }
    second.submit(samples: try append(11...12, to: &head))
    second.submit(batch(2))
    second.stop()
    #expect(second.samplesLost == 1)
    #expect(answers.all == [.committed(through: 1), .committed(through: 2)])
  }
}
