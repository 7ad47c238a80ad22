import Alerting
import PromQL
import Agent
import Alerting
import Journal
import Notifications
import PromQL
import Signals
import TestSupport
import Testing

/// Messages as a list, and one of them with its body.
@Suite struct MessageListTests {
  /// Numbers and their ends; each has two firing alerts and one that has ended.
  private func journal(
    _ ends: [(UInt64, MessageEnd?)], in directory: TemporaryDirectory
  ) throws -> EventJournal {
    let journal = try directory.open()
    let messages = ends.map { number, _ in Self.message(number) }
    let ended = ends.compactMap { number, end in
      end.map { MessageEnding(number: number, end: $0, at: Timestamp(milliseconds: 9)) }
    }
    try journal.commit([alertingBatch(1, messages: messages, ended: ended)])
    return journal
  }

  private static func message(_ number: UInt64) -> NotificationMessage {
    func alert(_ name: String) -> ToldAlert {
      ToldAlert(labels: ["alertname": name], startsAt: Timestamp(milliseconds: 1))
    }
    return NotificationMessage(
      number: number, key: "key-\(number)",
      lane: Lane(
        group: GroupKey("{}:{a=\"\(number)\"}"),
        destination: Destination(receiver: "chat", kind: .webhook, integration: 1)),
      reason: .newAlertsAdded,
      told: Told(
        firing: [alert("a"), alert("b")], resolved: [alert("c")], at: Timestamp(milliseconds: 2)),
      created: Timestamp(milliseconds: 3), expires: Timestamp(milliseconds: 4),
      body: Array("body \(number)".utf8))
  }

  private static let ends: [(UInt64, MessageEnd?)] = [
    (1, .delivered), (2, .failed(.authError)), (3, nil), (4, .collapsed), (5, .failed(.expired)),
    (6, nil), (7, .delivered),
  ]

  @Test(
    arguments: [
      (nil, 100, nil, [7, 6, 5, 4, 3, 2, 1]), (nil, 2, nil, [7, 6]), (nil, 2, 6, [5, 4]),
      (.queued, 100, nil, [6, 3]), (.delivered, 100, 7, [4, 1]), (.dead, 100, nil, [5, 2]),
      (.dead, 1, 5, [2]), (.dead, 100, 2, []), (nil, 0, nil, []),
      (nil, 9, .max, [7, 6, 5, 4, 3, 2, 1]),
    ] as [(StoredMessage.State?, Int, UInt64?, [UInt64])])
  func aPageHasTheNewestOfItsState(
    state: StoredMessage.State?, limit: Int, before: UInt64?, numbers: [UInt64]
  ) async throws {
    let directory = try TemporaryDirectory()
    let journal = try journal(Self.ends, in: directory)
    let page = try await journal.messages(in: state, limit: limit, before: before)
    #expect(page.messages.map(\.number) == numbers)
    #expect(page.counts == [2, 3, 2])
  }

  @Test func aSummarySaysWhatBecameOfAMessage() async throws {
    let directory = try TemporaryDirectory()
    let journal = try journal([(1, .failed(.authError)), (2, nil)], in: directory)
    let page = try await journal.messages(in: nil, limit: 9, before: nil)
    let message = Self.message(1)
    #expect(
      page.messages.last
        == MessageSummary(
          number: 1, lane: message.lane, reason: .newAlertsAdded, created: message.created,
          expires: message.expires, end: .failed(.authError), ended: Timestamp(milliseconds: 9),
          firing: 2, resolved: 1))
    #expect(page.messages.first?.end == nil && page.messages.first?.ended == nil)
  }

  @Test func whatWasGivenUpHasItsBodyStill() async throws {
    let directory = try TemporaryDirectory()
    let journal = try journal(Self.ends, in: directory)
    let dead = try #require(try await journal.message(2))
    #expect(dead == StoredMessage(message: Self.message(2), end: .failed(.authError)))
    #expect(dead.state == .dead)
    #expect(try await journal.message(1)?.message.body == [])
    #expect(try await journal.message(3)?.state == .queued)
    #expect(try await journal.message(8) == nil)
    #expect(try await journal.message(.max) == nil)
  }

  @Test func aStartKnowsHowManyWereGivenUp() throws {
    let directory = try TemporaryDirectory()
    let journal = try journal(Self.ends, in: directory)
    #expect(try journal.alertingContents().contents.notifications.deadLetters == 2)
    let far = Timestamp(milliseconds: .max)
    try journal.prune(eventsBefore: far, recordsBefore: far, keeping: [], limit: 100)
    #expect(journal.deadLettersPruned == 2)
    #expect(try journal.alertingContents().contents.notifications.deadLetters == 0)
  }

  @Test func aClosedJournalIsRefused() async throws {
    let directory = try TemporaryDirectory()
    let journal = try journal(Self.ends, in: directory)
    journal.close()
    await #expect(throws: JournalFailure.self) {
      try await journal.messages(in: nil, limit: 1, before: nil)
    }
    await #expect(throws: JournalFailure.self) { try await journal.message(1) }
  }
}
