import Agent
import Synchronization
import Threading

/// Who waits for the coordinator to say what came of an action, by ticket.
final class ActionDesk: Sendable {
  typealias Answer = OneReply<ActionOutcome?>

  private struct State: Sendable {
    var last: UInt64 = 0
    var waiting: [UInt64: Answer] = [:]
  }

  private let state = Mutex(State())

  /// A ticket that no other has, and where its answer comes.
  func open() -> (ticket: UInt64, answer: Answer) {
    let answer = Answer()
    let ticket = state.withLock { state in
      state.last += 1
      state.waiting[state.last] = answer
      return state.last
    }
    return (ticket, answer)
  }

  /// Nobody waits any more.
  func close(_ ticket: UInt64) { state.withLock { $0.waiting[ticket] = nil } }

  /// Never waits.
  func answer(_ ticket: UInt64, _ outcome: ActionOutcome) {
    state.withLock { $0.waiting[ticket] }?.give(outcome)
  }
}
