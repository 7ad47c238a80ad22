import Dispatch
package import Signals
import Synchronization

/// A receiver of webhooks on 127.0.0.1: records every request, and answers as a test says.
package final class ScriptedReceiver: Sendable {
  package enum Answer: Sendable {
    case status(Int, headers: [String] = [], body: String = "")
    /// None, while the connection stays open.
    case hang
    /// The connection is reset.
    case reset
    /// The message is taken, and the connection ends before the answer is on its way.
    case lost
  }

  package struct Request: Sendable {
    /// From 0, in order of arrival.
    package let number: Int
    /// When all of it had arrived, by the kernel's monotonic clock, which is the agent's too.
    package let arrivedAt: MonotonicInstant
    package let line: String
    /// Names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]

    package var idempotencyKey: String? { headers["idempotency-key"] }
    package var timestamp: String? { headers["x-breakwater-timestamp"] }
    package var signature: String? { headers["x-breakwater-signature"] }
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  private final class Record: Sendable {
    let requests = Mutex<[Request]>([])

    func add(_ request: Peer.Request) -> Request {
      requests.withLock { requests in
        let new = Request(
          number: requests.count,
          arrivedAt: MonotonicInstant(
            nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)),
          line: request.line, headers: request.headers, body: request.body)
        requests.append(new)
        return new
      }
    }
  }

  private let record: Record
  private let server: LoopbackServer

  /// `port` of 0 is one that is free. `answer` is asked on threads of the server.
  package init(port: Int = 0, answer: @escaping @Sendable (Request) -> Answer) {
    let record = Record()
    self.record = record
    server = LoopbackServer(port: port) { peer in
      while let request = peer.readRequest() {
        switch answer(record.add(request)) {
        case .status(let status, let headers, let body):
          let lines = ["HTTP/1.1 \(status) Scripted", "Content-Length: \(body.utf8.count)"]
          peer.send((lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + body)
        case .hang: return peer.waitForEnd()
        case .reset: return peer.reset()
        case .lost: return peer.close()
        }
      }
    }
  }

  /// Answers the first requests from the list, and all later ones with `then`.
  package convenience init(_ answers: [Answer] = [], then: Answer = .status(200)) {
    self.init { request in
      request.number < answers.count ? answers[request.number] : then
    }
  }

  deinit { server.stop() }

  package var port: Int { server.port }
  package var url: String { "http://127.0.0.1:\(port)/hook" }
  /// Connections made so far.
  package var accepted: Int { server.accepted }
  /// In order of arrival.
  package var requests: [Request] { record.requests.withLock { $0 } }

  /// The requests, as soon as there are so many; throws when there are too few after `limit`.
  package func requests(
    count: Int, within limit: Duration = .seconds(60),
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> [Request] {
    try await until("\(count) webhooks", within: limit) { self.requests.count >= count }
    return requests
  }

  /// Ends every connection and takes no new ones.
  package func stop() { server.stop() }
}
