/// The bound of the web server that a request ran into; the label `reason` of
/// `breakwater_web_requests_refused_total`.
package enum WebRefusal: String, CaseIterable, Sendable {
  /// The URL was too long.
  case url
  /// The body was too large.
  case body
  /// Too many bytes of answers waited to be sent.
  case answers
}

/// What the web server counts about itself.
package struct WebFigures: Equatable, Sendable {
  package var connections = 0
  package var connectionsRefused: UInt64 = 0
  /// In the order of `WebRefusal.allCases`.
  package var requestsRefused: [UInt64] = Array(repeating: 0, count: WebRefusal.allCases.count)

  package init() {}

  package mutating func refuse(_ reason: WebRefusal) {
    guard let index = WebRefusal.allCases.firstIndex(of: reason) else { return }
    requestsRefused[index] += 1
  }
}
