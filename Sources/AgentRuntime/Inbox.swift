import Agent
import Signals
import Synchronization
import Threading

/// The one door to the coordinator: bounded, and open to every thread.
///
/// Reports are bounded by the probes that the schedule starts and answers of the journal by the
/// batches that it waits for, so a full inbox means a fault; what does not fit is dropped and
/// counted, and a probe whose report was dropped is given up by its deadline.
final class Inbox: Sendable {
  private struct Content {
    var events: [AgentEvent] = []
    var isClosed = false
    var dropped: UInt64 = 0
  }

  private let content = Mutex(Content())
  private let bell: Bell
  private let limit: Int

  init(bell: Bell, limit: Int) {
    self.bell = bell
    self.limit = limit
  }

  /// False when it is closed, or had no room for all of them.
  @discardableResult
  func post(_ events: [AgentEvent]) -> Bool {
    let (isFirst, isTaken) = content.withLock { content in
      if content.isClosed { return (false, false) }
      let room = max(0, limit - content.events.count)
      let isFirst = content.events.isEmpty
      content.events.append(contentsOf: events.prefix(room))
      content.dropped += UInt64(max(0, events.count - room))
      return (isFirst, events.count <= room)
    }
    if isFirst { bell.ring() }
    return isTaken
  }

  /// Takes nothing more. `discarding`: what waits is not taken either, but given back.
  @discardableResult
  func close(discarding: Bool = false) -> [AgentEvent] {
    let left = content.withLock { content in
      content.isClosed = true
      guard discarding else { return [AgentEvent]() }
      defer { content.events = [] }
      return content.events
    }
    bell.ring()
    return left
  }

  var isClosed: Bool { content.withLock { $0.isClosed } }

  var dropped: UInt64 { content.withLock { $0.dropped } }

  /// What has come, waiting for it until `deadline`; `nil` when the inbox is closed and empty.
  func take(until deadline: MonotonicInstant?) -> [AgentEvent]? {
    if let events = takeNow(), !events.isEmpty { return events }
    bell.wait(until: deadline)
    return takeNow()
  }

  private func takeNow() -> [AgentEvent]? {
    content.withLock { content in
      if content.isClosed && content.events.isEmpty { return nil }
      defer { content.events = [] }
      return content.events
    }
  }
}
