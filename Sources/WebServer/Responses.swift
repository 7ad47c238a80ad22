import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension Response {
  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Self {
    Self(
      status: .ok, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  static func json(_ content: some Encodable) throws -> Self {
    let body = ByteBuffer(bytes: try APIBody.success(content))
    return Self(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: body))
  }

  static func problem(_ problem: Problem) -> Self {
    var headers: HTTPFields = [.contentType: "application/json"]
    if !problem.allow.isEmpty { headers[.allow] = problem.allow.joined(separator: ", ") }
    if problem.kind == .unavailable { headers[.retryAfter] = "1" }
    let body = ByteBuffer(bytes: APIBody.failure(problem))
    return Self(
      status: problem.status, headers: headers, body: ResponseBody(byteBuffer: body))
  }
}

extension HTTPFields {
  /// What keeps a browser from doing more with an answer than showing it.
  mutating func addDefenses() {
    self[.contentSecurityPolicy] = """
      default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
      base-uri 'none'; form-action 'self'
      """
    self[.xContentTypeOptions] = "nosniff"
    self[.cacheControl] = "no-store"
    if let name = HTTPField.Name("Referrer-Policy") { self[name] = "no-referrer" }
  }
}
