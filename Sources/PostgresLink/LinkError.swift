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

  package var description: String {
    let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
    return "\(reason.rawValue): \(detail)\(code)"
  }
}
