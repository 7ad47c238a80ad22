import Foundation
import Glibc

/// A plain socket, so that tests can send what no client library would.
final class RawClient {
  struct Failure: Error { let text: String }

  private let socket: Int32
  private var received: [UInt8] = []

  /// Connects to a loopback port; every wait ends after `timeout` seconds.
  init(port: Int, host: String = "127.0.0.1", timeout: Int = 300) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw Failure(text: "socket: errno \(errno)") }
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
    unsafe inet_pton(AF_INET, host, &address.sin_addr)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(text: "connect: errno \(errno)") }  // deinit closes
  }

  deinit { close(socket) }

  /// Makes the kernel take only a little of what the server sends.
  func shrinkReceiveBuffer() {
    var size: Int32 = 4096
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Says that nothing more comes; answers still do.
  func endOutput() { shutdown(socket, Int32(SHUT_WR)) }

  func send(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let sent = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { throw Failure(text: "send: errno \(errno)") }
      bytes = bytes.dropFirst(sent)
    }
  }

  /// Some more bytes; empty when the server has closed.
  private func receive() throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = unsafe recv(socket, &buffer, buffer.count, 0)
    if count < 0 && errno == ECONNRESET { return [] }
    guard count >= 0 else { throw Failure(text: "recv: errno \(errno)") }
    return Array(buffer.prefix(count))
  }

  /// Everything until the server closes.
  func readToEnd() throws -> [UInt8] {
    while true {
      let more = try receive()
      if more.isEmpty { return received }
      received += more
    }
  }

  /// One response; a HEAD's has no body.
  func response(toHead: Bool = false) throws -> Answer {
    let end = Array("\r\n\r\n".utf8)
    var headEnd = received.firstRange(of: end)
    while headEnd == nil {
      let more = try receive()
      guard !more.isEmpty else { throw Failure(text: "closed after \(received.count) bytes") }
      received += more
      headEnd = received.firstRange(of: end)
    }
    guard let headEnd else { throw Failure(text: "no head") }
    var answer = Answer(head: String(decoding: received[..<headEnd.lowerBound], as: UTF8.self))
    received.removeSubrange(..<headEnd.upperBound)
    let length = toHead ? 0 : answer.header("content-length").flatMap { Int($0) } ?? 0
    while received.count < length {
      let more = try receive()
      guard !more.isEmpty else { throw Failure(text: "closed within a body") }
      received += more
    }
    answer.body = Array(received.prefix(length))
    received.removeFirst(length)
    return answer
  }
}

/// A response, taken apart.
struct Answer: Sendable {
  let status: Int
  let headers: [(name: String, value: String)]
  var body: [UInt8] = []

  init(head: String) {
    let lines = head.split(separator: "\r\n")
    status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    headers = lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Runs blocking code on a thread of its own: the tasks of the server need those of the pool.
func offPool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}
