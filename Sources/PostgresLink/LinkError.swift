package import Agent

/// What went wrong with Postgres. Holds no secret: passwords are cut out of libpq's words.
package struct LinkError: Error, Equatable, Sendable, CustomStringConvertible {
  package var reason: PostgresFailure
  /// The server's five characters, if it was the server that complained.
  package var sqlState: String?
  package var detail: String

  package init(_ reason: PostgresFailure, sqlState: String? = nil, detail: String) {
    self.reason = reason
    self.sqlState = sqlState
    self.detail = detail
  }

  /// A wait that `Interrupt.raise` ended: no failure of Postgres, and not to be counted as one.
  package static let interrupted = LinkError(.other, detail: "interrupted")

  package var isInterrupted: Bool { self == .interrupted }

  package var description: String {
    let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
    return "\(reason.rawValue): \(detail)\(code)"
  }
}
