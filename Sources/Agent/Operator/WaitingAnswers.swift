/// What came of actions, until the journal has what they changed.
struct WaitingAnswers: Sendable {
  struct Answer: Sendable {
    let ticket: UInt64
    let outcome: ActionOutcome
    /// That it waits for; `nil`: the next one.
    var batch: UInt64?
  }

  /// Oldest first.
  private var waiting: [Answer] = []
  /// Of refused batches, until they are written again.
  private var unsaved: [Answer] = []

  /// In the batch of this step.
  mutating func append(_ ticket: UInt64, _ outcome: ActionOutcome) {
    waiting.append(Answer(ticket: ticket, outcome: outcome))
  }

  /// The batch of this step is that one.
  mutating func note(batch: UInt64) {
    for index in waiting.indices where waiting[index].batch == nil { waiting[index].batch = batch }
  }

  mutating func take(through batch: UInt64) -> [Answer] {
    guard !waiting.isEmpty else { return [] }
    let taken = waiting.filter { $0.isIn(batch) }
    waiting.removeAll { $0.isIn(batch) }
    return taken
  }

  /// Keeps so many: who asked does not wait for long.
  mutating func refused(through batch: UInt64, limit: Int) {
    unsaved = (unsaved + take(through: batch)).suffix(limit)
  }

  /// What was refused is in the batch of this step.
  mutating func tryAgain() {
    waiting += unsaved.map { Answer(ticket: $0.ticket, outcome: $0.outcome) }
    unsaved = []
  }
}

extension WaitingAnswers.Answer {
  fileprivate func isIn(_ last: UInt64) -> Bool { batch.map { $0 <= last } ?? false }
}
