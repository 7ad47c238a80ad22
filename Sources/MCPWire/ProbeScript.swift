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
    case list(ListProgress)
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

  package init(
    target: ProbeTarget, memory: ServerMemory, purpose: ProbePurpose, clientVersion: String,
    now: MonotonicInstant
  ) {
    self.target = target
    self.memory = memory
    self.purpose = purpose
    self.clientVersion = clientVersion
    self.now = now
    url = memory.redirectedURL ?? target.url
    isDetecting = memory.transport == nil
    step = .discover
    if purpose == .endSession {
      beginEndOfSession()
    } else if memory.transport == .streamableHTTP {
      step = legacyLiveness
    }
  }

  /// What to do now. Asked at the start and after each `finished`.
  package mutating func next() -> ProbeAction {
    if let result { return .finish(result) }
    if requests >= Self.requestsMax {
      return .finish(conclude(Failure(.paginationLoop, "no end after \(requests) requests")))
    }
    requests += 1
    let request = nextRequest()
    self.request = request
    return .send(request)
  }

  /// The response's status and headers. May come again: the last one counts.
  package mutating func received(head: ResponseHead) { exchange.receive(head: head) }

  /// A piece of the response's body, in any cut.
  package mutating func received(body: Span<UInt8>) -> BodyDirective {
    exchange.receive(body: body)
  }

  /// The transfer is over.
  package mutating func finished(_ end: TransferEnd) {
    guard result == nil, request != nil else { return }
    let answer = exchange.close(end)
    for warning in exchange.warnings { warn(warning) }
    if case .redirect(let location) = answer {
      follow(location)
    } else {
      decide(answer)
    }
  }

  private mutating func decide(_ answer: Answer) {
    switch step {
    case .discover: decideDiscover(answer)
    case .recheck: decideRecheck(answer)
    case .initialize: decideInitialize(answer)
    case .initialized: decideInitialized(answer)
    case .ping: decidePing(answer)
    case .list(let progress): decideList(answer, progress)
    case .delete: decideDelete(answer)
    }
  }

  mutating func warn(_ warning: ProbeWarning) {
    if !warnings.contains(warning) { warnings.append(warning) }
  }
}

extension ProbeScript {
  /// Goes where a 307 or 308 points, if that is the same origin.
  private mutating func follow(_ location: String) {
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
