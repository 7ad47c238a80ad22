import TestSupport

extension Scenario {
  /// Servers that give exactly one outcome, for those that the matrix has no fault for.
  static let outcomes: [Scenario] = [
    Scenario("ok", "a healthy stateless server"),
    Scenario("connection_closed", "takes the request and hangs up") { _ = $0.readRequest() },
    Scenario("connection_reset", "takes the request and resets") { peer in
      _ = peer.readRequest()
      peer.reset()
    },
    Scenario("http_protocol_error", "does not speak HTTP") { peer in
      _ = peer.readRequest()
      peer.send("220 mail.example ESMTP\r\n\r\n")
    },
    Scenario("auth_required", "401 with a challenge") { peer in
      peer.refuseEach("401 Unauthorized", headers: [bearer], "who are you")
    },
    Scenario("insufficient_scope", "403 that names a scope") { peer in
      peer.refuseEach(
        "403 Forbidden", headers: [#"\#(bearer), error="insufficient_scope", scope="user""#])
    },
    Scenario("forbidden", "403") { $0.refuseEach("403 Forbidden", "not you") },
    Scenario("host_rejected", "421") {
      $0.refuseEach("421 Misdirected Request", "Invalid Host header")
    },
    Scenario("host_forbidden", "403 for its Host") {
      $0.refuseEach("403 Forbidden", "forbidden: host not allowed")
    },
    Scenario("not_found", "404 for everything") { $0.refuseEach("404 Not Found", "no such page") },
    Scenario("method_not_allowed", "405 for everything") {
      $0.refuseEach("405 Method Not Allowed")
    },
    Scenario("http_4xx", "415 for everything") { $0.refuseEach("415 Unsupported Media Type") },
    Scenario("bad_gateway", "502") { $0.refuseEach("502 Bad Gateway", "upstream is gone") },
    Scenario("gateway_timeout", "504") { $0.refuseEach("504 Gateway Timeout") },
    Scenario("http_5xx", "500") { $0.refuseEach("500 Internal Server Error", "Traceback") },
    Scenario("proxy_error", "407, as a proxy that wants credentials") { peer in
      peer.refuseEach("407 Proxy Authentication Required")
    },
    Scenario("malformed_json", "half a JSON text") { peer in
      peer.answerEach("application/json") { _ in "{\"jsonrpc\":\"2.0\",\"id\":" }
    },
    Scenario("jsonrpc_invalid", "a result that is no object") { peer in
      peer.answerEach("application/json") { #"{"jsonrpc":"2.0","id":\#($0.id),"result":7}"# }
    },
    Scenario("jsonrpc_error", "an internal error of JSON-RPC") { peer in
      peer.answerEach("application/json") { failure($0.id, -32603, "the backend is gone") }
    },
    Scenario("result_invalid", "a result without what it must have") { peer in
      peer.answerEach("application/json") { result($0.id, "") }
    },
    Scenario("protocol_version_unsupported", "speaks only a revision of 2031") { peer in
      peer.answerEach("application/json") {
        result($0.id, #""resultType":"complete","supportedVersions":["2031-01-01"]"#)
      }
    },
    Scenario("response_missing", "202 for every request") { $0.refuseEach("202 Accepted") },
    Scenario("sse_closed", "a stream that ends before the answer") { peer in
      while peer.readRequest() != nil {
        peer.openStream([event(notification)])
        guard peer.send("0\r\n\r\n") else { return }
      }
    },
    Scenario("session_lost", "forgets each session at once") { peer in
      peer.answerEach { request in
        switch request.method {
        case "initialize":
          response(
            headers: [json, "Mcp-Session-Id: short-lived"],
            body: initialization(request.id))
        case initialized: response("202 Accepted", body: "")
        default: response("404 Not Found", body: "Session not found")
        }
      }
    },
    Scenario("session_taken", "has one session, and it is another client's") { peer in
      peer.answerEach { request in
        let isFirst = request.method == "initialize"
        return response(
          "400 Bad Request", headers: [json],
          body: isFirst
            ? failure(request.id, -32600, "Invalid Request: Server already initialized")
            : unknown(request))
      }
    },
    held("sse_no_endpoint", "a stream of the old transport that names no endpoint") { _ in
      ": welcome\n\n"
    },
    held("sse_endpoint_invalid", "a stream that points to another origin") { port in
      "event: endpoint\ndata: http://localhost:\(port)/messages\n\n"
    },
    held("sse_endpoint_unparsable", "a stream whose endpoint is no URL") { _ in
      "event: endpoint\ndata: http://[::bad/\n\n"
    },
    Scenario("token_error", "a token endpoint that knows no client") { peer in
      peer.answerEach { _ in
        response("401 Unauthorized", headers: [json], body: #"{"error":"invalid_client"}"#)
      }
    },
  ]

  private static let bearer = #"WWW-Authenticate: Bearer realm="mcp""#

  /// A server of the old transport: what its stream begins with, then silence; POSTs are 405.
  private static func held(
    _ id: String, _ sentence: String, _ first: @escaping @Sendable (Int) -> String
  ) -> Scenario {
    Scenario(id, sentence) { peer in
      while let request = peer.readRequest() {
        guard request.line.hasPrefix("GET ") else {
          peer.send(response("405 Method Not Allowed", body: ""))
          continue
        }
        peer.openStream([first(peer.port)])
        return peer.waitForEnd()
      }
    }
  }
}
