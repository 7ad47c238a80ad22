import Agent
import Alerting
import Foundation
import GRDB
import Journal
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// The tables of alerts and messages.
@Suite struct AlertingTables {
  private func read(_ journal: EventJournal) throws -> AlertingContents {
    let (contents, unreadable) = try journal.alertingContents()
    #expect(unreadable == 0)
    return contents.inOrder
  }

  private func count(_ directory: TemporaryDirectory, _ sql: String) throws -> Int {
    try DatabaseQueue(path: directory.database).read { try Int.fetchOne($0, sql: sql) ?? -1 }
  }

  @Test func `every field of an alert, a message and the log comes back after a restart`() throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 1)
    let batch = alertingBatch(
      1, changed: (0..<200).map { random.alert($0) }, log: (0..<200).map { random.entry($0) },
      messages: (1...200).map { random.message($0) }, next: 201)
    var journal = try directory.open()
    #expect(try read(journal) == AlertingContents())
    try journal.commit([batch])
    journal.close()
    journal = try directory.open()
    #expect(try read(journal) == contents(of: [batch]))
  }

  @Test func `an alert of not a number, and with a NUL in its labels, is that alert again`() throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var random = SeededRandom(seed: 2)
    var record = random.alert(1)
    record.alert.value = .nan
    record.alert.labels = ["alertname": "a\0b", "c\0": "\0"]
    var other = record
    other.alert.labels = ["alertname": "a\u{FFFD}b", "c\u{FFFD}": "\u{FFFD}"]
    try journal.commit([alertingBatch(1, changed: [record, other])])
    let alerts = try journal.alertingContents().contents.alerts
    #expect(Set(alerts.map(\.id)) == [record.id, other.id])
    #expect(alerts.allSatisfy { $0.alert.value.bitPattern == Double.nan.bitPattern })
    try journal.commit([alertingBatch(2, gone: [record.id])])
    #expect(try journal.alertingContents().contents.alerts.map(\.id) == [other.id])
  }

  @Test func `labels of two spellings of one character are two alerts`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var random = SeededRandom(seed: 3)
    var record = random.alert(1)
    record.alert.labels = ["alertname": "\u{e9}"]
    var other = record
    other.alert.labels = ["alertname": "e\u{301}"]
    try journal.commit([alertingBatch(1, changed: [record, other])])
    #expect(try journal.alertingContents().contents.alerts.count == 2)
  }

  /// Batches as an agent writes them: each changes what is there or adds to it.
  private func batches(_ count: UInt64, _ random: inout SeededRandom) -> [AlertingBatch] {
    let alerts = (0..<8).map { random.alert($0) }
    let entries = (0..<8).map { random.entry($0) }
    var next: UInt64 = 1
    var open: [UInt64] = []
    return (1...count).map { sequence in
      var changed: [AlertRecord] = []
      var gone: [AlertID] = []
      for known in alerts where Int.random(in: 0..<3, using: &random) == 0 {
        if Bool.random(using: &random) {
          gone.append(known.id)
          continue
        }
        var record = random.alert(0)
        record.rule = known.rule
        record.alert.labels = known.alert.labels
        changed.append(record)
      }
      var log: [NotificationLogEntry] = []
      var removed: [Lane] = []
      for known in entries where Int.random(in: 0..<3, using: &random) == 0 {
        if Bool.random(using: &random) {
          removed.append(known.lane)
          continue
        }
        var entry = random.entry(0)
        entry.lane = known.lane
        log.append(entry)
      }
      let messages = (next..<next + UInt64.random(in: 0...2, using: &random)).map {
        random.message($0)
      }
      next += UInt64(messages.count)
      open += messages.map(\.number)
      let ended = open.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
      open.removeAll { ended.contains($0) }
      return alertingBatch(
        sequence, changed: changed, gone: gone, log: log, removed: removed, messages: messages,
        ended: ended.map { random.ending($0) }, next: next)
    }
  }

  @Test(arguments: 10..<16 as Range<UInt64>)
  func `batches in any pieces, and the last ones again, give the same tables`(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: seed)
    let journal = try directory.open()
    let all = batches(40, &random)
    var done = 0
    while done < all.count {
      // A commit that failed after it was done: the last ones come again.
      let from = max(0, done - Int.random(in: 0...3, using: &random))
      let to = min(all.count, done + Int.random(in: 1...5, using: &random))
      try journal.commit(Array(all[from..<to]))
      done = to
      #expect(try read(journal) == contents(of: Array(all[..<done])), "after \(done)")
    }
  }

  @Test func `an alert and the message that tells of it are written together or not at all`() throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var random = SeededRandom(seed: 4)
    let before = alertingBatch(
      1, changed: [random.alert(1)], log: [random.entry(1)], messages: [random.message(1)], next: 2)
    try journal.commit([before])
    let stranger = try Stranger(at: directory.database)
    let batch = alertingBatch(
      2, changed: [random.alert(2)], gone: before.changed.map(\.id), log: [random.entry(2)],
      removed: before.notifications?.log.map(\.lane) ?? [], messages: [random.message(2)],
      ended: [random.ending(1)], next: 3)
    for (number, place) in [
      "INSERT ON message", "UPDATE ON message", "INSERT ON notification_log",
      "DELETE ON notification_log", "INSERT ON alert", "DELETE ON alert", "UPDATE ON journal",
    ].enumerated() {
      try stranger.execute(
        """
        CREATE TRIGGER fails\(number) BEFORE \(place) BEGIN SELECT RAISE(ABORT, 'no'); END
        """)
      #expect(throws: JournalFailure.self, "\(place)") { try journal.commit([batch]) }
      #expect(try read(journal) == contents(of: [before]), "\(place)")
      try stranger.execute("DROP TRIGGER fails\(number)")
    }
    try journal.commit([batch])
    #expect(try read(journal) == contents(of: [before, batch]))
  }

  @Test func `a message that has ended waits no more, and one that was delivered has no body`()
    throws
  {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var random = SeededRandom(seed: 5)
    try journal.commit([alertingBatch(1, messages: (1...4).map { random.message($0) }, next: 5)])
    let ends: [MessageEnd] = [.delivered, .collapsed, .failed(.expired)]
    let ended = zip(1..., ends).map { MessageEnding(number: $0, end: $1, at: start) }
    // One of them was delivered before it could be written.
    let unknown = MessageEnding(number: 77, end: .delivered, at: start)
    try journal.commit([alertingBatch(2, ended: ended + [unknown], next: 5)])
    #expect(try read(journal).notifications.messages.map(\.number) == [4])
    #expect(try count(directory, "SELECT count(*) FROM message") == 4)
    let empty = "SELECT group_concat(number) FROM message WHERE length(body) = 0"
    #expect(try count(directory, empty) == 1)
    // The first end counts, and a number goes up for good.
    try journal.commit([
      alertingBatch(3, ended: [MessageEnding(number: 2, end: .delivered, at: start)], next: 1)
    ])
    #expect(try count(directory, empty) == 1)
    #expect(try read(journal).notifications.nextMessage == 5)
  }

  @Test func `old messages are deleted once they have ended, in steps`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    var random = SeededRandom(seed: 6)
    let young = start.advanced(by: .seconds(10))
    let messages = (1...UInt64(30)).map { number in
      var message = random.message(number)
      message.created = start
      return message
    }
    let ended = (1...UInt64(25)).map { number in
      MessageEnding(number: number, end: .delivered, at: number <= 23 ? start : young)
    }
    try journal.commit([alertingBatch(1, messages: messages, ended: ended, next: 31)])
    var steps: [Int] = []
    repeat {
      steps.append(
        try journal.prune(eventsBefore: young, recordsBefore: young, keeping: [], limit: 10))
    } while steps.last != 0
    #expect(steps == [10, 10, 3, 0])
    #expect(try read(journal).notifications.messages.map(\.number) == Array(26...30))
    #expect(try count(directory, "SELECT count(*) FROM message") == 7)
    #expect(try read(journal).notifications.nextMessage == 31)
  }

  @Test(arguments: [
    "UPDATE alert SET state = 'molten' WHERE rule LIKE 'alert 1%'",
    "UPDATE alert SET labels = x'' WHERE rule LIKE 'alert 1%'",
    "UPDATE alert SET labels = x'ff' WHERE rule LIKE 'alert 1%'",
    "UPDATE alert SET labels = x'02c3280161' WHERE rule LIKE 'alert 1%'",
    "UPDATE alert SET annotations = x'05' WHERE rule LIKE 'alert 1%'",
    "UPDATE notification_log SET told = '{' WHERE integration = 1",
    "UPDATE notification_log SET told = '[]' WHERE integration = 1",
    "UPDATE message SET reason = 'boredom' WHERE number = 1",
    "UPDATE message SET told = '{\"firing\":[{}]}' WHERE number = 1",
    "UPDATE message SET number = -1 WHERE number = 1",
  ])
  func `what cannot be read is counted and left out, the rest is there`(damage: String) throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: 7)
    let log = (1...2).map { number in
      var entry = random.entry(number)
      entry.lane.destination.integration = number
      return entry
    }
    let batch = alertingBatch(
      1, changed: [random.alert(1), random.alert(2)], log: log,
      messages: [random.message(1), random.message(2)], next: 3)
    let journal = try directory.open()
    try journal.commit([batch])
    try Stranger(at: directory.database).execute(damage)
    let (found, unreadable) = try journal.alertingContents()
    #expect(unreadable == 1)
    let all = contents(of: [batch])
    #expect(found.alerts.allSatisfy { all.alerts.contains($0) })
    #expect(found.notifications.log.allSatisfy { all.notifications.log.contains($0) })
    #expect(found.notifications.messages.allSatisfy { all.notifications.messages.contains($0) })
    let left =
      found.alerts.count + found.notifications.log.count + found.notifications.messages.count
    #expect(left == 5)
  }

  @Test func `a journal from before there were alerts gets their tables and keeps the rest`()
    async throws
  {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    let agentID = journal.agentID
    try journal.commit([batch(3, records: [record("weather", attempts: 5)], events: [event(7)])])
    journal.close()
    try Stranger(at: directory.database).execute(
      """
      DROP TABLE alert; DROP TABLE notification_log; DROP TABLE message; DROP TABLE silence;
      ALTER TABLE journal DROP COLUMN next_message;
      DELETE FROM grdb_migrations WHERE substr(identifier, 1, 2) IN ('3 ', '8 ', '9 ');
      """)
    journal = try directory.open()
    #expect(journal.recoveredFrom == nil)
    #expect(journal.agentID == agentID)
    let kept = try journal.contents()
    #expect(kept.records == [record("weather", attempts: 5)])
    #expect(kept.lastBatch == 3)
    #expect(kept.lastEvent == 7)
    #expect(try await journal.events(of: "weather", limit: 9, before: nil).count == 1)
    #expect(try read(journal) == AlertingContents())
    var random = SeededRandom(seed: 8)
    let first = alertingBatch(
      1, changed: [random.alert(1)], log: [random.entry(1)], messages: [random.message(1)], next: 2)
    try journal.commit([first])
    #expect(try read(journal) == contents(of: [first]))
  }
}
