import Agent
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

  /// `isBare`: as Alertmanager's API has it, the message alone.
  static func problem(_ problem: Problem, isBare: Bool = false) -> Self {
    var headers: HTTPFields = [.contentType: "application/json"]
    if !problem.allow.isEmpty { headers[.allow] = problem.allow.joined(separator: ", ") }
    if [.unavailable, .tooManyRequests].contains(problem.kind) { headers[.retryAfter] = "1" }
    if problem.kind == .unauthorized {
      headers[.wwwAuthenticate] = "Basic realm=\"breakwater\", charset=\"UTF-8\""
    }
    let body = ByteBuffer(
      bytes: isBare ? APIBody.text(problem.message) : APIBody.failure(problem))
    return Self(
      status: problem.status, headers: headers, body: ResponseBody(byteBuffer: body))
  }
}

extension HTTPFields {
  /// What keeps a browser from doing more with an answer than showing it; `configured` wins.
  mutating func addDefenses(_ configured: [WebConfig.Header]) {
    self[.contentSecurityPolicy] = """
      default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
      base-uri 'none'; form-action 'self'
      """
    self[.xContentTypeOptions] = "nosniff"
    self[.cacheControl] = "no-store"
    let others = [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    for (name, value) in others + configured.map({ ($0.name, $0.value) }) {
      if let name = HTTPField.Name(name) { self[name] = value }
    }
  }
}
