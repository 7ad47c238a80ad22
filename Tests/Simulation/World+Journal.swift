import Agent
import AgentRuntime
import Alerting
import Signals

/// The thread `journal`.
extension World {
  mutating func wakeJournal() {
    guard journal.inWork == nil, journal.hasWork else { return }
    journal.begin()
    let isSlow = percent(faults.journalSlow)
    journalAt = now.monotonic.advanced(by: isSlow ? draw(500...8_000) : draw(1...40))
  }

  mutating func journalAnswers() {
    let answers = journal.finish(drawnFailures())
    for answer in answers {
      switch answer {
      case .alerting(let answer): tell(answer)
      case .agent(let event): post(event)
      }
    }
    wakeJournal()
  }

  /// How the transactions of a round end.
  private mutating func drawnFailures() -> [JournalFailure?] {
    (0..<3).map { _ in
      if journalIsFull { return .full }
      return percent(faults.journalErrors) ? .io : nil
    }
  }

  /// What was handed over is committed or refused; the coordinator hears no more of it.
  mutating func settleJournal() {
    journalAt = nil
    while !journal.isIdle {
      if journal.inWork == nil { journal.begin() }
      for case .alerting(let answer) in journal.finish(drawnFailures()) { tell(answer) }
    }
  }

  private mutating func tell(_ answer: AlertingAnswer) {
    if case .committed(let through) = answer, through >= rewrite { rewrite = 0 }
    mail.answers.append(answer)
    wakeEngine()
  }

  /// kill -9: of a round under way some transactions are done, the rest of what waits is lost.
  mutating func killJournal() {
    journalAt = nil
    let transactions = Int.random(in: 0...3, using: &random)
    _ = journal.finish(transactions: transactions, drawnFailures())
    journal.die()
  }
}
