import Agent
import CurlTransport
import FaultServers
import MCPWire
import Signals
import TestSupport
import Testing

/// How an outcome is brought about.
enum Way: Sendable {
  /// By the server of this scenario.
  case server(
    String, knows: Acquaintance = .stateless, purpose: ProbePurpose = .liveness,
    timeout: Duration = .seconds(60),
    change: @Sendable (inout ProbeTarget) -> Void = { _ in })
  /// By this URL alone.
  case url(String)
  /// By what else it takes.
  case other(@Sendable () async throws -> ProbeOutcome?)
}

/// Every outcome is reached, through real sockets.
@Suite("Outcomes", .serialized) struct OutcomeTests {
  @Test("each is reached", arguments: ProbeOutcome.allCases)
  func reached(outcome: ProbeOutcome) async throws {
    let way = try #require(Self.ways[outcome], "no way to \(outcome.rawValue)")
    #expect(try await Self.end(of: way) == outcome)
  }

  private static func end(of way: Way) async throws -> ProbeOutcome? {
    switch way {
    case .url(let url): return try await probe(url).outcome
    case .other(let body): return try await body()
    case .server(let id, let knows, let purpose, let timeout, let change):
      return try await withFault(id) { server, probing in
        try await probing.result(
          of: server, knows: knows, purpose: purpose, timeout: timeout, change: change
        ).outcome
      }
    }
  }

  private static let ways: [ProbeOutcome: Way] = [
    .ok: .server("ok"),
    .dnsError: .url("http://no-such-host.invalid/mcp"),
    .dnsTimeout: .other(silentResolver),
    .connectRefused: .server("T1"),
    .connectUnreachable: .other(broadcast),
    .connectTimeout: .server("T2", timeout: .seconds(3)),
    .tlsUntrusted: .server("T19-unknown"),
    .tlsExpired: .server("T19-expired"),
    .tlsHostMismatch: .server("T19-host"),
    .tlsHandshake: .server("T20-alert"),
    .tlsTimeout: .server("T20", timeout: .seconds(3)),
    .tlsClientCert: .server("T19-mutual"),
    .connectionClosed: .server("connection_closed"),
    .httpProtocolError: .server("http_protocol_error"),
    .timeout: .server("T3", timeout: .seconds(3)),
    .timeoutBody: .server("T5", timeout: .seconds(3)),
    .truncated: .server("T10-long"),
    .redirectBlocked: .server("T12-found"),
    .authRequired: .server("auth_required"),
    .authInvalid: .server("auth_required") { target in
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer x"), isCredential: true)
      ]
    },
    .insufficientScope: .server("insufficient_scope"),
    .forbidden: .server("forbidden"),
    .hostRejected: .server("host_rejected"),
    .notFound: .server("not_found", knows: .nothing),
    .methodNotAllowed: .server("method_not_allowed", knows: .nothing),
    .http4xx: .server("http_4xx", knows: .nothing),
    .rateLimited: .server("T31-429"),
    .unavailable: .server("T31-503"),
    .badGateway: .server("bad_gateway"),
    .http5xx: .server("http_5xx"),
    .notMCP: .server("T24-html"),
    .malformedJSON: .server("malformed_json"),
    .jsonrpcInvalid: .server("jsonrpc_invalid"),
    .jsonrpcError: .server("jsonrpc_error"),
    .resultInvalid: .server("result_invalid"),
    .protocolVersionUnsupported: .server("protocol_version_unsupported"),
    .responseMissing: .server("response_missing"),
    .responseTooLarge: .server("T25-large"),
    .sseClosed: .server("sse_closed"),
    .sseNoEndpoint: .server("sse_no_endpoint", knows: .nothing) { $0.transport = .sse },
    .sseEndpointInvalid: .server("sse_endpoint_invalid", knows: .nothing) { $0.transport = .sse },
    .sessionLost: .server("session_lost", knows: .session),
    .sessionTaken: .server("session_taken", knows: .nothing),
    .paginationLoop: .server("T26-loop", purpose: .catalogue),
    .assertionFailed: .server("ok") { $0.expectsAuth = true },
    .tokenError: .server("token_error") { target in
      target.http.oauth2 = OAuth2Settings(
        clientID: "agent", clientSecret: StoredSecret(Secret("x")), tokenURL: target.url)
    },
    .proxyError: .other(greedyProxy),
    .configError: .server("ok") { target in
      target.http.headers = [
        .init(name: "X-Two", value: Secret("a\r\nX-Lines: b"), isCredential: false)
      ]
    },
    .internalError: .other(tooManyOrders),
    .cancelled: .other(stoppedOnTheWay),
  ]
}

/// The kernel itself refuses a stream to the broadcast address, once our own policy lets it.
private func broadcast() async throws -> ProbeOutcome? {
  var policy = AddressPolicy()
  policy.allow = [try IPNetwork("255.255.255.255")]
  let probing = try Probing { $0.gate = AddressGate(policy) }
  defer { probing.prober.stop() }
  probing.prober.start([try order("http://255.255.255.255/mcp")])
  return try await probing.reports(count: 1).first?.result.outcome
}

/// The server is asked as a proxy.
private func greedyProxy() async throws -> ProbeOutcome? {
  try await withFault("proxy_error") { server, _ in
    try await probe("http://mcp.invalid/mcp") { target in
      target.http.proxyURL = Secret(String(server.url.dropLast(4)))
    }.outcome
  }
}

private func tooManyOrders() async throws -> ProbeOutcome? {
  try await withFault("T3") { server, _ in
    let probing = try Probing { $0.ordersMax = 1 }
    defer { probing.prober.stop() }
    probing.prober.start([try order(server.url, mcp: 1), try order(server.url, mcp: 2)])
    return try await probing.reports(count: 1).first?.result.outcome
  }
}

private func stoppedOnTheWay() async throws -> ProbeOutcome? {
  try await withFault("T3") { server, probing in
    probing.prober.start([try order(server.url)])
    try await until("the request is there") { server.requests.count == 1 }
    probing.prober.stop()
    return probing.reports.first?.result.outcome
  }
}

/// A resolver that is asked and says nothing takes a machine of its own, and a process on it.
private func silentResolver() async throws -> ProbeOutcome? {
  // NetworkTests says that it skips.
  guard Machine.isAllowed else { return .dnsTimeout }
  let answer = try await Machine.probe("http://silent.example/mcp", timeout: "3s")
  return answer["outcome"].string.flatMap(ProbeOutcome.init)
}
