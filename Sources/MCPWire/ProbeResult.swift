package import Signals

/// How a server is spoken to; the label `transport`.
package enum MCPTransport: String, CaseIterable, Sendable {
  case statelessHTTP = "stateless_http"
  case streamableHTTP = "streamable_http"
  case httpSSE = "http_sse"
}

/// What a server calls itself. Hostile text: cut and cleaned before it is kept.
package struct ServerIdentity: Equatable, Sendable {
  package var name: String
  package var version: String

  package init(name: String, version: String) {
    self.name = name
    self.version = version
  }
}

/// Numbers of listed items; `nil` where the server has no such list.
package struct CatalogueCounts: Equatable, Sendable {
  package var tools: Int?
  package var prompts: Int?
  package var resources: Int?
  package var resourceTemplates: Int?

  package init(
    tools: Int? = nil, prompts: Int? = nil, resources: Int? = nil, resourceTemplates: Int? = nil
  ) {
    self.tools = tools
    self.prompts = prompts
    self.resources = resources
    self.resourceTemplates = resourceTemplates
  }
}

/// A tool as its server lists it. Hostile text: what is kept is bounded and cleaned.
package struct ToolListing: Equatable, Sendable {
  package var name: String
  package var description: String?
  /// The JSON of `inputSchema`, as it came.
  package var inputSchema: String?

  package init(name: String, description: String? = nil, inputSchema: String? = nil) {
    self.name = name
    self.description = description
    self.inputSchema = inputSchema
  }
}

/// Times of a probe, summed over its requests; zero where a kept connection needed none.
package struct StageTimes: Equatable, Sendable {
  package var resolve: Duration = .zero
  package var connect: Duration = .zero
  package var tls: Duration = .zero
  package var send: Duration = .zero
  package var wait: Duration = .zero
  package var transfer: Duration = .zero

  package init() {}

  /// The stages in order with the names of CONTRACT.md 5.
  package var named: [(name: String, duration: Duration)] {
    [
      ("resolve", resolve), ("connect", connect), ("tls", tls), ("send", send), ("wait", wait),
      ("transfer", transfer),
    ]
  }
}

/// Everything that one probe found out.
package struct ProbeResult: Equatable, Sendable {
  package var outcome: ProbeOutcome
  /// Where it ended; `nil` when all went well.
  package var stage: ProbeStage?
  /// For a person: at most 200 characters, control characters replaced, no headers we sent.
  package var detail = ""
  package var httpStatus: Int?
  package var jsonrpcCode: Int?
  /// What the server asked for by `Retry-After`, between 1 s and 1 h.
  package var retryAfter: Duration?
  package var warnings: [ProbeWarning] = []
  /// From the first request to the last answer.
  package var duration: Duration = .zero
  package var times = StageTimes()
  /// The same by method, in the order of their first request.
  package var methods: [MethodTimes] = []
  /// `notAfter` of the server's certificate, when a handshake of this probe showed one.
  package var certificateExpiry: Timestamp?
  /// Of the checks that this probe made.
  package var checks: [CheckResult] = []
  /// Set when this probe learned or confirmed it.
  package var transport: MCPTransport?
  package var protocolVersion: String?
  package var server: ServerIdentity?
  /// Set when this probe listed the whole catalogue.
  package var catalogue: CatalogueCounts?
  /// With `catalogue`: the tools as far as they fit, in the order of first sight. Not for keeping.
  package var tools: [ToolListing]?
  /// With `catalogue`: the same to compare with the listing before.
  package var listing: CatalogueListing?
  /// Whether the server demands credentials; `nil` when the probe did not get that far.
  package var authRequired: Bool?
  /// What to remember for the next probe of this server.
  package var memory = ServerMemory()

  package init(outcome: ProbeOutcome) { self.outcome = outcome }

  /// The outcome's verdict; neutral where the server refused how we asked (-32020, -32021), which
  /// says nothing about how it serves others.
  package var verdict: Verdict {
    let isOurRequest = jsonrpcCode == -32020 || jsonrpcCode == -32021
    return outcome == .jsonrpcError && isOurRequest ? .neutral : outcome.verdict
  }
}
