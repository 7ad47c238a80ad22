import AgentRuntime
import Alerting
import Notifications
import Signals
import Synchronization
import Testing

/// When the rule engine answers what it is asked: what changes something, once that is committed.
@Suite struct RuleAskTests {
  /// Words that were said, in order.
  private final class Listener: Sendable {
    let words = Mutex<[String]>([])

    func ask(_ word: String, isChange: Bool, deadline: Int64 = 10) -> RuleAsk {
      RuleAsk(deadline: MonotonicInstant(nanoseconds: deadline * 1_000_000_000)) { _, _ in
        RuleAsk.Reply(afterCommit: isChange) { self.words.withLock { $0.append(word) } }
      }
    }
  }

  /// The engine's turns, without the rest of it.
  private struct Turns {
    var replies = WaitingReplies()
    var alerting = AlertingState(restoring: AlertingContents(), agentID: "agent")
    let listener = Listener()

    /// What has been said by the end of a turn at that second.
    mutating func turn(
      at second: Int64, _ asks: [RuleAsk] = [], batch: UInt64? = nil,
      answers: [AlertingAnswer] = []
    ) -> [String] {
      let now = Now(
        monotonic: MonotonicInstant(nanoseconds: second * 1_000_000_000),
        wall: Timestamp(milliseconds: second * 1000))
      for answer in answers {
        switch answer {
        case .committed(let batch): replies.committed(through: batch)
        case .refused(let batch):
          alerting.refused(through: batch, at: now)
          replies.refused(through: batch)
        case .replaced: break
        }
      }
      replies.perform(asks, on: &alerting, at: now)
      _ = alerting.takeBatch(at: now)
      replies.note(batch: batch, isTooEarly: alerting.waitsToRetry)
      for reply in replies.takeReady() { reply() }
      return listener.words.withLock { $0 }
    }
  }

  @Test func aLookIsAnsweredInItsTurn() {
    var turns = Turns()
    let look = turns.listener.ask("look", isChange: false)
    #expect(turns.turn(at: 0, [look], batch: 1) == ["look"])
  }

  @Test func aChangeIsAnsweredOnceItsBatchIsCommitted() {
    var turns = Turns()
    let listener = turns.listener
    let (first, second) = (listener.ask("a", isChange: true), listener.ask("b", isChange: true))
    #expect(turns.turn(at: 0, [first], batch: 7) == [])
    #expect(turns.turn(at: 1, [second], batch: 8, answers: [.committed(through: 6)]) == [])
    #expect(turns.turn(at: 2, answers: [.committed(through: 7)]) == ["a"])
    #expect(turns.turn(at: 3, answers: [.committed(through: 9)]) == ["a", "b"])
  }

  @Test func aChangeThatLeavesNothingToCommitIsAnsweredAtOnce() {
    var turns = Turns()
    let change = turns.listener.ask("same", isChange: true)
    #expect(turns.turn(at: 0, [change]) == ["same"])
  }

  @Test func whatTheJournalRefusesIsAnsweredOnceItHasItAfterAll() {
    var turns = Turns()
    let listener = turns.listener
    #expect(turns.turn(at: 0, [listener.ask("a", isChange: true)], batch: 1) == [])
    #expect(turns.turn(at: 1, answers: [.refused(through: 1)]) == [])
    #expect(turns.turn(at: 1, [listener.ask("b", isChange: true)]) == [], "it is too early")
    #expect(turns.turn(at: 2, batch: 2) == [])
    #expect(turns.turn(at: 3, answers: [.committed(through: 2)]) == ["a", "b"])
  }

  @Test func aLaterBatchThatIsCommittedDoesNotAnswerForOneThatWasRefused() {
    var turns = Turns()
    _ = turns.turn(at: 0, batch: 5)
    _ = turns.turn(at: 0, batch: 6)
    _ = turns.turn(at: 1, answers: [.refused(through: 5), .committed(through: 6)])
    let change = turns.listener.ask("a", isChange: true)
    #expect(turns.turn(at: 1, [change]) == [], "nothing has been handed over")
    #expect(turns.turn(at: 2, batch: 7) == [])
    #expect(turns.turn(at: 3, answers: [.committed(through: 7)]) == ["a"])
  }

  @Test func whoDoesNotWaitAnyMoreIsNotAnswered() {
    var turns = Turns()
    let listener = turns.listener
    let (early, late) = (
      listener.ask("early", isChange: true, deadline: 5), listener.ask("late", isChange: true)
    )
    #expect(turns.turn(at: 0, [early, late], batch: 1) == [])
    #expect(turns.turn(at: 5, [listener.ask("old", isChange: false, deadline: 5)]) == [])
    #expect(turns.turn(at: 6, answers: [.committed(through: 1)]) == ["late"])
  }
}
