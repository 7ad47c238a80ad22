package import Alerting
package import Signals

/// What somebody asks of the thread `rule-engine`, and how they are told.
package struct RuleAsk: Sendable {
  /// What is to be said, and when.
  package struct Reply: Sendable {
    /// Something has changed, so that it is said once the journal has that.
    package var isAfterCommit: Bool
    /// Never waits.
    package var say: @Sendable () -> Void

    package init(afterCommit: Bool, say: @escaping @Sendable () -> Void) {
      isAfterCommit = afterCommit
      self.say = say
    }
  }

  /// Nobody waits for the reply any more.
  package var deadline: MonotonicInstant
  /// Called in a turn.
  package var perform: @Sendable (inout AlertingState, Now) -> Reply

  package init(
    deadline: MonotonicInstant,
    perform: @escaping @Sendable (inout AlertingState, Now) -> Reply
  ) {
    self.deadline = deadline
    self.perform = perform
  }
}

/// Replies that wait for the journal. What it refuses is in the next batch again.
package struct WaitingReplies {
  private struct Waiting {
    var say: @Sendable () -> Void
    var deadline: MonotonicInstant
    /// The batch that has the change; `nil`: the next one.
    var batch: UInt64?
  }

  private var waiting: [Waiting] = []
  private var ready: [@Sendable () -> Void] = []

  package init() {}

  /// Performs what is asked in time, in order.
  package mutating func perform(_ asks: [RuleAsk], on alerting: inout AlertingState, at now: Now) {
    waiting.removeAll { $0.deadline <= now.monotonic }
    for ask in asks where ask.deadline > now.monotonic {
      let reply = ask.perform(&alerting, now)
      if reply.isAfterCommit {
        waiting.append(Waiting(say: reply.say, deadline: ask.deadline))
      } else {
        ready.append(reply.say)
      }
    }
  }

  /// The batch of this turn; `nil`: there was nothing to commit, or it `isTooEarly` to ask the
  /// journal again.
  package mutating func note(batch: UInt64?, isTooEarly: Bool = false) {
    if batch == nil && isTooEarly { return }
    for index in waiting.indices where waiting[index].batch == nil { waiting[index].batch = batch }
    release { $0.batch == nil }
  }

  package mutating func committed(through batch: UInt64) {
    release { waiting in waiting.batch.map { $0 <= batch } ?? false }
  }

  package mutating func refused(through batch: UInt64) {
    for index in waiting.indices where waiting[index].batch.map({ $0 <= batch }) ?? false {
      waiting[index].batch = nil
    }
  }

  /// What may be said now.
  package mutating func takeReady() -> [@Sendable () -> Void] {
    defer { ready = [] }
    return ready
  }

  private mutating func release(_ isReady: (Waiting) -> Bool) {
    ready += waiting.lazy.filter(isReady).map(\.say)
    waiting.removeAll(where: isReady)
  }
}
