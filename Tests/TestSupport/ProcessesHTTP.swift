import Dispatch
package import Foundation
import Glibc
import Synchronization

/// An answer with its body as it came: not inflated.
package struct HTTPAnswer: Sendable {
  package var status: Int
  /// Names in lower case.
  package var headers: [String: String]
  package var body: Data

  package var text: String { String(decoding: body, as: UTF8.self) }
  package func json() throws -> JSON { try JSONDecoder().decode(JSON.self, from: body) }
}

/// The smallest HTTP client that can ask a server on 127.0.0.1: one request per connection.
package struct LocalHTTP: Sendable {
  package var port: Int

  package init(port: Int) { self.port = port }

  package struct Failure: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
  }

  package func get(_ path: String, headers: [String: String] = [:]) async throws -> HTTPAnswer {
    try await send("GET", path, headers, body: [])
  }

  package func post(
    _ path: String, body: String = "", headers: [String: String] = [:]
  ) async throws -> HTTPAnswer {
    try await send("POST", path, headers, body: Array(body.utf8))
  }

  package func post(
    _ path: String, bytes: [UInt8], headers: [String: String] = [:]
  ) async throws -> HTTPAnswer {
    try await send("POST", path, headers, body: bytes)
  }

  /// The blocking work is done off the cooperative pool, which the tests share.
  private func send(
    _ method: String, _ path: String, _ headers: [String: String], body: [UInt8]
  ) async throws -> HTTPAnswer {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
    if method == "POST" { head += "Content-Length: \(body.count)\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    let request = Array((head + "\r\n").utf8) + body
    let port = port
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try parse(exchange(request, port: port)) })
      }
    }
  }
}

private func exchange(_ request: [UInt8], port: Int) throws -> Data {
  let socket = try Socket()
  try socket.connect(port: port)
  var sent = 0
  while sent < request.count {
    let count = unsafe request[sent...].withUnsafeBytes {
      unsafe Glibc.send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard count > 0 else { throw LocalHTTP.Failure(description: "send: errno \(errno)") }
    sent += count
  }
  var answer = Data()
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(socket.descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count >= 0 else { throw LocalHTTP.Failure(description: "recv: errno \(errno)") }
    if count == 0 { return answer }
    answer.append(contentsOf: buffer[..<count])
  }
}

private func parse(_ answer: Data) throws -> HTTPAnswer {
  guard let end = answer.range(of: Data("\r\n\r\n".utf8)) else {
    throw LocalHTTP.Failure(description: "no HTTP head in \(answer.count) bytes")
  }
  let lines = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
    .components(separatedBy: "\r\n")
  guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
    throw LocalHTTP.Failure(description: "no status in '\(lines[0])'")
  }
  var headers: [String: String] = [:]
  for line in lines.dropFirst() {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { continue }
    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
  }
  var body = Data(answer[end.upperBound...])
  if headers["transfer-encoding"] == "chunked" { body = try unchunked(body) }
  if let length = headers["content-length"].flatMap({ Int($0) }), length != body.count {
    throw LocalHTTP.Failure(description: "\(body.count) bytes of \(length)")
  }
  return HTTPAnswer(status: status, headers: headers, body: body)
}

private func unchunked(_ body: Data) throws -> Data {
  var rest = body[...]
  var whole = Data()
  while let line = rest.range(of: Data("\r\n".utf8)) {
    let digits = String(decoding: rest[..<line.lowerBound], as: UTF8.self).prefix { $0 != ";" }
    guard let size = Int(digits, radix: 16), rest.endIndex - line.upperBound >= size + 2 else {
      break
    }
    if size == 0 { return whole }
    whole.append(rest[line.upperBound..<(line.upperBound + size)])
    rest = rest[(line.upperBound + size + 2)...]
  }
  throw LocalHTTP.Failure(description: "chunked body broken off after \(whole.count) bytes")
}

/// A TCP socket that is closed when the last reference goes.
private final class Socket {
  let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw LocalHTTP.Failure(description: "socket: errno \(errno)") }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  deinit { close(descriptor) }

  func connect(port: Int) throws {
    let status = unsafe withAddress(port) { unsafe Glibc.connect(descriptor, $0, $1) }
    guard status == 0 else { throw LocalHTTP.Failure(description: "connect: errno \(errno)") }
  }

  /// Whether the port was free and is ours now.
  func listen(port: Int) -> Bool {
    var yes: Int32 = 1
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(4))
    return unsafe withAddress(port) { unsafe bind(descriptor, $0, $1) } == 0
      && Glibc.listen(descriptor, 16) == 0
  }

  private func withAddress<Value>(
    _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}

/// A port of 127.0.0.1 on which somebody listens already, and never answers.
package final class TakenPort: Sendable {
  package let port: Int
  private let descriptor: Int32

  package init() throws {
    port = try freePort()
    let socket = try Socket()
    guard socket.listen(port: port) else {
      throw LocalHTTP.Failure(description: "port \(port) was free a moment ago")
    }
    descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)
  }

  deinit { close(descriptor) }
}

/// A port of 127.0.0.1 where nobody listens. Never the same one twice in a run, and below the range
/// that the kernel gives to outgoing connections, so nobody takes it before its server does.
package func freePort() throws -> Int {
  for _ in 0..<1_000 {
    let port = nextPort.withLock { next in
      next = next >= 29_999 ? 20_000 : next + 1
      return next
    }
    if try Socket().listen(port: port) { return port }
  }
  throw LocalHTTP.Failure(description: "no free port from 20000 to 29999")
}

private let nextPort = Mutex(20_000 + Int(getpid()) * 97 % 10_000)
