package import TestSupport

/// A server that goes wrong in one way, by the ids of the fault matrix (`T10-short`), or one that
/// gives exactly one outcome, by its name (`forbidden`).
package struct Scenario: Sendable, CustomStringConvertible {
  /// What the client meets on the port before the script.
  package enum Wire: Sendable {
    case plain
    /// Nobody listens.
    case closed
    /// The kernel takes the connection, and nobody accepts it.
    case unaccepted
    /// The kernel does not even do that.
    case full
    /// TLS as these settings say; the script gets what is inside.
    case tls(TLSFront.Settings)
    /// The URL says https, and the script has all of it.
    case bareHTTPS
  }

  package let id: String
  package let sentence: String
  package let wire: Wire
  package let serve: @Sendable (Peer) -> Void

  init(
    _ id: String, _ sentence: String, _ wire: Wire = .plain,
    serve: @escaping @Sendable (Peer) -> Void = { $0.serve() }
  ) {
    self.id = id
    self.sentence = sentence
    self.wire = wire
    self.serve = serve
  }

  package var description: String { id }

  /// Every scenario, the matrix first.
  package static let all =
    slow + endless + malformed + redirects + tls + http2 + keepAlive + answers + catalogues
    + outcomes

  /// The scenario of this id, or all variants of it: `T10` is each of `T10-...`.
  package static func named(_ id: String) -> [Scenario] {
    let exact = all.filter { $0.id == id }
    return exact.isEmpty ? all.filter { $0.id.hasPrefix("\(id)-") } : exact
  }
}
