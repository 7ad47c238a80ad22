import Agent
import Synchronization

/// Hands events to the coordinator that there is; between two of them, nobody takes any.
final class CoordinatorDoor: Sendable {
  private struct State: Sendable {
    var inbox: Inbox?
    /// Of inboxes that are closed.
    var dropped: UInt64 = 0
    /// What operators asked of the one before, and it had not begun.
    var left: [AgentEvent] = []
  }

  private let state = Mutex(State())

  /// Never blocks; false when nobody takes it.
  @discardableResult
  func post(_ events: [AgentEvent]) -> Bool {
    state.withLock { $0.inbox }?.post(events) ?? false
  }

  /// What is posted from now on goes there, after `first` and what operators asked of the one
  /// before.
  func open(_ inbox: Inbox, first: [AgentEvent] = []) {
    state.withLock { state in
      inbox.post(first + state.left)
      state.left = []
      state.inbox = inbox
    }
  }

  /// The coordinator before is not to be told anything any more.
  func shut() {
    state.withLock { state in
      guard let inbox = state.inbox.take() else { return }
      state.left += inbox.close(discarding: true).filter(\.isOfOperator)
      state.dropped += inbox.dropped
    }
  }

  /// Lets the coordinator finish what it has and end.
  func close() { state.withLock { $0.inbox }?.close() }

  /// Events that a full inbox had no room for.
  var dropped: UInt64 { state.withLock { $0.dropped + ($0.inbox?.dropped ?? 0) } }
}

extension AgentEvent {
  /// Whether it is an action that somebody waits for; who has something kept tells each coordinator
  /// by himself.
  fileprivate var isOfOperator: Bool {
    if case .acted = self { true } else { false }
  }
}
