package import Signals

/// What is remembered of a server between probes, so that a probe costs one request.
///
/// A plain value: it goes into a probe with the order and comes back with the result.
package struct ServerMemory: Equatable, Sendable {
  /// The detected way to speak; `nil` means that the next probe detects it.
  package var transport: MCPTransport?
  package var protocolVersion: String?
  /// Kept session of a legacy server; `nil` also when the server is stateless.
  package var sessionID: String?
  /// Last request id used inside the session.
  package var lastRequestID: Int64 = 0
  package var capabilities = Capabilities()
  package var server: ServerIdentity?
  package var texts = ServerTexts()
  package var pingUnsupported = false
  /// The held stream of the old transport.
  package var stream: StreamMemory?
  /// Where a 307 or 308 of the same origin led to.
  package var redirectedURL: String?
  /// When the transport was last detected, to pace the next detection.
  package var detectedAt: MonotonicInstant?
  /// Whether the previous probe failed: the first success after it detects anew.
  package var failedSinceDetection = false
  /// What `oauth2` has got; never stored.
  package var token: AccessToken?

  package struct Capabilities: Equatable, Sendable {
    package var tools = false
    package var prompts = false
    package var resources = false

    package init() {}
  }

  package init() {}
}

/// What a server said of itself when it was last asked, to compare.
package struct ServerTexts: Equatable, Sendable {
  /// All of `serverInfo`.
  package var identity: ListedText?
  package var instructions: ListedText?

  package init() {}
}
