/// What an outcome says about the server, and so what the breaker does with it (CONTRACT.md 4).
package enum Verdict: String, CaseIterable, Sendable {
  /// Required steps were answered: a success.
  case up
  /// It answers, but not for us (401, 403, 429...): not counted, and a trial passes.
  case neutral
  /// Our own fault: says nothing about the server, everything stays as it was.
  case hold
  /// Other clients would fail too: a failure.
  case down
}

/// How a probe ended: the closed set of reference/mcp-probing.md section 3, used as label value.
package enum ProbeOutcome: String, CaseIterable, Sendable {
  case ok
  // Network.
  case dnsError = "dns_error"
  case dnsTimeout = "dns_timeout"
  case connectRefused = "connect_refused"
  case connectUnreachable = "connect_unreachable"
  case connectTimeout = "connect_timeout"
  case tlsUntrusted = "tls_untrusted"
  case tlsExpired = "tls_expired"
  case tlsHostMismatch = "tls_host_mismatch"
  case tlsHandshake = "tls_handshake"
  case tlsTimeout = "tls_timeout"
  case tlsClientCert = "tls_client_cert"
  case connectionClosed = "connection_closed"
  case httpProtocolError = "http_protocol_error"
  case timeout
  case timeoutBody = "timeout_body"
  case truncated
  // HTTP.
  case redirectBlocked = "redirect_blocked"
  case authRequired = "auth_required"
  case authInvalid = "auth_invalid"
  case insufficientScope = "insufficient_scope"
  case forbidden
  case hostRejected = "host_rejected"
  case notFound = "not_found"
  case methodNotAllowed = "method_not_allowed"
  case http4xx = "http_4xx"
  case rateLimited = "rate_limited"
  case unavailable
  case badGateway = "bad_gateway"
  case http5xx = "http_5xx"
  // Protocol.
  case notMCP = "not_mcp"
  case malformedJSON = "malformed_json"
  case jsonrpcInvalid = "jsonrpc_invalid"
  case jsonrpcError = "jsonrpc_error"
  case resultInvalid = "result_invalid"
  case protocolVersionUnsupported = "protocol_version_unsupported"
  case responseMissing = "response_missing"
  case responseTooLarge = "response_too_large"
  case sseClosed = "sse_closed"
  case sseNoEndpoint = "sse_no_endpoint"
  case sseEndpointInvalid = "sse_endpoint_invalid"
  case sessionLost = "session_lost"
  case sessionTaken = "session_taken"
  case paginationLoop = "pagination_loop"
  case assertionFailed = "assertion_failed"
  // Ours.
  case tokenError = "token_error"
  case proxyError = "proxy_error"
  case configError = "config_error"
  case internalError = "internal_error"
  case cancelled
}

extension ProbeOutcome {
  /// The verdict of the outcome.
  package var verdict: Verdict {
    switch self {
    case .ok: .up
    case .tlsClientCert, .redirectBlocked, .authRequired, .authInvalid, .insufficientScope,
      .forbidden, .hostRejected, .rateLimited, .protocolVersionUnsupported, .responseTooLarge,
      .sessionTaken, .paginationLoop, .assertionFailed:
      .neutral
    case .tokenError, .proxyError, .configError, .internalError, .cancelled: .hold
    case .dnsError, .dnsTimeout, .connectRefused, .connectUnreachable, .connectTimeout,
      .tlsUntrusted, .tlsExpired, .tlsHostMismatch, .tlsHandshake, .tlsTimeout, .connectionClosed,
      .httpProtocolError, .timeout, .timeoutBody, .truncated, .notFound, .methodNotAllowed,
      .http4xx, .unavailable, .badGateway, .http5xx, .notMCP, .malformedJSON, .jsonrpcInvalid,
      .jsonrpcError, .resultInvalid, .responseMissing, .sseClosed, .sseNoEndpoint,
      .sseEndpointInvalid, .sessionLost:
      .down
    }
  }
}

/// The step of a probe that an outcome belongs to.
package enum ProbeStage: String, CaseIterable, Sendable {
  case resolve, connect, tls
  case discover, initialize, initialized, ping
  case toolsList = "tools_list"
  case promptsList = "prompts_list"
  case resourcesList = "resources_list"
  case resourceTemplatesList = "resource_templates_list"
  /// A check.
  case toolsCall = "tools_call"
  /// Opening the stream of the old transport, and waiting on it.
  case sseOpen = "sse_open"
  case sseStream = "sse_stream"
  /// Fetching an access token.
  case token
  case delete
}

/// Something odd that did not keep the probe from succeeding.
package enum ProbeWarning: String, CaseIterable, Sendable {
  case contentTypeWrong = "content_type_wrong"
  case idTypeWrong = "id_type_wrong"
  case sseUnterminated = "sse_unterminated"
  case pingUnsupported = "ping_unsupported"
  case sessionReinit = "session_reinit"
  case initializedRejected = "initialized_rejected"
  case redirected
  /// Tools, or their schemas, beyond what is kept of a listing.
  case toolsLeftOut = "tools_left_out"
}
