/// What a status of 300 or more means for a probe.
struct StatusTrouble {
  let head: ResponseHead
  let redirectURL: String?
  /// The JSON-RPC error in the body, if there is one.
  let error: RPCError?
  let body: String

  /// Whether a JSON-RPC error in the body says more than the status itself.
  static func leavesWord(to status: Int) -> Bool {
    switch status {
    case 401, 403, 405, 407, 421, 429: false
    default: (400..<500).contains(status)
    }
  }

  var trouble: Trouble {
    var trouble = Trouble(outcome, detail)
    trouble.jsonrpcCode = error.flatMap { Int(exactly: $0.code) }
    return trouble
  }

  private var outcome: ProbeOutcome {
    switch head.status {
    case 300..<400: .redirectBlocked
    case 401: .authRequired
    case 403 where Self.asksForScope(head): .insufficientScope
    case 403 where PlainText.hasWord(["host", "origin"], in: body): .hostRejected
    case 403: .forbidden
    case 404, 410: .notFound
    case 405: .methodNotAllowed
    case 407: .proxyError
    case 421: .hostRejected
    case 429: .rateLimited
    case 400..<500: .http4xx
    case 503: .unavailable
    case 502, 504, 520...524: .badGateway
    case 500..<600: .http5xx
    default: .httpProtocolError
    }
  }

  private static func asksForScope(_ head: ResponseHead) -> Bool {
    AuthChallenge.parse(head.challenges).contains { $0["error"] == "insufficient_scope" }
  }

  private var detail: String {
    var text = "HTTP \(head.status)"
    if let redirectURL {
      text += " to \(URLOrigin.shown(redirectURL))"
    } else if let challenge = AuthChallenge.parse(head.challenges).first {
      text += ", \(challenge.scheme)"
      for name in ["error", "scope", "resource_metadata"] {
        if let value = challenge[name] { text += " \(name)=\(value)" }
      }
    }
    if let error {
      text += ", JSON-RPC error \(error.code): \(error.message)"
    } else if !body.isEmpty {
      text += ": \(body)"
    }
    return text
  }
}

extension ResponseHead {
  /// Whether it carries a well-formed authentication challenge.
  var hasChallenge: Bool { !AuthChallenge.parse(challenges).isEmpty }

  /// `Retry-After`, kept between a second and an hour.
  var retryDelay: Duration? {
    guard let text = retryAfter?.filter({ $0 != " " }), !text.isEmpty,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return .seconds(min(max(Int64(text) ?? .max, 1), 3600))
  }
}
