import Synchronization

/// An MCP server that lists its catalogue: streamable HTTP with sessions and, if asked to, the
/// stateless revision beside it.
final class MCPServer: Sendable {
  static let statelessVersion = "2026-07-28"
  /// Oldest first; the last one answers a client that asks for another.
  static let sessionVersions = ["2025-03-26", "2025-06-18", "2025-11-25"]
  /// Beyond this the oldest session ends.
  static let sessionsMax = 256

  private let catalogue: DemoCatalogue
  private let isStateless: Bool
  private let sessions = Mutex<[String]>([])

  init(_ catalogue: DemoCatalogue, stateless: Bool) {
    self.catalogue = catalogue
    self.isStateless = stateless
  }

  func answer(_ request: MCPRequest) -> MCPAnswer {
    if case .delete = request.httpMethod { return end(request.sessionID) }
    guard let body = request.body, body["jsonrpc"]?.text == "2.0",
      let method = body["method"]?.text
    else { return .error(-32700, "Parse error", status: 400) }
    let id = body["id"]
    if isStateless && (request.version ?? "") > (Self.sessionVersions.last ?? "") {
      return stateless(request, method, id: id ?? .null, params: body["params"])
    }
    if method == "initialize" { return initialize(id: id ?? .null, params: body["params"]) }
    guard let sessionID = request.sessionID else {
      return .error(-32600, "Bad Request: Missing session ID", status: 400)
    }
    guard sessions.withLock({ $0.contains(sessionID) }) else {
      return .error(-32600, "Session not found", status: 404)
    }
    guard let id else { return MCPAnswer(status: 202) }  // a notification
    if method == "ping" { return .result([:], id: id) }
    guard let list = catalogue.list(method) else {
      return .error(-32601, "Method not found: \(method)", status: 200, id: id)
    }
    return .result(list, id: id)
  }
}

extension MCPServer {
  private func initialize(id: JSON, params: JSON?) -> MCPAnswer {
    let wanted = params?["protocolVersion"]?.text ?? ""
    let version = Self.sessionVersions.first { $0 == wanted } ?? Self.sessionVersions.last ?? ""
    var generator = SystemRandomNumberGenerator()
    let session = String(generator.next() as UInt64, radix: 16)
    sessions.withLock { sessions in
      if sessions.count >= Self.sessionsMax { sessions.removeFirst() }
      sessions.append(session)
    }
    var answer = MCPAnswer.result(
      [
        "protocolVersion": .string(version), "capabilities": catalogue.capabilities,
        "serverInfo": catalogue.identity, "instructions": .string(catalogue.instructions),
      ], id: id)
    answer.sessionID = session
    return answer
  }

  private func end(_ sessionID: String?) -> MCPAnswer {
    let known = sessions.withLock { sessions in
      guard let index = sessions.firstIndex(where: { $0 == sessionID }) else { return false }
      sessions.remove(at: index)
      return true
    }
    return known ? MCPAnswer(status: 204) : .error(-32600, "Session not found", status: 404)
  }

  private func stateless(
    _ request: MCPRequest, _ method: String, id: JSON, params: JSON?
  ) -> MCPAnswer {
    let meta = params?["_meta"]
    let version = meta?["io.modelcontextprotocol/protocolVersion"]?.text
    guard request.methodHeader == method, request.version == version else {
      return .error(-32020, "Headers do not match the body", status: 400, id: id)
    }
    guard request.version == Self.statelessVersion else {
      let data: JSON = .object([
        "supported": .array([.string(Self.statelessVersion)]),
        "requested": .string(request.version ?? ""),
      ])
      return .error(-32022, "Unsupported protocol version", status: 400, id: id, data: data)
    }
    guard meta?["io.modelcontextprotocol/clientCapabilities"] != nil else {
      return .error(-32602, "_meta lacks clientCapabilities", status: 400, id: id)
    }
    var result: [String: JSON]
    if method == "server/discover" {
      result = [
        "supportedVersions": .array([.string(Self.statelessVersion)]),
        "capabilities": catalogue.capabilities, "instructions": .string(catalogue.instructions),
      ]
    } else if let list = catalogue.list(method) {
      result = list
    } else {
      return .error(-32601, "Method not found: \(method)", status: 404, id: id)
    }
    result["resultType"] = .string("complete")
    result["ttlMs"] = .integer(0)
    result["cacheScope"] = .string("private")
    result["_meta"] = .object(["io.modelcontextprotocol/serverInfo": catalogue.identity])
    return .result(result, id: id)
  }
}
