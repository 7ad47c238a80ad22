/// How a request was answered.
enum Answer: Equatable, Sendable {
  case result(RPCResult)
  case error(RPCError)
  /// A 2xx to a message that expects no response.
  case accepted
  /// A 307 or 308 with this target.
  case redirect(to: String)
  case trouble(Trouble)
}

/// An answer that is no JSON-RPC response to our request.
struct Trouble: Equatable, Sendable {
  var outcome: ProbeOutcome
  /// What came, for a person; not yet cleaned.
  var detail: String
  /// The network stage that a transfer failed in.
  var stage: ProbeStage?
  /// No whole answer came: the transfer itself failed.
  var isTransfer = false
  var jsonrpcCode: Int?

  init(
    _ outcome: ProbeOutcome, _ detail: String, stage: ProbeStage? = nil, isTransfer: Bool = false
  ) {
    self.outcome = outcome
    self.detail = detail
    self.stage = stage
    self.isTransfer = isTransfer
  }
}

/// One request's response on its way in: takes the bytes, and says what answer they are.
///
/// Holds the body of a JSON answer, or the current event of a stream, never more than `bodyLimit`.
struct Exchange: Sendable {
  /// Most bytes read of a body that only explains an error.
  static let errorBodyLimit = 65_536

  enum Framing: Equatable, Sendable {
    /// One JSON text; `isDeclared` when the media type says so.
    case text(isDeclared: Bool)
    case eventStream
    /// Status 300 or more: read for what it tells.
    case explanation
    /// Nothing in it matters.
    case ignored
  }

  /// The id that the response must carry; `nil` when none is expected.
  let id: Int64?
  let bodyLimit: Int
  private(set) var head: ResponseHead?
  private(set) var warnings: [ProbeWarning] = []
  /// Bytes of body seen.
  private(set) var received = 0
  private(set) var framing = Framing.ignored
  private(set) var body: [UInt8] = []
  private var events: EventStreamParser
  /// The answer, once a stream has brought it.
  private(set) var found: Answer?
  private(set) var sawMalformedEvent = false
  private var isTooLarge = false

  init(id: Int64?, bodyLimit: Int) {
    self.id = id
    self.bodyLimit = bodyLimit
    events = EventStreamParser(limit: bodyLimit)
  }

  mutating func receive(head: ResponseHead) {
    // What a held stream brought meanwhile stays.
    let found = found
    let warnings = warnings
    self = Exchange(id: id, bodyLimit: bodyLimit)
    (self.found, self.warnings) = (found, warnings)
    self.head = head
    if !(200..<300).contains(head.status) {
      framing = .explanation
    } else if id == nil || head.status == 202 || head.status == 204 {
      framing = .ignored
    } else {
      switch MediaType(head.contentType) {
      case .eventStream: framing = .eventStream
      case .json: framing = .text(isDeclared: true)
      case .other: framing = .text(isDeclared: false)
      }
    }
  }

  mutating func receive(body chunk: Span<UInt8>) -> BodyDirective {
    received += chunk.count
    switch framing {
    case .ignored: return received < Self.errorBodyLimit ? .more : .enough
    case .explanation:
      append(chunk, atMost: Self.errorBodyLimit - body.count)
      return received < Self.errorBodyLimit ? .more : .enough
    case .eventStream:
      if found != nil { return .enough }
      if received > bodyLimit { return tooLarge() }
      return readEvents(of: chunk)
    case .text(let isDeclared):
      if received > bodyLimit { return tooLarge() }
      append(chunk, atMost: chunk.count)
      return isDeclared || mayBeJSON ? .more : .enough
    }
  }

  private mutating func tooLarge() -> BodyDirective {
    isTooLarge = true
    body = []
    return .tooLarge
  }

  private mutating func append(_ chunk: Span<UInt8>, atMost limit: Int) {
    let count = max(0, min(chunk.count, limit))
    body.append(addingCapacity: count) { (output: inout OutputSpan<UInt8>) in
      for index in 0..<count { output.append(chunk[index]) }
    }
  }

