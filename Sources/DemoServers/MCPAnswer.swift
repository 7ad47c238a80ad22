/// A request to a demo server: what of HTTP and JSON-RPC the protocol looks at.
struct MCPRequest: Sendable {
  enum HTTPMethod: Sendable { case post, delete }

  var httpMethod: HTTPMethod
  /// `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Session-Id`.
  var version: String?
  var methodHeader: String?
  var sessionID: String?
  var body: JSON?
}

/// What a demo server answers.
struct MCPAnswer: Equatable, Sendable {
  var status: Int
  var sessionID: String?
  var body: JSON?

  static func result(_ result: [String: JSON], id: JSON) -> Self {
    MCPAnswer(
      status: 200,
      body: .object(["jsonrpc": .string("2.0"), "id": id, "result": .object(result)]))
  }

  static func error(
    _ code: Int64, _ message: String, status: Int, id: JSON = .null, data: JSON? = nil
  ) -> Self {
    var error: [String: JSON] = ["code": .integer(code), "message": .string(message)]
    error["data"] = data
    return MCPAnswer(
      status: status,
      body: .object(["jsonrpc": .string("2.0"), "id": id, "error": .object(error)]))
  }
}
