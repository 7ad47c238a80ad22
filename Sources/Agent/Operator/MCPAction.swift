/// What an operator asks of one MCP.
package struct MCPAction: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable { case probe, enable, disable, reset }

  package var kind: Kind
  package var mcp: String
  package var caller: Caller
  /// What the answer is told by.
  package var ticket: UInt64

  package init(_ kind: Kind, on mcp: String, by caller: Caller, ticket: UInt64) {
    self.kind = kind
    self.mcp = mcp
    self.caller = caller
    self.ticket = ticket
  }
}

/// What came of something that an operator asked for.
package enum ActionOutcome: Equatable, Sendable {
  case done
  /// It was so already.
  case unchanged
  /// It cannot be now, and why.
  case refused(String)
  case noSuchMCP
  /// Whoever does it did not say in time: it may come to be.
  case unknown

  /// The value of `effect` in an event.
  package var effect: String {
    switch self {
    case .done: "done"
    case .unchanged: "unchanged"
    case .refused, .noSuchMCP: "refused"
    case .unknown: "unknown"
    }
  }

  package var detail: String {
    switch self {
    case .done, .unchanged: ""
    case .refused(let why): why
    case .noSuchMCP: "no such MCP"
    case .unknown: "no answer in time; it may be done all the same"
    }
  }
}