  /// Whether the text begins as a JSON-RPC message would.
  private var mayBeJSON: Bool {
    let start = body.prefix(1024)
    guard let first = start.first(where: { $0 > 0x20 && $0 != 0xef && $0 != 0xbb && $0 != 0xbf })
    else { return start.count < 1024 }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private mutating func readEvents(of chunk: Span<UInt8>) -> BodyDirective {
    var position = 0
    while let data = events.next(in: chunk, from: &position) {
      examine(event: data)
      if found != nil { return .enough }
    }
    return events.isOverLimit ? tooLarge() : .more
  }

  /// Looks for our response in an event of a stream.
  mutating func examine(event data: [UInt8]) {
    guard let id, found == nil else { return }
    var search = RPCSearch(id: id, isWholeBody: false)
    do throws(JSONProblem) {
      switch try search.find(in: data) {
      case .result(let range): found = .result(RPCResult(bytes: data, range: range))
      case .error(let error): found = .error(error)
      case .malformed:
        found = .trouble(Trouble(.jsonrpcInvalid, "a response of the wrong shape: \(text(data))"))
      case .nothing, .notRPC: return
      }
      if search.idIsOdd { warnings.append(.idTypeWrong) }
    } catch {
      sawMalformedEvent = true
      if body.isEmpty { body = Array(data.prefix(256)) }
    }
  }
}

extension Exchange {
  /// The answer, now that the transfer has ended.
  mutating func close(_ end: TransferEnd) -> Answer {
    if let found { return found }
    if isTooLarge { return .trouble(Trouble(.responseTooLarge, "over \(bodyLimit) bytes of body")) }
    if framing == .eventStream, let last = events.finish() {
      examine(event: last)
      if let found {
        warnings.append(.sseUnterminated)
        return found
      }
    }
    switch end {
    case .failed(let failure): return .trouble(transferTrouble(failure))
    case .complete(let redirectURL):
      guard let head else {
        return .trouble(Trouble(.internalError, "the transfer ended without a response"))
      }
      return answer(to: head, redirectURL: redirectURL)
    }
  }

  private func transferTrouble(_ failure: TransferFailure) -> Trouble {
    var trouble = Trouble(
      failure.outcome, failure.detail, stage: failure.stage, isTransfer: true)
    let wasCut = failure.outcome == .truncated || failure.outcome == .connectionClosed
    if framing == .eventStream, head != nil, wasCut {
      trouble.outcome = .sseClosed
      trouble.detail = "the event stream was cut before the response: \(failure.detail)"
    }
    return trouble
  }

  private mutating func answer(to head: ResponseHead, redirectURL: String?) -> Answer {
    switch head.status {
    case 200..<300:
      if id == nil { return .accepted }
      return framing == .eventStream ? streamEnd() : textAnswer(head)
    case 307, 308:
      guard let redirectURL else { break }
      return .redirect(to: redirectURL)
    default: break
    }
    let error = explainingError()
    if let error, StatusTrouble.leavesWord(to: head.status) { return .error(error) }
    return .trouble(
      StatusTrouble(head: head, redirectURL: redirectURL, error: error, body: text(body)).trouble)
  }

  /// The stream ended without our response.
  private func streamEnd() -> Answer {
    if received == 0 { return .trouble(Trouble(.responseMissing, "an empty event stream")) }
    if sawMalformedEvent {
      return .trouble(Trouble(.malformedJSON, "an event that is not JSON: \(text(body))"))
    }
    return .trouble(Trouble(.sseClosed, "the event stream ended before the response"))
  }

  private mutating func textAnswer(_ head: ResponseHead) -> Answer {
    guard let id, framing != .ignored, body.contains(where: { $0 > 0x20 }) else {
      return .trouble(Trouble(.responseMissing, "HTTP \(head.status) without a response"))
    }
    let isDeclared = framing == .text(isDeclared: true)
    let foreign = Trouble(
      .notMCP, "HTTP \(head.status), \(head.contentType ?? "no media type"): \(text(body))")
    guard isDeclared || mayBeJSON else { return .trouble(foreign) }
    var search = RPCSearch(id: id, isWholeBody: true)
    let finding: RPCFinding
    do throws(JSONProblem) {
      finding = try search.find(in: body)
    } catch {
      let malformed = Trouble(
        .malformedJSON, "not JSON from byte \(error.offset) on: \(text(body))")
      return .trouble(isDeclared ? malformed : foreign)
    }
    let answer: Answer
    switch finding {
    case .result(let range): answer = .result(RPCResult(bytes: body, range: range))
    case .error(let error): answer = .error(error)
    case .malformed where isDeclared:
      return .trouble(Trouble(.jsonrpcInvalid, "a response of the wrong shape: \(text(body))"))
    case .nothing where isDeclared:
      return .trouble(Trouble(.jsonrpcInvalid, "no response to request \(id): \(text(body))"))
    case .malformed, .nothing, .notRPC: return .trouble(foreign)
    }
    if !isDeclared { warnings.append(.contentTypeWrong) }
    if search.idIsOdd { warnings.append(.idTypeWrong) }
    return answer
  }

  /// The JSON-RPC error that an HTTP error carries, if it does.
  private func explainingError() -> RPCError? {
    var search = RPCSearch(id: id ?? -1, isWholeBody: true)
    guard let finding = try? search.find(in: body), case .error(let error) = finding else {
      return nil
    }
    return error
  }

  private func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(4096), as: UTF8.self)
  }
}

/// The media types that matter here.
enum MediaType {
  case json, eventStream, other

  init(_ header: String?) {
    // As nearly all servers write it, before the trouble of reading it properly.
    if let plain = Self(exactly: header ?? "") {
      self = plain
      return
    }
    let type = (header ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
    self = Self(exactly: type.lowercased()) ?? .other
  }

  private init?(exactly type: String) {
    switch type {
    case "application/json": self = .json
    case "text/event-stream": self = .eventStream
    default: return nil
    }
  }
}
