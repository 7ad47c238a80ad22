import Agent
import Hummingbird
import HummingbirdCore
import Logging
import Notifications

extension Responder {
  func alertmanager(
    _ route: AlertmanagerRoute, _ target: RequestTarget, _ request: Request, _ body: [UInt8],
    by caller: Caller
  ) async throws -> Response {
    switch (route, request.method) {
    case (.silences, .post):
      return sending(try await alertmanager.setSilence(body, by: caller), type: "application/json")
    case (.silence(let id), .delete):
      try await alertmanager.expireSilence(id, by: caller)
      return .text("")
    default:
      let gzip = request.wantsGzip
      let parameters = try QueryParameters(target: target, form: nil)
      return sending(
        try await alertmanager.answer(route, parameters, gzip: gzip), isGzip: gzip)
    }
  }

  func messages(_ query: MessageQuery) async throws -> Response {
    let page = try await reading {
      try await agent.messages(in: query.state, limit: query.limit, before: query.before)
    }
    return try .json(MessagesView(page))
  }

  func redeliver(_ id: String, by caller: Caller) async throws -> Response {
    guard let number = MessageQuery.number(id) else {
      throw Problem(RedeliveryProblem.notFound)
    }
    let result = try await reading { try await agent.redeliver(number, by: caller) }
    return try .json(RedeliveryView(id: "\(result.mapError(Problem.init).get())"))
  }

  private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch is NoAnswer {
      throw Problem.noAnswer
    } catch {
      logger.warning("messages cannot be read", metadata: ["error": "\(type(of: error))"])
      throw Problem.unavailable("the journal cannot be read")
    }
  }
}
