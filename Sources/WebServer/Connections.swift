import Agent
import NIOCore
import Synchronization

/// The open connections of all listeners, counted and bounded; and what else runs into a bound.
final class Connections: Sendable {
  fileprivate struct Open {
    var channel: any Channel
    /// Since when nothing is under way on it; `nil`: something is.
    var restsSince: NIODeadline?
  }

  fileprivate struct State {
    var open: [ObjectIdentifier: Open] = [:]
    var isEnding = false
    var figures = WebFigures()
  }

  private let limit: Int
  /// How long a connection rests before it may be closed to make room.
  private let leastRest: TimeAmount
  private let state = Mutex(State())

  init(_ bounds: WebBounds) {
    limit = bounds.connections
    leastRest = TimeAmount(bounds.leastRest)
  }

  /// Takes the connection in, until it closes; false when there are too many. The one that has
  /// rested longest gives way: whoever holds connections without a use for them shuts nobody out.
  func admit(_ channel: any Channel) -> Bool {
    let key = ObjectIdentifier(channel)
    let now = NIODeadline.now()
    var replaced: (any Channel)?
    let isAdmitted = state.withLock { state in
      guard !state.isEnding else { return false }
      if state.open.count >= limit {
        guard let resting = state.longestResting(until: now - leastRest) else {
          state.figures.connectionsRefused += 1
          return false
        }
        state.figures.connectionsReplaced += 1
        replaced = state.open.removeValue(forKey: resting)?.channel
      }
      state.open[key] = Open(channel: channel, restsSince: now)
      return true
    }
    replaced?.close(promise: nil)
    if isAdmitted {
      channel.closeFuture.whenComplete { _ in
        self.state.withLock { _ = $0.open.removeValue(forKey: key) }
      }
    }
    return isAdmitted
  }

  /// Everything that came is answered.
  func rests(_ channel: any Channel) {
    state.withLock { $0.open[ObjectIdentifier(channel)]?.restsSince = .now() }
  }

  /// A request has begun to come.
  func works(_ channel: any Channel) {
    state.withLock { $0.open[ObjectIdentifier(channel)]?.restsSince = nil }
  }

  func countRefusal(_ reason: WebRefusal) { state.withLock { $0.figures.refuse(reason) } }

  var figures: WebFigures {
    state.withLock { state in
      var figures = state.figures
      figures.connections = state.open.count
      return figures
    }
  }

  /// Closes them all, and admits no more.
  func closeAll() {
    let open = state.withLock { state in
      state.isEnding = true
      return Array(state.open.values)
    }
    for one in open { one.channel.close(promise: nil) }
  }
}

extension Connections.State {
  /// The one that rests since `latest` at least, and longer than all others.
  fileprivate func longestResting(until latest: NIODeadline) -> ObjectIdentifier? {
    var found: (key: ObjectIdentifier, since: NIODeadline)?
    for (key, one) in open {
      guard let since = one.restsSince, since <= (found?.since ?? latest) else { continue }
      found = (key, since)
    }
    return found?.key
  }
}
