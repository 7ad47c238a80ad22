import Agent
package import HTTPTypes
import Hummingbird

/// Why a request is not answered as asked. Becomes the error body of CONTRACT.md 3.
package struct Problem: Error {
  package enum Kind: String, Sendable {
    case badData = "bad_data"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case tooLarge = "too_large"
    case tooManyRequests = "too_many_requests"
    case unauthorized, forbidden, conflict, unavailable, `internal`
    /// Of queries: in Prometheus's words.
    case execution, timeout, canceled
  }

  package var status: HTTPResponse.Status
  package var kind: Kind
  /// For the client: never a secret, never an inner error's text.
  package var message: String
  /// The bound that it ran into.
  var refusal: WebRefusal?
  /// Sent as `Allow`.
  var allow: [String] = []

  static func badData(_ message: String) -> Self {
    Self(status: .badRequest, kind: .badData, message: message)
  }
  static func notFound(_ message: String) -> Self {
    Self(status: .notFound, kind: .notFound, message: message)
  }
  static func forbidden(_ message: String) -> Self {
    Self(status: .forbidden, kind: .forbidden, message: message)
  }
  static let unauthorized = Self(
    status: .unauthorized, kind: .unauthorized, message: "a user and the right password are needed")
  static let tooManyRequests = Self(
    status: .tooManyRequests, kind: .tooManyRequests,
    message: "more requests than rate_limit allows")
  /// It cannot be done to what is as it is.
  static func conflict(_ message: String) -> Self {
    Self(status: .conflict, kind: .conflict, message: message)
  }
  static func unavailable(_ message: String) -> Self {
    Self(status: .serviceUnavailable, kind: .unavailable, message: message)
  }
  /// The data and the query do not go together.
  static func execution(_ message: String) -> Self {
    Self(status: .unprocessableContent, kind: .execution, message: message)
  }
  static func timeout(in phase: String) -> Self {
    Self(status: .serviceUnavailable, kind: .timeout, message: "query timed out in \(phase)")
  }
  static func canceled(in phase: String) -> Self {
    Self(status: .serviceUnavailable, kind: .canceled, message: "query was canceled in \(phase)")
  }
  static func methodNotAllowed(allow: [String], _ reason: String? = nil) -> Self {
    Self(
      status: .methodNotAllowed, kind: .methodNotAllowed,
      message: "\(reason ?? "method not allowed"); use \(allow.joined(separator: " or "))",
      allow: allow)
  }
  static func `internal`(_ message: String) -> Self {
    Self(status: .internalServerError, kind: .internal, message: message)
  }
  static let busy = unavailable("too many responses are being sent; try again").because(.answers)

  func because(_ refusal: WebRefusal) -> Self {
    var problem = self
    problem.refusal = refusal
    return problem
  }
}
