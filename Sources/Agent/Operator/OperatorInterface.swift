/// What the web server may ask the agent to do. Whoever asks is in an event, with what came of it.
package protocol OperatorInterface: Sendable {
  /// What came of it is committed by then.
  func act(
    _ kind: MCPAction.Kind, on mcp: String, by caller: Caller
  ) async throws(NoAnswer) -> ActionOutcome
  /// Reads the configuration again; the problems if it is not taken over.
  func reload(by caller: Caller) async -> [String]
  /// Begins a clean drain.
  func quit(by caller: Caller) async
  /// Has the coordinator fail; false when too many drills wait already.
  func drill(_ drill: CoordinatorDrill, by caller: Caller) async -> Bool
}

/// An agent that does nothing of it.
extension OperatorInterface {
  package func act(
    _ kind: MCPAction.Kind, on mcp: String, by caller: Caller
  ) async throws(NoAnswer) -> ActionOutcome { .noSuchMCP }
  package func reload(by caller: Caller) async -> [String] { [] }
  package func quit(by caller: Caller) async {}
  package func drill(_ drill: CoordinatorDrill, by caller: Caller) async -> Bool { false }
}
