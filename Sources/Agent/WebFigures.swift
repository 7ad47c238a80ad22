package import Signals

/// Why the web server refused a request or connection; the label `reason` of
/// `breakwater_web_requests_refused_total`.
package enum WebRefusal: String, CaseIterable, Sendable {
  /// The URL was too long.
  case url
  /// The body was too large.
  case body
  /// The head was too large.
  case head
  /// It was no HTTP/1.1 request, or one that could be read in two ways.
  case syntax
  /// A body that is compressed.
  case encoding
  /// It did not come whole in time.
  case slow
  /// Too many bytes of answers waited to be sent.
  case answers
  /// More requests than `rate_limit` allows.
  case rate
  /// Asked for by a name that is not the agent's.
  case host
  /// A page of another site.
  case origin
  /// No user, or a wrong password.
  case credentials
  /// Too many passwords waited to be checked.
  case passwords
  /// A viewer who would act, or a peer elsewhere, when there are no users.
  case role
  /// A handshake that failed, or a client's certificate without one of the names that may come.
  case tls
}

/// What came of the last reading of the web configuration.
package struct WebConfigFigures: Equatable, Sendable {
  package var isSuccessful: Bool
  /// When what counts was read.
  package var readAt: Timestamp

  package init(isSuccessful: Bool, readAt: Timestamp) {
    self.isSuccessful = isSuccessful
    self.readAt = readAt
  }
}

/// What the web server counts about itself.
package struct WebFigures: Equatable, Sendable {
  package var connections = 0
  package var connectionsRefused: UInt64 = 0
  /// Closed to make room for others.
  package var connectionsReplaced: UInt64 = 0
  /// In the order of `WebRefusal.allCases`.
  package var requestsRefused: [UInt64] = Array(repeating: 0, count: WebRefusal.allCases.count)

  /// `nil`: there is no web configuration.
  package var config: WebConfigFigures?

  package init() {}

  package mutating func refuse(_ reason: WebRefusal) {
    guard let index = WebRefusal.allCases.firstIndex(of: reason) else { return }
    requestsRefused[index] += 1
  }
}
