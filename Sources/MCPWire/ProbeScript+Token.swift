import Signals

/// Where a probe stands with the token that its requests carry.
struct TokenProgress: Sendable {
  /// The request under way asks for one.
  var isUnderWay = false
  var answer = TokenAnswer()
  /// One was asked for in this probe: another one would fare no better.
  var hasAsked = false
  /// Tokens that the server has refused; it may quote them.
  var refused: [Secret] = []
}

extension ProbeScript {
  /// How far into a token's life the next one is asked for.
  private static let renewalShare = 0.8

  /// Whether the next request must be one for a token.
  var needsToken: Bool {
    guard let oauth2 = target.http.oauth2, purpose != .endSession, !token.hasAsked else {
      return false
    }
    guard let known = memory.token, known.settings == fingerprint(of: oauth2) else { return true }
    return known.renewAt <= now
  }

  /// The extension of MCP that this client uses, to be declared.
  var extensions: StaticString? {
    target.http.oauth2 == nil ? nil : "io.modelcontextprotocol/oauth-client-credentials"
  }

  /// The request to the token endpoint.
  mutating func tokenRequest(_ oauth2: OAuth2Settings) -> ProbeRequest {
    token.isUnderWay = true
    token.hasAsked = true
    token.answer = TokenAnswer()
    exchange = Exchange(id: nil, bodyLimit: Self.answerBytesMax)
    var headers: [(name: String, value: String)] = []
    if oauth2.method == .basic {
      let login = [oauth2.clientID, oauth2.clientSecret.value.exposed].map(FormText.encoded)
      headers.append(("Authorization", "Basic " + Base64.encode(login.joined(separator: ":").utf8)))
    }
    return ProbeRequest(
      method: .post, url: oauth2.tokenURL, headers: headers, body: Array(form(oauth2).utf8),
      stage: .token, bodyLimit: TokenAnswer.bodyLimit)
  }

  /// The request with the token that it needs.
  func authorized(_ request: ProbeRequest) -> ProbeRequest {
    guard target.http.oauth2 != nil, request.stage != .token, let token = memory.token
    else { return request }
    var request = request
    request.headers.append(("Authorization", "Bearer \(token.value.exposed)"))
    return request
  }

  /// The transfer from the token endpoint is over: the step that needed the token comes next.
  mutating func finishedToken(_ end: TransferEnd) {
    token.isUnderWay = false
    guard let oauth2 = target.http.oauth2 else { return }
    if case .failed(let failure) = end, failure.outcome != .responseTooLarge {
      return failToken(failure)
    }
    switch token.answer.reading {
    case .token(let value, let lifetime):
      let share = lifetime.multiplied(by: Self.renewalShare, atMost: lifetime)
      memory.token = AccessToken(
        value: value, renewAt: now.advanced(by: share), settings: fingerprint(of: oauth2))
    case .refused(let why):
      memory.token = nil
      var failure = Failure(.tokenError, why, stage: .token)
      failure.isTransfer = true
      failure.retryAfter = token.answer.head?.retryDelay
      conclude(failure)
    }
  }

  private mutating func failToken(_ transfer: TransferFailure) {
    let isOurs = [.configError, .internalError, .cancelled].contains(transfer.outcome)
    let text = isOurs ? transfer.detail : "\(transfer.outcome.rawValue): \(transfer.detail)"
    var failure = Failure(isOurs ? transfer.outcome : .tokenError, text, stage: .token)
    failure.isTransfer = true
    conclude(failure)
  }

  /// Whether the server has refused a kept token: the same step is done again with another one.
  mutating func isToTryAnotherToken() -> Bool {
    guard exchange.head?.status == 401, !target.expectsAuth, !token.hasAsked,
      purpose != .endSession, let old = memory.token
    else { return false }
    token.refused.append(old.value)
    memory.token = nil
    return true
  }

  private func form(_ oauth2: OAuth2Settings) -> String {
    var fields = [("grant_type", "client_credentials")]
    if oauth2.method == .post {
      fields.append(("client_id", oauth2.clientID))
      fields.append(("client_secret", oauth2.clientSecret.value.exposed))
    }
    let resource = oauth2.resource ?? String(target.url.prefix { $0 != "#" })
    if !resource.isEmpty { fields.append(("resource", resource)) }
    if !oauth2.scopes.isEmpty {
      fields.append(("scope", oauth2.scopes.joined(separator: " ")))
    }
    fields += oauth2.parameters.map { ($0.name, $0.value.exposed) }
    return fields.map { "\(FormText.encoded($0.0))=\(FormText.encoded($0.1))" }
      .joined(separator: "&")
  }

  private func fingerprint(of oauth2: OAuth2Settings) -> UInt64 {
    var hash = StableHash(of: oauth2.tokenURL)
    hash.combine(oauth2.method.rawValue)
    hash.combine(oauth2.clientID)
    hash.combine(oauth2.clientSecret.value.exposed)
    hash.combine(form(oauth2))
    return hash.mixed
  }
}

/// Text as in a form (application/x-www-form-urlencoded).
enum FormText {
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2a, 0x2d, 0x2e, 0x5f:
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x20: encoded += "+"
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        encoded += byte < 16 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return encoded
  }
}
