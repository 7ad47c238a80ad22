package import Signals

/// How to reach a server: `auto` finds out.
package enum TransportSetting: String, CaseIterable, Sendable {
  /// Stateless, then streamable HTTP, whichever answers.
  case auto
  /// Streamable HTTP, stateless or not; never the old HTTP+SSE transport.
  case http
  /// The HTTP+SSE transport of 2024-11-05 and nothing else.
  case sse
}

extension TransportSetting {
  /// Whether what was found out before may still be spoken.
  func allows(_ transport: MCPTransport?) -> Bool {
    switch (self, transport) {
    case (.auto, _), (_, nil): true
    case (.http, let known): known != .httpSSE
    case (.sse, let known): known == .httpSSE
    }
  }
}

/// A server as the configuration describes it: everything that a probe of it needs.
package struct ProbeTarget: Equatable, Sendable {
  /// Absolute http or https URL without userinfo and fragment.
  package var url: String
  package var transport: TransportSetting = .auto
  /// `expect_auth: required`: a 401 with a challenge is up, anything else `assertion_failed`.
  package var expectsAuth = false
  package var http = HTTPSettings()
  /// Calls to make after the catalogue is listed; none where they are not due.
  package var checks: [ToolCheck] = []

  package init(url: String) { self.url = url }
}
