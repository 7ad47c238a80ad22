package import Signals

// The transport of 2024-11-05: a GET is answered by a stream that stays open, its first event names
// the endpoint for POSTs, and the answers to those come on the stream. Stream and session are one,
// so it is held between probes; the edge keeps it, `ServerMemory.stream` says which one is meant.

/// The stream of the transport of 2024-11-05, as the memory knows it.
package struct StreamMemory: Equatable, Sendable {
  /// Tells the streams of one server apart.
  package var openedAt: MonotonicInstant
  /// Absolute, of the same origin as the stream.
  package var endpoint: String
  /// Answers in a row that did not come in time.
  package var misses = 0

  package init(openedAt: MonotonicInstant, endpoint: String) {
    self.openedAt = openedAt
    self.endpoint = endpoint
  }

  /// So many, and another stream is asked for. An old server keeps each one that was ever opened,
  /// and a slow answer is no reason to leave it with one more.
  static let missesMax = 2
}

extension ProbeScript {
  /// What is awaited from the held stream.
  package enum Awaited: Equatable, Sendable { case endpoint, answer }

  /// The script's part in a held stream.
  struct StreamUse: Sendable {
    /// It was held from an earlier probe: its end may be old news.
    var isKept = false
    /// Its session was greeted and greets back.
    var isEstablished = false
    var awaited: Awaited?
    /// How it ended while a POST was under way.
    var end: TransferEnd?
    /// Bytes since the last request.
    var received = 0
  }

  /// How long a stream may go without naming its endpoint, from its head on.
  package static let endpointPatience = Duration.seconds(3)

  /// What the script waits for; `nil` when `next()` has something to do.
  package var awaited: Awaited? { result == nil ? stream.awaited : nil }

  /// The head of the answer to the request that opens the stream.
  package mutating func opened(head: ResponseHead) {
    guard awaited == .endpoint else { return }
    exchange.receive(head: head)
  }

  /// Body of an answer that is no event stream.
  package mutating func refused(body piece: Span<UInt8>) -> BodyDirective {
    awaited == .endpoint ? exchange.receive(body: piece) : .enough
  }

  /// An event of the held stream. `enough`: the answer is there, whatever the POST still says.
  package mutating func received(event: EventStreamParser.Event) -> BodyDirective {
    switch event {
    case .endpoint(let data):
      if awaited == .endpoint { adopt(endpoint: String(decoding: data, as: UTF8.self)) }
    case .message(let data):
      guard speaksSSE, result == nil, awaited != .endpoint else { return .more }
      exchange.examine(event: data)
      stream.received += data.count
      guard exchange.found != nil else {
        return stream.received > exchange.bodyLimit ? refuseFlood() : .more
      }
      if awaited == .answer { finishStreamed() }
      return .enough
    }
    return .more
  }

  /// Notifications without end, or an answer over its bound.
  private mutating func refuseFlood() -> BodyDirective {
    memory.stream = nil
    failOnStream(
      Failure(.responseTooLarge, "over \(exchange.bodyLimit) bytes of stream", stage: .sseStream))
    return .tooLarge
  }

  /// The held stream has ended, or never came to be. `enough` as for events.
  package mutating func streamEnded(_ end: TransferEnd) -> BodyDirective {
    guard speaksSSE, result == nil else { return .more }
    switch awaited {
    case .endpoint:
      stream.awaited = nil
      let answer = exchange.close(end)
      if !isToTryAnotherToken() { decideOpening(answer) }
    case .answer:
      stream.awaited = nil
      loseStream(end)
    case nil:
      // The POST under way tells more: whether the server is gone, or only the stream.
      stream.end = end
      return .more
    }
    return .enough
  }

  /// What was awaited has not come by its time.
  package mutating func waitedInVain() {
    let awaited = awaited
    stream.awaited = nil
    switch awaited {
    case .endpoint: failOpening(Failure(.sseNoEndpoint, "no event named the endpoint in time"))
    case .answer:
      var failure = Failure(
        .timeoutBody, "no answer to \(request?.stage.method ?? "") on the stream in time",
        stage: .sseStream)
      if exchange.sawMalformedEvent { failure.outcome = .malformedJSON }
      failure.status = exchange.head?.status
      failOnStream(failure)
    case nil: break
    }
  }

  /// What goes wrong with the answer to a check is the check's failure alone.
  private mutating func failOnStream(_ failure: Failure) {
    guard step.isCheck else { return fail(failure) }
    decide(.trouble(Trouble(failure.outcome, failure.text, isTransfer: true)))
  }
}

extension ProbeScript {
  /// Opens a stream, the first one or another in place of one that is lost.
  mutating func openStream() {
    speaksSSE = true
    hasTriedSSE = true
    stream = StreamUse()
    memory.stream = nil
    step = .sseOpen
  }

  private mutating func adopt(endpoint text: String) {
    stream.awaited = nil
    guard let endpoint = URLReference.resolve(text, against: url), let here = URLOrigin(url),
      URLOrigin(endpoint) == here
    else {
      let shown = URLOrigin.shown(PlainText.cleaned(text, limit: 100))
      return failOpening(Failure(.sseEndpointInvalid, "the endpoint \(shown) is of another origin"))
    }
    memory.stream = StreamMemory(openedAt: now, endpoint: endpoint)
    memory.sessionID = nil
    memory.lastRequestID = 0
    step = .initialize
  }

