import Agent
import Hummingbird
import HummingbirdCore

/// What operators ask for. Who it is goes to the agent, which keeps an event of it.
extension Responder {
  func act(
    _ kind: MCPAction.Kind, on name: String, by caller: Caller
  ) async throws -> Response {
    let outcome: ActionOutcome
    do {
      outcome = try await agent.act(kind, on: name, by: caller)
    } catch {
      throw Problem.noAnswer
    }
    switch outcome {
    case .done, .unchanged: return try .json(ActionView(effect: outcome.effect))
    case .refused(let why): throw Problem.conflict(why)
    case .noSuchMCP: throw Problem.notFound("no such MCP")
    case .unknown: throw Problem.noAnswer
    }
  }

  func reload(by caller: Caller) async throws(Problem) -> Response {
    let problems = await agent.reload(by: caller)
    guard problems.isEmpty else {
      throw .internal("failed to reload config: \(problems.joined(separator: "; "))")
    }
    return .text("Configuration reloaded.\n")
  }

  func quit(by caller: Caller) async -> Response {
    await agent.quit(by: caller)
    return .text("Breakwater is shutting down.\n")
  }

  /// The coordinator fails within a turn; with `mcp`, while it has that MCP in hand.
  func drill(
    _ fault: CoordinatorDrill.Fault, _ query: [String: String], by caller: Caller
  ) async throws(Problem) -> Response {
    let name = query["mcp"]
    if let name { _ = try mcp(named: name) }
    guard await agent.drill(CoordinatorDrill(fault, mcp: name), by: caller) else {
      throw .unavailable("as many drills wait as may")
    }
    return .text("The coordinator is asked to \(fault.rawValue).\n")
  }
}

/// What came of an action.
struct ActionView: Encodable {
  let effect: String
}
