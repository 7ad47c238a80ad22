import Logging
import ServiceLifecycle
import Testing
import WebServer

/// A real server on a port of the kernel's choice, and the ways to talk to it.
struct Peer: Sendable {
  let ports: [Int]

  var port: Int { ports.first ?? 0 }

  /// One request on a connection of its own.
  func send(_ method: String, _ path: String, _ headers: [String] = []) async throws -> Answer {
    let port = self.port
    return try await offPool {
      let client = try RawClient(port: port)
      let lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers
      try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
      return try client.response(toHead: method == "HEAD")
    }
  }

  /// A form on a connection of its own.
  func post(
    _ path: String, form: String, type: String = "application/x-www-form-urlencoded"
  ) async throws -> Answer {
    let port = self.port
    return try await offPool {
      let client = try RawClient(port: port)
      try client.send(
        "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: \(type)\r\n"
          + "Content-Length: \(form.utf8.count)\r\n\r\n\(form)")
      return try client.response()
    }
  }

  func get(_ path: String, _ headers: [String] = []) async throws -> Answer {
    try await send("GET", path, headers)
  }

  /// Asks for `/metrics` again and again, and takes next to nothing of the answers.
  func stoppedReader(asking times: Int) async throws -> Kept {
    let port = self.port
    return try await offPool {
      let client = try RawClient(port: port)
      client.shrinkReceiveBuffer()
      for _ in 0..<times { try client.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n") }
      return Kept(client)
    }
  }

  /// Bytes as they are; gives everything until the server closes.
  func exchange(_ request: String) async throws -> String {
    let port = self.port
    return try await offPool {
      let client = try RawClient(port: port)
      try client.send(request)
      return String(decoding: try client.readToEnd(), as: UTF8.self)
    }
  }
}

/// Runs the server for the length of `body`, and ends it as a deployment would.
func serving(
  _ agent: FakeAgent, queries: (any QuerySource)? = nil,
  _ change: (inout WebSettings) throws -> Void = { _ in },
  _ body: (Peer) async throws -> Void
) async throws {
  var settings = WebSettings(listen: [ListenAddress(host: "127.0.0.1", port: 0)])
  settings.hostNames = ["a"]  // what requests written by hand ask for
  try change(&settings)
  let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  let server = WebServer(settings: settings, agent: agent, queries: queries, logger: logger)
  let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
  async let run: Void = group.run()
  let peer = Peer(ports: try await server.addresses().map(\.port))
  let result: Result<Void, any Error>
  do {
    try await body(peer)
    result = .success(())
  } catch {
    result = .failure(error)
  }
  await group.triggerGracefulShutdown()
  try await run
  try result.get()
}

extension Answer {
  func expect(status: Int, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(self.status == status, sourceLocation: sourceLocation)
  }
}

/// Keeps a client open while other threads work; it is used by one at a time.
final class Kept: @unchecked Sendable {
  let client: RawClient

  init(_ client: RawClient) { self.client = client }
}