  private mutating func decideOpening(_ answer: Answer) {
    let type = exchange.head?.contentType ?? "no media type"
    switch answer {
    case .redirect(let location): follow(location)
    case .accepted where exchange.head?.isEventStream == true:
      failOpening(Failure(.sseNoEndpoint, "the stream ended without naming an endpoint"))
    case .accepted, .result: failOpening(Failure(.notMCP, "no event stream, but \(type)"))
    case .error(let error): failOpening(failure(of: error))
    case .trouble(let trouble)
    where exchange.head?.isEventStream == true
      && [.truncated, .connectionClosed].contains(trouble.outcome):
      failOpening(Failure(.sseNoEndpoint, "the stream was cut before it named an endpoint"))
    case .trouble(let trouble): failOpening(failure(of: trouble))
    }
  }

  /// No stream: another transport may be spoken here, if that is still to be found out.
  private mutating func failOpening(_ failure: Failure) {
    memory.stream = nil
    if let detectionFailure { return fail(detectionFailure) }
    let isOfAnother = Self.mayBeOfAnotherTransport(failure.outcome) && !failure.isTransfer
    guard target.transport == .auto, isOfAnother,
      isDetecting || Redetection.isAllowed(memory, at: now)
    else { return fail(failure) }
    speaksSSE = false
    if !isDetecting { memory.detectedAt = now }
    isDetecting = true
    step = .discover
  }

  /// Says what the first request to a server found, after a look at whether it speaks the old
  /// transport only.
  mutating func tryStream(after failure: Failure) -> Bool {
    guard isDetecting, target.transport == .auto, !hasTriedSSE, !failure.isTransfer,
      [.notFound, .methodNotAllowed, .http4xx].contains(failure.outcome)
    else { return false }
    var failure = failure
    failure.stage = failure.stage ?? request?.stage
    failure.status = failure.status ?? exchange.head?.status
    failure.retryAfter = failure.retryAfter ?? exchange.head?.retryDelay
    detectionFailure = failure
    openStream()
    return true
  }

  private static func mayBeOfAnotherTransport(_ outcome: ProbeOutcome) -> Bool {
    switch outcome {
    case .notFound, .methodNotAllowed, .http4xx, .notMCP, .sseNoEndpoint, .jsonrpcError: true
    default: false
    }
  }

  /// The POST is answered; what it asked comes on the stream, or has come.
  mutating func finishPost(_ answer: Answer) {
    switch answer {
    case .redirect(let location):
      decide(.trouble(Trouble(.redirectBlocked, "POST to \(URLOrigin.shown(location))")))
    case .trouble(let trouble) where !trouble.isTransfer && isTaken: awaitAnswer(trouble)
    default: decide(answer)
    }
  }

  /// A 2xx says that the message was taken, whatever its body is.
  private var isTaken: Bool { (200..<300).contains(exchange.head?.status ?? 0) }

  private mutating func awaitAnswer(_ trouble: Trouble) {
    guard trouble.outcome != .responseTooLarge else { return decide(.trouble(trouble)) }
    if let end = stream.end {
      stream.end = nil
      loseStream(end)
    } else {
      stream.awaited = .answer
    }
  }

  private mutating func finishStreamed() {
    stream.awaited = nil
    let answer = exchange.close(.complete(redirectURL: nil))
    for warning in exchange.warnings { warn(warning) }
    decide(answer)
  }

  /// The stream ended before the answer. One from an earlier probe may have been lost long since.
  private mutating func loseStream(_ end: TransferEnd) {
    if case .failed(let failure) = end, failure.outcome == .responseTooLarge {
      return failOnStream(Failure(.responseTooLarge, failure.detail, stage: .sseStream))
    }
    // A tool is not called twice.
    guard stream.isKept, !hasReinitialized, !step.isCheck else {
      return failOnStream(
        Failure(.sseClosed, "the event stream ended before the response", stage: .sseStream))
    }
    hasReinitialized = true
    resume = step.restarted
    openStream()
  }
}

extension ProbeScript {
  /// A stream stays through a slow answer, and goes with anything else that is down.
  mutating func judgeStream(after result: ProbeResult) {
    if result.verdict != .up, !stream.isKept, !stream.isEstablished { memory.stream = nil }
    switch result.verdict {
    case .up: memory.stream?.misses = 0
    case .down where [.timeout, .timeoutBody].contains(result.outcome) && stream.isKept:
      memory.stream?.misses += 1
      if (memory.stream?.misses ?? 0) >= StreamMemory.missesMax { memory.stream = nil }
    case .down: memory.stream = nil
    case .neutral, .hold: break
    }
  }
}

extension ProbeScript.Step {
  var isCheck: Bool {
    if case .check = self { true } else { false }
  }

  /// The same from its beginning, in another session.
  var restarted: Self {
    guard case .list(let progress) = self else { return self }
    return .list(ListProgress(progress.list, isLiveness: progress.isLiveness))
  }
}

extension ResponseHead {
  /// Whether a body of events follows.
  package var isEventStream: Bool {
    status == 200 && MediaType(contentType) == .eventStream
  }
}
