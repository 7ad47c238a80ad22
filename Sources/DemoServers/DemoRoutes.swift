import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Keeps hold of the connection, so that a handler can close it without an answer.
struct DemoContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}

/// The four servers by path, and a sink of webhooks.
struct DemoRoutes: Sendable {
  static let requestBytesMax = 64 << 10
  /// Of a webhook: above the agent's own bound.
  private static let messageBytesMax = 8 << 20
  private static let sessionHeader = HTTPField.Name("Mcp-Session-Id")
  private static let versionHeader = HTTPField.Name("MCP-Protocol-Version")
  private static let methodHeader = HTTPField.Name("Mcp-Method")

  private let weather = MCPServer(.weather, stateless: true)
  private let orders = MCPServer(.orders, stateless: false)
  /// Time since the script began.
  let elapsed: @Sendable () -> Duration
  let onMessage: @Sendable ([UInt8]) -> Void

  static func path(of name: String) -> String { "/\(name)/mcp" }

  func router() -> Router<DemoContext> {
    let router = Router(context: DemoContext.self)
    for method in [HTTPRequest.Method.post, .delete] {
      router.on(RouterPath(Self.path(of: "weather")), method: method) { request, _ in
        try await Self.response(to: request, from: weather)
      }
      router.on(RouterPath(Self.path(of: "orders")), method: method) { request, context in
        try await orders(request, context)
      }
    }
    for method in [HTTPRequest.Method.get, .post, .delete] {
      router.on(RouterPath(Self.path(of: "archive")), method: method) { request, _ in
        try await Self.hang(request)
      }
      router.on(RouterPath(Self.path(of: "vault")), method: method) { _, _ in Self.locked }
    }
    for name in ["weather", "orders"] {
      router.get(RouterPath(Self.path(of: name))) { _, _ in
        Response(status: .methodNotAllowed, headers: [.allow: "POST, DELETE"])
      }
    }
    router.post(RouterPath(DemoServers.hookPath)) { request, _ in
      let body = try await request.body.collect(upTo: Self.messageBytesMax)
      onMessage(Array(body.readableBytesView))
      return Response(status: .ok)
    }
    return router
  }

  private func orders(_ request: Request, _ context: DemoContext) async throws -> Response {
    switch FailureScript.behaviour(at: elapsed()) {
    case .answers: return try await Self.response(to: request, from: orders)
    case .unavailable: return Self.text(.serviceUnavailable, "orders is down for maintenance\n")
    case .serverError: return Self.text(.internalServerError, "orders: database connection lost\n")
    case .closesConnection:
      try? await context.channel.close()
      throw CancellationError()
    }
  }

  /// Ends without an answer when the client goes or the servers stop.
  private static func hang(_ request: Request) async throws -> Response {
    try await request.body.consumeWithCancellationOnInboundClose { _ in
      try await gracefulShutdown()
    }
    return text(.serviceUnavailable, "archive is stopping\n")
  }

  private static var locked: Response {
    let challenge =
      #"Bearer realm="vault", error="invalid_token", error_description="Authentication required""#
    var response = text(.unauthorized, "Authentication required\n")
    response.headers[.wwwAuthenticate] = challenge
    return response
  }

  private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private static func response(to request: Request, from server: MCPServer) async throws -> Response
  {
    let body = try await request.body.collect(upTo: requestBytesMax)
    func header(_ name: HTTPField.Name?) -> String? { name.flatMap { request.headers[$0] } }
    let answer = server.answer(
      MCPRequest(
        httpMethod: request.method == .delete ? .delete : .post, version: header(versionHeader),
        methodHeader: header(methodHeader), sessionID: header(sessionHeader),
        body: JSON(parsing: Array(body.readableBytesView))))
    var response = Response(status: HTTPResponse.Status(code: answer.status))
    if let body = answer.body {
      response.headers[.contentType] = "application/json"
      response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes))
    }
    if let name = sessionHeader { response.headers[name] = answer.sessionID }
    return response
  }
}
