package import Signals

/// One probe as a state machine without I/O: it says which request comes next, is given the answer,
/// and ends with a result.
///
/// The edge calls `next()`, performs what it says, feeds the response in, calls `finished(_:)` and
/// begins again, until `next()` says `finish`. It ends within `requestsMax` requests whatever the
/// server says. The edge adds durations to the result; all else is here.
package struct ProbeScript: Sendable {
  /// Most requests of one probe; well above what the longest catalogue needs.
  package static let requestsMax = 512
  /// Most redirects followed in one probe.
  static let redirectsMax = 3
  /// Most body taken of an answer that is no list.
  static let answerBytesMax = 1 << 20

  /// What the request under way is for.
  enum Step: Equatable, Sendable {
    /// `server/discover`, as detection or as the liveness of a stateless server.
    case discover
    /// `server/discover` to a server known as legacy: has it become a modern one?
    case recheck
    case initialize, initialized, ping
    /// Opens the stream of the old transport.
    case sseOpen
    case list(ListProgress)
    /// A check, and those that come after it.
    case check(ToolCheck, rest: ArraySlice<ToolCheck>)
    case delete
  }

  let target: ProbeTarget
  let purpose: ProbePurpose
  let clientVersion: String
  let now: MonotonicInstant
  /// What is known when the probe ends, if nothing more is learned.
  var memory: ServerMemory

  var step: Step
  var url: String
  var exchange = Exchange(id: nil, bodyLimit: 0)
  /// The request as last sent, to be sent again to where it was redirected.
  var request: ProbeRequest?
  var isRedirected = false
  var redirects = 0
  var requests = 0
  var result: ProbeResult?
  var token = TokenProgress()

  /// The old transport is spoken, or tried.
  var speaksSSE = false
  var hasTriedSSE = false
  var stream = StreamUse()
  /// What to report if the old transport is not spoken either.
  var detectionFailure: Failure?

  /// Since the probe's beginning, as the edge's clock has it.
  package var elapsed = Duration.zero
  var checkStartedAt = Duration.zero
  var checks: [CheckResult] = []

  var warnings: [ProbeWarning] = []
  var counts = CatalogueCounts()
  var tools: [ToolListing] = []
  var listing = CatalogueListing()
  /// The transport is being found out: nothing is known, or what was known no longer holds.
  var isDetecting: Bool
  /// A kept session was lost, and a new one asked for.
  var hasReinitialized = false
  /// `server/discover` was repeated because the server itself said to.
  var hasRetriedModern = false
  /// What to repeat once the new session stands.
  var resume: Step?
  /// What to report if the recheck finds nothing new.
  var pendingFailure: Failure?
  var hasRechecked = false

  /// `heldStream`: when the stream was opened that the edge still holds for this server.
  package init(
    target: ProbeTarget, memory: ServerMemory, purpose: ProbePurpose, clientVersion: String,
    now: MonotonicInstant, heldStream: MonotonicInstant? = nil
  ) {
    self.target = target
    self.memory = memory
    self.purpose = purpose
    self.clientVersion = clientVersion
    self.now = now
    url = memory.redirectedURL ?? target.url
    if !target.transport.allows(memory.transport) { self.memory.transport = nil }
    isDetecting = self.memory.transport == nil
    step = .discover
    if purpose == .endSession {
      beginEndOfSession()
    } else {
      begin(heldStream: heldStream)
    }
  }

  private mutating func begin(heldStream: MonotonicInstant?) {
    switch memory.transport {
    case .statelessHTTP: break
    case .streamableHTTP: step = legacyLiveness
    case .httpSSE where memory.stream != nil && memory.stream?.openedAt == heldStream:
      speaksSSE = true
      hasTriedSSE = true
      stream.isKept = true
      step = legacyLiveness
    case .httpSSE: openStream()
    case nil:
      let path = url.prefix { $0 != "?" && $0 != "#" }
      if target.transport == .sse || target.transport == .auto && path.hasSuffix("/sse") {
        openStream()
      }
    }
  }

  /// What to do now. Asked at the start and after each `finished`.
  package mutating func next() -> ProbeAction {
    if let result { return .finish(result) }
    if stream.awaited != nil { return .wait }
    if requests >= Self.requestsMax {
      return .finish(conclude(Failure(.paginationLoop, "no end after \(requests) requests")))
    }
    requests += 1
    if needsToken, let oauth2 = target.http.oauth2 {
      let request = tokenRequest(oauth2)
      self.request = request
      stream.received = 0
      return .send(request)
    }
    let request = nextRequest()
    self.request = request
    stream.received = 0
    guard step == .sseOpen else { return .send(authorized(request)) }
    stream.awaited = .endpoint
    return .open(authorized(request))
  }

  /// The response's status and headers. May come again: the last one counts.
  package mutating func received(head: ResponseHead) {
    if token.isUnderWay { token.answer.receive(head: head) } else { exchange.receive(head: head) }
  }

  /// A piece of the response's body, in any cut.
  package mutating func received(body: Span<UInt8>) -> BodyDirective {
    token.isUnderWay ? token.answer.receive(body: body) : exchange.receive(body: body)
  }

  /// The transfer is over.
  package mutating func finished(_ end: TransferEnd) {
    guard result == nil, request != nil else { return }
    if token.isUnderWay { return finishedToken(end) }
    let answer = exchange.close(end)
    for warning in exchange.warnings { warn(warning) }
    if isToTryAnotherToken() { return }
    if speaksSSE { return finishPost(answer) }
    if case .redirect(let location) = answer {
      follow(location)
    } else {
      decide(answer)
    }
  }

  mutating func decide(_ answer: Answer) {
    switch step {
    case .discover: decideDiscover(answer)
    case .recheck: decideRecheck(answer)
    case .initialize: decideInitialize(answer)
    case .initialized: decideInitialized(answer)
    case .ping: decidePing(answer)
    case .sseOpen: fail(answer)
    case .list(let progress): decideList(answer, progress)
    case .check(let check, let rest): decideCheck(answer, check, rest)
    case .delete: decideDelete(answer)
    }
  }

  mutating func warn(_ warning: ProbeWarning) {
    if !warnings.contains(warning) { warnings.append(warning) }
  }
}

extension ProbeScript {
  /// Goes where a 307 or 308 points, if that is the same origin.
  mutating func follow(_ location: String) {
    let destination = String(location.prefix { $0 != "#" })
    redirects += 1
    if redirects <= Self.redirectsMax, let here = URLOrigin(url),
      let there = URLOrigin(destination), here.mayLead(to: there)
    {
      url = destination
      isRedirected = true
      warn(.redirected)
      return
    }
    let status = exchange.head?.status ?? 307
    let why = redirects > Self.redirectsMax ? ", one redirect too many" : ""
    decide(
      .trouble(
        Trouble(.redirectBlocked, "HTTP \(status) to \(URLOrigin.shown(destination))\(why)")))
  }
}
