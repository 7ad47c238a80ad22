extension ProbeScript {
  var isStateless: Bool { memory.transport == .statelessHTTP }
  /// The old transport's stream is one.
  var hasSession: Bool { memory.sessionID != nil || speaksSSE }

  /// The request that the current step needs; begins its exchange.
  mutating func nextRequest() -> ProbeRequest {
    if isRedirected, var request {
      isRedirected = false
      request.url = url
      exchange = Exchange(id: exchange.id, bodyLimit: exchange.bodyLimit)
      return request
    }
    switch step {
    case .discover, .recheck:
      return post(
        RequestWriter.discover(id: 1, clientVersion: clientVersion, extensions: extensions), id: 1,
        stage: .discover,
        headers: Self.statelessHeaders(method: "server/discover"))
    case .initialize:
      return post(
        RequestWriter.initialize(clientVersion: clientVersion), id: 1, stage: .initialize,
        headers: [])
    case .initialized:
      return post(
        RequestWriter.initialized, id: nil, stage: .initialized, headers: sessionHeaders)
    case .ping:
      let id = takeRequestID()
      return post(
        RequestWriter.legacy(id: id, method: "ping"), id: id, stage: .ping, headers: sessionHeaders)
    case .sseOpen:
      exchange = Exchange(id: nil, bodyLimit: Exchange.errorBodyLimit)
      return ProbeRequest(
        method: .get, url: url, headers: [("Accept", "text/event-stream")], body: [],
        stage: .sseOpen, bodyLimit: Exchange.errorBodyLimit)
    case .list(let progress): return page(of: progress)
    case .check(let check, _): return call(check)
    case .delete:
      exchange = Exchange(id: nil, bodyLimit: Exchange.errorBodyLimit)
      return ProbeRequest(
        method: .delete, url: url, headers: sessionHeaders, body: [], stage: .delete,
        bodyLimit: Exchange.errorBodyLimit)
    }
  }

  private mutating func page(of progress: ListProgress) -> ProbeRequest {
    let stage = progress.list.stage
    let id = takeRequestID()
    let body: [UInt8]
    let headers: [(name: String, value: String)]
    if isStateless {
      body = RequestWriter.stateless(
        id: id, method: stage.method, cursor: progress.cursor, clientVersion: clientVersion,
        extensions: extensions)
      headers = Self.statelessHeaders(method: stage.method)
    } else {
      body = RequestWriter.legacy(id: id, method: stage.method, cursor: progress.cursor)
      headers = sessionHeaders
    }
    return post(body, id: id, stage: stage, headers: headers, bodyLimit: progress.bodyLimit)
  }

  mutating func post(
    _ body: [UInt8], id: Int64?, stage: ProbeStage, headers: [(name: String, value: String)],
    bodyLimit: Int = ProbeScript.answerBytesMax
  ) -> ProbeRequest {
    exchange = Exchange(id: id, bodyLimit: bodyLimit)
    return ProbeRequest(
      method: .post, url: speaksSSE ? memory.stream?.endpoint ?? url : url, headers: headers,
      body: body, stage: stage, bodyLimit: bodyLimit)
  }

  /// Ids grow inside a session; without one every POST stands alone and may be the first.
  mutating func takeRequestID() -> Int64 {
    guard hasSession, !isStateless else { return 1 }
    memory.lastRequestID &+= 1
    return memory.lastRequestID
  }

  static func statelessHeaders(method: String) -> [(name: String, value: String)] {
    [("MCP-Protocol-Version", ProtocolVersions.stateless), ("Mcp-Method", method)]
  }

  var sessionHeaders: [(name: String, value: String)] {
    if speaksSSE { return [] }
    var headers: [(name: String, value: String)] = []
    if let session = memory.sessionID { headers.append(("Mcp-Session-Id", session)) }
    headers.append(("MCP-Protocol-Version", memory.protocolVersion ?? ProtocolVersions.offered))
    return headers
  }
}

extension ProbeStage {
  /// What is asked in this stage, as MCP names it.
  package var method: String {
    switch self {
    case .resolve: "resolve"
    case .connect: "connect"
    case .tls: "tls"
    case .discover: "server/discover"
    case .initialize: "initialize"
    case .initialized: "notifications/initialized"
    case .ping: "ping"
    case .toolsList: "tools/list"
    case .promptsList: "prompts/list"
    case .resourcesList: "resources/list"
    case .resourceTemplatesList: "resources/templates/list"
    case .toolsCall: "tools/call"
    case .sseOpen: "GET"
    case .sseStream: "event stream"
    case .token: "token"
    case .delete: "DELETE"
    }
  }
}
