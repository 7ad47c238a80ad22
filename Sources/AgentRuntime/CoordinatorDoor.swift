import Agent
import Synchronization

/// Hands events to the coordinator that there is; between two of them, nobody takes any.
final class CoordinatorDoor: Sendable {
  private struct State: Sendable {
    var inbox: Inbox?
    /// Of inboxes that are closed.
    var dropped: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Never blocks.
  func post(_ events: [AgentEvent]) { state.withLock { $0.inbox }?.post(events) }

  /// What is posted from now on goes there.
  func open(_ inbox: Inbox) { state.withLock { $0.inbox = inbox } }

  /// The coordinator before is not to be told anything any more.
  func shut() {
    state.withLock { state in
      guard let inbox = state.inbox.take() else { return }
      inbox.close(discarding: true)
      state.dropped += inbox.dropped
    }
  }

  /// Lets the coordinator finish what it has and end.
  func close() { state.withLock { $0.inbox }?.close() }

  /// Events that a full inbox had no room for.
  var dropped: UInt64 { state.withLock { $0.dropped + ($0.inbox?.dropped ?? 0) } }
}
