import Agent
import CurlTransport
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// `oauth2` through real sockets: the endpoint is spoken to in its own way.
@Suite struct TokenEndpointTests {
  private final class Seen: Sendable {
    let requests = Mutex<[Peer.Request]>([])
    func note(_ request: Peer.Request) { requests.withLock { $0.append(request) } }
  }

  private func endpoint(_ seen: Seen, token: String = "first-token") -> LoopbackServer {
    LoopbackServer { peer in
      while let request = peer.readRequest() {
        seen.note(request)
        peer.send(response(headers: [json], body: #"{"access_token":"\#(token)"}"#))
      }
    }
  }

  @Test func theTokenIsFetchedAndSent() async throws {
    let (asked, seen) = (Seen(), Seen())
    let endpoint = endpoint(asked)
    let server = LoopbackServer { peer in
      while let request = peer.readRequest() {
        seen.note(request)
        peer.send(response(headers: [json], body: discovery(id: request.id)))
      }
    }
    defer {
      endpoint.stop()
      server.stop()
    }
    let result = try await probe(server.url) { target in
      target.http.headers = [.init(name: "X-Own", value: Secret("mine"), isCredential: true)]
      target.http.hostHeader = "mcp.example"
      target.http.oauth2 = OAuth2Settings(
        clientID: "me", clientSecret: StoredSecret(Secret("hunter2")),
        tokenURL: "http://127.0.0.1:\(endpoint.port)/token")
    }
    #expect(result.outcome == .ok, "\(result.detail)")
    let request = try #require(asked.requests.withLock { $0.first })
    #expect(request.line == "POST /token HTTP/1.1")
    #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(request.headers["accept"] == "application/json")
    #expect(request.headers["host"] == "127.0.0.1:\(endpoint.port)")
    #expect(request.headers["x-own"] == nil && request.headers["mcp-method"] == nil)
    let probed = try #require(seen.requests.withLock { $0.first })
    #expect(probed.headers["authorization"] == "Bearer first-token")
    #expect(probed.headers["host"] == "mcp.example")
    #expect(probed.headers["x-own"] == "mine")
  }

  @Test func anEndpointThatIsNotThereIsATokenError() async throws {
    let server = LoopbackServer { $0.serve() }
    defer { server.stop() }
    let port = LoopbackServer.closedPort()
    let result = try await probe(server.url) { target in
      target.http.oauth2 = OAuth2Settings(
        clientID: "me", clientSecret: StoredSecret(Secret("hunter2")),
        tokenURL: "http://127.0.0.1:\(port)/token")
    }
    #expect(result.outcome == .tokenError)
    #expect(result.detail == "token: connect_refused: connect to 127.0.0.1:\(port) refused")
    #expect(server.accepted == 0)
  }

  @Test func theEndpointHasAProxyAndTrustOfItsOwn() async throws {
    let seen = Seen()
    let proxy = endpoint(seen)
    let server = LoopbackServer { $0.serve() }
    let secure = try await TLSServer(names: "IP:127.0.0.1")
    defer {
      proxy.stop()
      server.stop()
      secure.stop()
    }
    let result = try await probe(server.url) { target in
      var oauth2 = OAuth2Settings(
        clientID: "me", clientSecret: StoredSecret(Secret("hunter2")),
        tokenURL: "http://login.example/token")
      oauth2.proxyURL = Secret("http://127.0.0.1:\(proxy.port)")
      target.http.oauth2 = oauth2
    }
    #expect(result.outcome == .ok, "\(result.detail)")
    #expect(
      seen.requests.withLock { $0.first }?.line == "POST http://login.example/token HTTP/1.1")
    let untrusted = try await probe(server.url) { target in
      target.http.tls.insecureSkipVerify = true
      target.http.oauth2 = OAuth2Settings(
        clientID: "me", clientSecret: StoredSecret(Secret("hunter2")), tokenURL: secure.url)
    }
    #expect(untrusted.outcome == .tokenError)
    #expect(untrusted.detail.hasPrefix("token: tls_untrusted: "), "\(untrusted.detail)")
  }

  @Test func theEndpointIsHeldToTheAddressPolicy() async throws {
    let endpoint = endpoint(Seen())
    let server = LoopbackServer { $0.serve() }
    defer {
      endpoint.stop()
      server.stop()
    }
    var policy = AddressPolicy()
    policy.deny = [try IPNetwork("127.0.0.2")]
    let gate = AddressGate(policy)
    let probing = try Probing { $0.gate = gate }
    defer { probing.prober.stop() }
    probing.prober.start([
      try order(server.url) { target in
        target.http.oauth2 = OAuth2Settings(
          clientID: "me", clientSecret: StoredSecret(Secret("hunter2")),
          tokenURL: "http://127.0.0.2:\(endpoint.port)/token")
      }
    ])
    let result = try #require(try await probing.reports(count: 1).first).result
    #expect(result.outcome == .configError)
    #expect(
      result.detail
        == "token: address 127.0.0.2 of 127.0.0.2 is denied by address_policy")
  }
}
