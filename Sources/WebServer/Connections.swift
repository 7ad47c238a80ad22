import Agent
import NIOCore
import Synchronization

/// The open connections of all listeners, counted and bounded; and what else runs into a bound.
final class Connections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var isEnding = false
    var figures = WebFigures()
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  /// Takes the connection in, until it closes; false when there are too many.
  func admit(_ channel: any Channel) -> Bool {
    let key = ObjectIdentifier(channel)
    let isAdmitted = state.withLock { state in
      guard !state.isEnding, state.open.count < limit else {
        state.figures.connectionsRefused += 1
        return false
      }
      state.open[key] = channel
      return true
    }
    if isAdmitted {
      channel.closeFuture.whenComplete { _ in
        self.state.withLock { _ = $0.open.removeValue(forKey: key) }
      }
    }
    return isAdmitted
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
    let channels = state.withLock { state in
      state.isEnding = true
      return Array(state.open.values)
    }
    for channel in channels { channel.close(promise: nil) }
  }
}
