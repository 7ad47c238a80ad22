package import TestSupport

/// A scenario on a port of its own.
package final class FaultServer: Sendable {
  package let url: String
  /// The authority that its certificate is from; `nil` without TLS, and when nobody shall trust it.
  package let authority: String?
  private let server: LoopbackServer?
  private let front: TLSFront?

  package init(_ scenario: Scenario) async throws {
    switch scenario.wire {
    case .closed:
      (server, front, authority) = (nil, nil, nil)
      url = "http://127.0.0.1:\(LoopbackServer.closedPort())/mcp"
      return
    case .unaccepted:
      server = LoopbackServer(accepts: false, scenario.serve)
    case .full:
      server = LoopbackServer(backlog: 0, accepts: false, scenario.serve)
      server?.fillBacklog()
    case .plain, .tls, .bareHTTPS:
      server = LoopbackServer(keepsOpen: false, scenario.serve)
    }
    let port = server?.port ?? 0
    switch scenario.wire {
    case .tls(let settings):
      let front = try await TLSFront(before: port, settings)
      self.front = front
      authority = settings.isTrusted ? front.authority : nil
      url = "https://127.0.0.1:\(front.port)/mcp"
    case .bareHTTPS:
      (front, authority) = (nil, nil)
      url = "https://127.0.0.1:\(port)/mcp"
    case .plain, .closed, .unaccepted, .full:
      (front, authority) = (nil, nil)
      url = "http://127.0.0.1:\(port)/mcp"
    }
  }

  /// Connections that reached the script.
  package var accepted: Int { server?.accepted ?? 0 }
  /// Bytes that the client, or the kernel for it, has taken.
  package var bytesSent: Int { server?.bytesSent ?? 0 }
  /// The latest requests that the script has read.
  package var requests: [Peer.Request] { server?.requests ?? [] }

  package func stop() {
    server?.stop()
    front?.stop()
  }
}
