import Signals

/// An MCP that needs attention at an instant, unless it has another alarm by then.
struct Alarm: Comparable, Sendable {
  let at: MonotonicInstant
  let mcp: MCPID

  static func < (lhs: Self, rhs: Self) -> Bool { (lhs.at, lhs.mcp) < (rhs.at, rhs.mcp) }
}
