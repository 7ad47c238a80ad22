import Foundation
import Glibc
import Synchronization

/// Stands between a client and a server on 127.0.0.1 and does to their bytes what a test says.
package final class TCPProxy: Sendable {
  package enum Mode: Equatable, Sendable {
    case forward
    /// The server hears everything, the client nothing.
    case swallowAnswers
    /// Connections are taken, and nothing goes on until the mode is another.
    case blackHole
    /// The server's bytes come so much later, piece by piece.
    case delay(milliseconds: Int32)
  }

  fileprivate struct State {
    var mode = Mode.forward
    /// What the client sends that changes the mode before the server hears it.
    var trigger: (bytes: [UInt8], mode: Mode)?
    var hasTriggered = false
    var open: [Peer] = []
    var isStopped = false
  }

  fileprivate final class Shared: Sendable {
    let state = Mutex(State())
    let server: Int

    init(server: Int) { self.server = server }
  }

  private let shared: Shared
  private let listener: LoopbackServer

  /// In front of the server that listens on `server`.
  package init(to server: Int, mode: Mode = .forward) {
    let shared = Shared(server: server)
    shared.state.withLock { $0.mode = mode }
    self.shared = shared
    listener = LoopbackServer { client in shared.serve(client) }
  }

  deinit { stop() }

  package var port: Int { listener.port }
  /// Connections made so far.
  package var accepted: Int { listener.accepted }

  package func set(_ mode: Mode) { shared.state.withLock { $0.mode = mode } }

  /// Goes over to `mode` when the client sends `text`, before the server hears of it.
  package func set(_ mode: Mode, whenClientSends text: String) {
    shared.state.withLock { state in
      state.trigger = (Array(text.utf8), mode)
      state.hasTriggered = false
    }
  }

  package var hasTriggered: Bool { shared.state.withLock { $0.hasTriggered } }

  /// Ends the connections there are; new ones are taken.
  package func cut() {
    let open = shared.state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for peer in open { peer.hangUp() }
  }

  /// Ends everything.
  package func stop() {
    shared.state.withLock { $0.isStopped = true }
    cut()
    listener.stop()
  }
}

extension TCPProxy.Shared {
  /// The thread of a connection: the client's bytes to the server.
  func serve(_ client: Peer) {
    state.withLock { $0.open.append(client) }
    guard waitForWay(client), let server = LoopbackServer.dial(port: server) else {
      return client.hangUp()
    }
    state.withLock { $0.open.append(server) }
    let answers = Thread { self.forwardAnswers(server, client) }
    answers.stackSize = 512 * 1024
    answers.start()
    while true {
      let bytes = client.read(64 << 10)
      if bytes.isEmpty { break }
      notice(bytes)
      guard waitForWay(client), server.send(bytes) else { break }
    }
    server.hangUp()
    client.hangUp()
    state.withLock { $0.open.removeAll { $0 === client || $0 === server } }
  }

  private func forwardAnswers(_ server: Peer, _ client: Peer) {
    while true {
      let bytes = server.read(64 << 10)
      if bytes.isEmpty { break }
      if case .delay(let milliseconds) = mode { _ = poll(nil, 0, milliseconds) }
      guard waitForWay(client) else { break }
      if mode != .swallowAnswers && !client.send(bytes) { break }
    }
    client.hangUp()
  }

  private var mode: TCPProxy.Mode { state.withLock { $0.mode } }

  private func notice(_ bytes: [UInt8]) {
    state.withLock { state in
      guard let trigger = state.trigger, bytes.firstRange(of: trigger.bytes) != nil else { return }
      state.mode = trigger.mode
      state.hasTriggered = true
      state.trigger = nil
    }
  }

  /// Waits while nothing goes on; false when the connection is cut.
  private func waitForWay(_ client: Peer) -> Bool {
    while true {
      let (isHeld, isOver) = state.withLock { state in
        (state.mode == .blackHole, state.isStopped || !state.open.contains { $0 === client })
      }
      if isOver { return false }
      if !isHeld { return true }
      _ = poll(nil, 0, 5)
    }
  }
}
