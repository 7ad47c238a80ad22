import CurlTransport
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// What a request says, and what a response's head makes of it.
@Suite struct RequestTests {
  /// The request that a healthy server got.
  private func request(
    change: (inout ProbeTarget) -> Void = { _ in }
  ) async throws -> (request: Peer.Request, result: ProbeResult, port: Int) {
    let seen = Seen()
    let server = LoopbackServer { peer in
      guard let request = peer.readRequest() else { return }
      seen.requests.withLock { $0.append(request) }
      peer.send(response(headers: [json], body: discovery(id: request.id)))
      peer.waitForEnd()
    }
    defer { server.stop() }
    let result = try await probe(server.url, change: change)
    let first = try #require(seen.requests.withLock { $0.first })
    return (first, result, server.port)
  }

  private final class Seen: Sendable {
    let requests = Mutex<[Peer.Request]>([])
  }

  @Test func theCommonHeadersAreThereAndNoOthers() async throws {
    let (request, result, port) = try await request()
    #expect(result.outcome == .ok)
    #expect(request.line == "POST /mcp HTTP/1.1")
    #expect(request.headers["host"] == "127.0.0.1:\(port)")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["accept"] == "application/json, text/event-stream")
    #expect(request.headers["user-agent"] == "breakwater/1.2.3")
    #expect(request.headers["mcp-protocol-version"] == "2026-07-28")
    for name in ["expect", "accept-encoding", "origin", "cookie", "authorization"] {
      #expect(request.headers[name] == nil, "\(name)")
    }
  }

  @Test func theHostHeaderAndFurtherHeadersAreAsConfigured() async throws {
    let (request, _, _) = try await request { target in
      target.http.hostHeader = "mcp.example"
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer hunter2"), isCredential: true),
        .init(name: "X-Empty", value: Secret(""), isCredential: false),
      ]
    }
    #expect(request.headers["host"] == "mcp.example")
    #expect(request.headers["authorization"] == "Bearer hunter2")
    #expect(request.headers["x-empty"] == "")
  }

  @Test func aHeaderThatWouldBecomeTwoIsOurFaultAndNotShown() async throws {
    let result = try await probe("http://127.0.0.1:9/") { target in
      target.http.headers = [
        .init(name: "X-Key", value: Secret("hunter2\r\nX-Other: 1"), isCredential: true)
      ]
    }
    #expect(result.outcome == .configError)
    #expect(result.detail.contains("X-Key"))
    #expect(!result.detail.contains("hunter2"))
  }

  @Test func connectToLeadsTheConnectionElsewhere() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let result = try await probe("http://mcp.invalid:1234/mcp") { target in
      target.http.connectTo = "mcp.invalid:1234:127.0.0.1:\(server.port)"
    }
    #expect(result.outcome == .ok)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "http://", "gopher://127.0.0.1:70/"])
  func onlyHTTPIsSpoken(url: String) async throws {
    let result = try await probe(url)
    #expect(result.outcome == .configError)
  }

  @Test func aProxyThatIsNotThereIsOurFaultAndItsPasswordIsNotShown() async throws {
    let port = LoopbackServer.closedPort()
    let result = try await probe("http://mcp.invalid/mcp") { target in
      target.http.proxyURL = Secret("http://user:hunter2@127.0.0.1:\(port)")
    }
    #expect(result.outcome == .proxyError)
    #expect(!result.detail.contains("hunter2"))
  }

  @Test(arguments: ["nonsense://user:hunter2@127.0.0.1:1", "http://user:hunter2@127.0.0.1:x"])
  func aProxyURLThatIsNoneIsNotShown(proxy: String) async throws {
    let result = try await probe("http://mcp.invalid/mcp") { $0.http.proxyURL = Secret(proxy) }
    #expect(result.outcome.verdict == .hold)
    #expect(!result.detail.contains("hunter2"))
  }

  @Test func aProxyThatDemandsCredentialsIsOurFault() async throws {
    let server = LoopbackServer { peer in
      _ = peer.readRequest()
      peer.send(response("407 Proxy Authentication Required", body: ""))
      peer.waitForEnd()
    }
    defer { server.stop() }
    for scheme in ["http", "https"] {
      let result = try await probe("\(scheme)://mcp.invalid/mcp") { target in
        target.http.proxyURL = Secret("http://127.0.0.1:\(server.port)")
      }
      #expect(result.outcome == .proxyError, "\(scheme)")
      #expect(result.detail.contains("407"))
    }
  }

  @Test func aRedirectOfTheSameOriginIsFollowedByTheScript() async throws {
    let result = try await probe { peer in
      while let request = peer.readRequest() {
        if request.line.hasPrefix("POST /mcp/ ") {
          peer.send(response(headers: [json], body: discovery(id: request.id)))
        } else {
          peer.send(response("307 Temporary Redirect", headers: ["Location: /mcp/"], body: ""))
        }
      }
    }
    #expect(result.outcome == .ok)
  }

  @Test(arguments: ["http://127.0.0.1:9/elsewhere", "file:///etc/passwd", "//evil.invalid/"])
  func aRedirectElsewhereIsNotFollowed(location: String) async throws {
    let result = try await probe { peer in
      while peer.readRequest() != nil {
        peer.send(response("307 Temporary Redirect", headers: ["Location: \(location)"], body: ""))
      }
    }
    #expect(result.outcome == .redirectBlocked)
  }
}
