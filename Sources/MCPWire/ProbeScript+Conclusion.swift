import Signals

/// Why a probe did not succeed, before it is made into a result.
struct Failure: Equatable, Sendable {
  var outcome: ProbeOutcome
  /// What came, for a person; cleaned and cut at the end.
  var text: String
  /// Where; `nil` is the current request's stage.
  var stage: ProbeStage?
  var code: Int64?
  /// The transfer itself failed.
  var isTransfer = false
  var status: Int?
  var retryAfter: Duration?

  init(_ outcome: ProbeOutcome, _ text: String, stage: ProbeStage? = nil, code: Int64? = nil) {
    self.outcome = outcome
    self.text = text
    self.stage = stage
    self.code = code
  }
}

extension ProbeScript {
  func failure(of answer: Answer) -> Failure {
    switch answer {
    case .error(let error): failure(of: error)
    case .trouble(let trouble): failure(of: trouble)
    case .result, .accepted, .redirect: Failure(.jsonrpcInvalid, "an answer to nothing asked")
    }
  }

  func failure(of error: RPCError) -> Failure {
    var text = "JSON-RPC error \(error.code): \(error.message)"
    if let status = exchange.head?.status, status != 200 { text = "HTTP \(status), " + text }
    if error.code == RPCError.headerMismatch {
      text += " (does a proxy on the way drop Mcp-Method?)"
    }
    return Failure(error.isRateLimit ? .rateLimited : .jsonrpcError, text, code: error.code)
  }

  func failure(of trouble: Trouble) -> Failure {
    let isRefused = trouble.outcome == .authRequired && target.http.hasCredentials
    var failure = Failure(
      isRefused ? .authInvalid : trouble.outcome, trouble.detail, stage: trouble.stage,
      code: trouble.jsonrpcCode.map(Int64.init))
    failure.isTransfer = trouble.isTransfer
    return failure
  }

  mutating func fail(_ answer: Answer) { conclude(failure(of: answer)) }
  mutating func fail(_ failure: Failure) { conclude(failure) }

  /// Ends the probe without success.
  @discardableResult
  mutating func conclude(_ failure: Failure) -> ProbeResult {
    let head = failure.isTransfer ? nil : exchange.head
    let status = failure.status ?? head?.status
    if target.expectsAuth, !failure.isTransfer, failure.outcome.verdict != .hold {
      if status == 401, head?.hasChallenge == true { return concludeAsExpected() }
      return concludeUnexpected(failure, authRequired: authRequired(status: status, head: head))
    }
    var result = ProbeResult(outcome: failure.outcome)
    result.stage = failure.stage ?? request?.stage
    result.detail = detail(failure)
    result.httpStatus = status
    result.jsonrpcCode = failure.code.flatMap { Int(exactly: $0) }
    result.retryAfter = failure.retryAfter ?? head?.retryDelay
    result.authRequired = authRequired(status: status, head: head)
    return end(with: result)
  }

  /// Whether an answer shows that the server demands no credentials.
  private var isOpen: Bool { !target.http.hasCredentials }

  /// Ends the probe with all done.
  mutating func succeed() {
    if target.expectsAuth, purpose != .endSession {
      concludeUnexpected(
        Failure(.assertionFailed, "a proper answer"), authRequired: isOpen ? false : nil)
      return
    }
    var result = ProbeResult(outcome: .ok)
    if purpose != .endSession {
      result.transport = memory.transport
      result.protocolVersion = memory.protocolVersion
      result.server = memory.server
      result.authRequired = isOpen ? false : nil
      if purpose == .catalogue {
        (result.catalogue, result.tools, result.listing) = (counts, tools, wholeListing)
      }
    }
    _ = end(with: result)
  }

  /// A 401 with a challenge, where that is the healthy answer.
  private mutating func concludeAsExpected() -> ProbeResult {
    var result = ProbeResult(outcome: .ok)
    result.httpStatus = 401
    result.authRequired = true
    return end(with: result)
  }

  @discardableResult
  private mutating func concludeUnexpected(
    _ failure: Failure, authRequired: Bool?
  ) -> ProbeResult {
    var result = ProbeResult(outcome: .assertionFailed)
    result.stage = request?.stage
    var failure = failure
    failure.text = "expected HTTP 401 with a challenge, got: \(failure.text)"
    result.detail = detail(failure)
    result.httpStatus = failure.status ?? exchange.head?.status
    result.jsonrpcCode = failure.code.flatMap { Int(exactly: $0) }
    result.retryAfter = exchange.head?.retryDelay
    result.authRequired = authRequired
    return end(with: result)
  }

  private func authRequired(status: Int?, head: ResponseHead?) -> Bool? {
    switch status {
    case 401: true
    case 403 where head?.hasChallenge == true: true
    default: nil
    }
  }

  private mutating func end(with result: ProbeResult) -> ProbeResult {
    var result = result
    result.warnings = warnings
    result.checks = checks
    switch result.verdict {
    case .up: memory.redirectedURL = url == target.url ? nil : url
    case .down:
      memory.failedSinceDetection = true
      // What it led to may be the very trouble: begin at the configured URL again.
      memory.redirectedURL = nil
    case .neutral, .hold: break
    }
    judgeStream(after: result)
    result.memory = memory
    self.result = result
    return result
  }
}

extension ProbeScript {
  /// Longest detail, in characters.
  static let detailMax = 200

  /// What was asked and what came, without what we sent in confidence.
  private func detail(_ failure: Failure) -> String {
    let stage = failure.isTransfer ? request?.stage : failure.stage ?? request?.stage
    let asked = (stage ?? .discover).method
    let text = PlainText.redacted("\(asked): \(failure.text)", hiding: secrets)
    return PlainText.cleaned(text, limit: Self.detailMax)
  }

  /// Values that a server may send back in an error.
  var secrets: [String] {
    var secrets = target.confidential
    if let session = memory.sessionID { secrets.append(session) }
    if let endpoint = memory.stream?.endpoint { secrets += ProbeTarget.queryValues(endpoint) }
    secrets += (token.refused + [memory.token?.value].compactMap(\.self)).map(\.exposed)
    return secrets
  }
}
