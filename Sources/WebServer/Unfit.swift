import Agent
import HTTPTypes
import HummingbirdCore
import NIOHTTP1

/// What is wrong with a request before anything looks at what it asks for. It is the last one of
/// its connection: where the next one would begin is not sure.
enum Unfit: String, CaseIterable {
  /// It is no request, or could be read in two ways.
  case syntax
  /// Its head is too large.
  case head
  /// Its body is compressed.
  case encoding

  private static let prefix = "unfit "

  /// A request that stands for it in the stream, so that it is answered in its turn. No request of
  /// a peer has such a target: a target holds no space.
  func placeholder(_ method: HTTPMethod) -> HTTPRequestHead {
    HTTPRequestHead(
      version: .http1_1, method: method == .HEAD ? .HEAD : .GET, uri: Self.prefix + rawValue,
      headers: ["connection": "close"])
  }

  init?(target: String) {
    guard target.hasPrefix(Self.prefix) else { return nil }
    self.init(rawValue: String(target.dropFirst(Self.prefix.count)))
  }

  var problem: Problem {
    switch self {
    case .syntax: .badData("this is no HTTP/1.1 request").because(.syntax)
    case .head:
      Problem(
        status: .requestHeaderFieldsTooLarge, kind: .tooLarge,
        message: "the head of the request is too large"
      ).because(.head)
    case .encoding:
      Problem(
        status: .unsupportedMediaType, kind: .badData, message: "a body must not be compressed"
      ).because(.encoding)
    }
  }

  /// Answers and lets the connection end.
  func answer(_ request: Request, _ writer: consuming ResponseWriter) async throws {
    var response = Response.problem(problem)
    response.headers[.connection] = "close"
    if request.method == .head { response = response.createHeadResponse() }
    try await writer.write(response: response.head, body: response.body)
  }
}
