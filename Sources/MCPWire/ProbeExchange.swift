/// What a probe is made for.
package enum ProbePurpose: Equatable, Sendable {
  /// One cheap request that shows life (and detection when nothing is known yet).
  case liveness
  /// Liveness and the lists of tools, prompts and resources with all pages.
  case catalogue
  /// Ends the kept session, where that is known to be safe; no verdict comes of it.
  case endSession
}

/// One HTTP request that the script wants made.
package struct ProbeRequest: Equatable, Sendable {
  package enum Method: String, Sendable { case post = "POST", get = "GET", delete = "DELETE" }

  package var method: Method
  package var url: String
  /// Headers beyond the common ones (Content-Type, Accept, User-Agent), which the edge sends.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var stage: ProbeStage
  /// Most bytes of body to take before `response_too_large`.
  package var bodyLimit: Int

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.method == rhs.method && lhs.url == rhs.url && lhs.body == rhs.body
      && lhs.stage == rhs.stage && lhs.bodyLimit == rhs.bodyLimit
      && lhs.headers.elementsEqual(rhs.headers) { $0 == $1 }
  }
}

/// The part of a response head that a probe reads.
package struct ResponseHead: Equatable, Sendable {
  package var status: Int
  package var contentType: String?
  /// `Mcp-Session-Id`, as received.
  package var sessionID: String?
  /// `Retry-After` in seconds; the edge makes them of a date.
  package var retryAfter: String?
  /// Every `WWW-Authenticate` header, in order.
  package var challenges: [String] = []

  package init(status: Int) { self.status = status }
}

/// How a transfer ended.
package enum TransferEnd: Equatable, Sendable {
  /// The response is whole, or we had enough of it. `redirectURL`: the absolute target of a 3xx.
  case complete(redirectURL: String?)
  /// No (whole) response. The edge has turned its library's code into an outcome.
  case failed(TransferFailure)
}

/// Why a transfer gave no whole response.
package struct TransferFailure: Equatable, Sendable {
  package var outcome: ProbeOutcome
  /// For a person; no URL userinfo, no header that we sent.
  package var detail: String
  /// The network stage it failed in; `nil` once the request was under way.
  package var stage: ProbeStage?

  package init(outcome: ProbeOutcome, detail: String, stage: ProbeStage? = nil) {
    self.outcome = outcome
    self.detail = detail
    self.stage = stage
  }
}

/// What the edge does with a response after a piece of its body.
package enum BodyDirective: Equatable, Sendable {
  case more
  /// The answer is there; what follows is noise. Let the stream end or cut it.
  case enough
  /// The body is over its bound: cut the transfer.
  case tooLarge
}

/// What the script wants next.
package enum ProbeAction: Equatable, Sendable {
  case send(ProbeRequest)
  /// Opens the stream of the old transport in place of one that is held. Answered by
  /// `opened(head:)`, events, `streamEnded(_:)`.
  case open(ProbeRequest)
  /// Nothing, until the held stream brings what `awaited` says, ends, or time is over.
  case wait
  case finish(ProbeResult)
}
