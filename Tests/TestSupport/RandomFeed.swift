package import Agent
import Breaking
package import MCPWire
import Signals

/// Rows of the feed with every optional set or not, and texts that storage likes to break.
extension SeededRandom {
  package mutating func feedRow(of mcps: [String], sequence: UInt64) -> FeedRow {
    var row = FeedRow(mcp: pick(mcps))
    let parts = row.mcp.isEmpty ? 1 : Int.random(in: 1...7, using: &self)
    if parts & 1 != 0 { row.log = feedLog(sequence) }
    if parts & 2 != 0 { row.state = feedState() }
    if parts & 4 != 0, parts == 7 { row.tools = feedTools() }
    return row
  }

  package mutating func feedLog(_ sequence: UInt64) -> FeedLog {
    FeedLog(
      sequence: sequence, timestamp: feedTime(), type: pick(HealthEventType.allCases),
      status: pick(HealthStatus.allCases),
      responseTime: maybe { .milliseconds(Int.random(in: 0...90_000, using: &$0)) },
      outcome: maybe { $0.pick(ProbeOutcome.allCases) }, detail: feedText(),
      data: (0..<Int.random(in: 0...3, using: &self)).map { number in
        Label(name: feedText() + "\(number)", value: feedText())
      })
  }

  package mutating func feedState() -> FeedState {
    var state = FeedState(at: feedTime(), health: pick(HealthStatus.allCases))
    state.lastCheck = maybe { $0.feedTime() }
    state.errors = Int.random(in: 0...3, using: &self)
    state.circuit = pick(Breaker.StateName.allCases)
    state.consecutiveFailures = Int.random(in: 0...1_000_000, using: &self)
    state.failureCycles = Int.random(in: 0...10, using: &self)
    state.lastRecoveryAttempt = maybe { $0.feedTime() }
    state.downtime.total = .milliseconds(Int.random(in: 0...1_000_000_000, using: &self))
    state.downtime.since = maybe { $0.feedTime() }
    state.autoDisabledReason = maybe { $0.feedText() }
    return state
  }

  package mutating func feedTools() -> [ToolListing] {
    (0..<Int.random(in: 0...4, using: &self)).map { _ in
      ToolListing(
        name: feedText(), description: maybe { $0.feedText() },
        inputSchema: maybe { $0.pick(["{}", #"{"type":"object"}"#, #"{"é": [1, null]}"#]) })
    }
  }

  package mutating func feedText() -> String {
    let pieces = [
      "weather", "", " ", "'", "\"", "\\", "\n", "\t", "\u{0}", "\u{1}", "\u{7f}", "é", "日本",
      "👩‍👩‍👧", "\u{fffd}", "\\u0000", "null", "{}", "\u{2028}", "\\N", "\\.",
    ]
    return (0..<Int.random(in: 0...4, using: &self)).map { _ in pick(pieces) }.joined()
  }

  package mutating func maybe<Value>(_ make: (inout SeededRandom) -> Value) -> Value? {
    Bool.random(using: &self) ? make(&self) : nil
  }

  package mutating func pick<Values: Collection>(_ values: Values) -> Values.Element {
    let offset = Int.random(in: 0..<values.count, using: &self)
    return values[values.index(values.startIndex, offsetBy: offset)]
  }

  /// From 1969 to 2096.
  private mutating func feedTime() -> Timestamp {
    Timestamp(milliseconds: Int64.random(in: -1_000_000...4_000_000_000_000, using: &self))
  }
}
