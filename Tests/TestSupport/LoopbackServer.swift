import Foundation
import Glibc
import Synchronization

/// A TCP server on 127.0.0.1 that does to each connection what a test tells it, on a thread each.
package final class LoopbackServer: Sendable {
  package let port: Int
  private let listener: Int32
  private let script: @Sendable (Peer) -> Void
  private let keepsOpen: Bool
  private let traffic = Traffic()
  private let state = Mutex(State())

  private struct State {
    var accepted = 0
    var open: [Peer] = []
    var isStopped = false
  }

  /// `port` of 0 is one that is free. `keepsOpen`: a connection outlives its script, up to the
  /// server's end.
  package init(
    port: Int = 0, backlog: Int32 = 512, accepts: Bool = true, keepsOpen: Bool = true,
    _ script: @escaping @Sendable (Peer) -> Void
  ) {
    self.keepsOpen = keepsOpen
    listener = Self.listen(port: port, backlog: backlog)
    self.port = Self.port(of: listener)
    self.script = script
    if accepts { Thread(block: { self.acceptAll() }).start() }
  }

  deinit { close(listener) }

  package var url: String { "http://127.0.0.1:\(port)/mcp" }
  /// Connections made so far.
  package var accepted: Int { state.withLock { $0.accepted } }
  /// What the kernel took of all that was to be sent.
  package var bytesSent: Int { traffic.sent.load(ordering: .relaxed) }
  /// The latest requests, in order.
  package var requests: [Peer.Request] { traffic.requests.withLock { $0 } }

  /// Ends every connection and takes no new ones.
  package func stop() {
    let open = state.withLock { state in
      state.isStopped = true
      return state.open
    }
    shutdown(listener, Int32(SHUT_RDWR))
    for peer in open { peer.hangUp() }
  }

  private func acceptAll() {
    while true {
      let descriptor = accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      let peer = Peer(descriptor, traffic)
      let isStopped = state.withLock { state in
        state.accepted += 1
        state.open.append(peer)
        return state.isStopped
      }
      if isStopped { return peer.hangUp() }
      let thread = Thread {
        self.script(peer)
        if !self.keepsOpen { self.end(peer) }
      }
      thread.stackSize = 512 * 1024
      thread.start()
    }
  }

  private func end(_ peer: Peer) {
    peer.close()
    state.withLock { $0.open.removeAll { $0 === peer } }
  }

  private static func listen(port: Int, backlog: Int32) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var reuse: Int32 = 1
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(bound == 0 && Glibc.listen(descriptor, backlog) == 0)
    return descriptor
  }

  fileprivate static func port(of descriptor: Int32) -> Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &size)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// A port on which nobody listens, and nobody will: no other test gets it.
  package static func closedPort() -> Int {
    guard let port = try? freePort() else { preconditionFailure("there is no free port") }
    return port
  }

  /// A connection to 127.0.0.1; `nil` when nobody listens.
  package static func dial(port: Int) -> Peer? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let code = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if code == 0 { return Peer(descriptor) }
    close(descriptor)
    return nil
  }

  /// Fills the queue of a server that accepts nothing: the kernel then ignores whoever comes.
  package func fillBacklog() {
    for _ in 0..<8 {
      let descriptor = socket(
        AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      _ = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }
}

/// What went over the connections of a server.
final class Traffic: Sendable {
  static let requestsMax = 64
  let sent = Atomic(0)
  let requests = Mutex<[Peer.Request]>([])

  func note(_ request: Peer.Request) {
    requests.withLock { requests in
      if requests.count == Self.requestsMax { requests.removeFirst() }
      requests.append(request)
    }
  }
}

/// One accepted connection, with blocking reads and writes.
package final class Peer: Sendable {
  package struct Request: Sendable {
    package var line = ""
    /// Names in lower case.
    package var headers: [String: String] = [:]
    package var body: [UInt8] = []

    package init() {}

    /// The JSON-RPC id of the body, 1 when there is none.
    package var id: Int {
      let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
      return object?["id"] as? Int ?? 1
    }
  }

  private let descriptor: Int32
  private let traffic: Traffic
  private let isClosed = Mutex(false)

  init(_ descriptor: Int32, _ traffic: Traffic = Traffic()) {
    self.descriptor = descriptor
    self.traffic = traffic
  }
  deinit { close() }

  /// The port of this end.
  package var port: Int { LoopbackServer.port(of: descriptor) }

  /// The next request; `nil` when the client has closed.
  package func readRequest() -> Request? {
    var head: [UInt8] = []
    while !head.ends(with: Array("\r\n\r\n".utf8)) {
      guard let byte = read(1).first else { return nil }
      head.append(byte)
    }
    var request = Request()
    for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
      guard !request.line.isEmpty else {
        request.line = String(line)
        continue
      }
      let parts = line.split(separator: ":", maxSplits: 1)
      guard let name = parts.first else { continue }
      let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
      request.headers[name.lowercased()] = value
    }
    let length = request.headers["content-length"].flatMap { Int($0) } ?? 0
    while request.body.count < length {
      let piece = read(length - request.body.count)
      if piece.isEmpty { return nil }
      request.body += piece
    }
    traffic.note(request)
    return request
  }

  /// False when the client is gone.
  @discardableResult package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult package func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      traffic.sent.add(count, ordering: .relaxed)
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Reads until the client closes, or the server stops.
  package func waitForEnd() { while !read(4096).isEmpty {} }

  /// What a slow server does between two pieces: false as soon as the client sends or closes.
  package func hearsNothing(for milliseconds: Int32) -> Bool {
    var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&readable, 1, milliseconds) == 0
  }

  /// Ends the connection; what was sent still arrives.
  package func close() {
    isClosed.withLock { isClosed in
      if !isClosed { _ = Glibc.close(descriptor) }
      isClosed = true
    }
  }

  /// Ends the connection with a RST.
  package func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// From any thread: wakes a blocked read.
  package func hangUp() {
    isClosed.withLock { isClosed in
      if !isClosed { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  /// What has come, at most so many bytes; nothing when the peer has closed.
  package func read(_ count: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let got = unsafe recv(descriptor, &buffer, count, 0)
    return got > 0 ? Array(buffer.prefix(got)) : []
  }
}

extension [UInt8] {
  fileprivate func ends(with suffix: [UInt8]) -> Bool { self.suffix(suffix.count) == suffix[...] }
}
