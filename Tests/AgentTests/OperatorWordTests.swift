import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

/// When what an operator said ends: never by itself, and when the configuration says the same.
@Suite struct OperatorWords {
  private static let off = mcp { $0.enabled = false }
  private static let slower = mcp { $0.interval = .seconds(20) }

  /// `-` disable, `+` enable by hand; `1` and `0` the configuration enables or disables it; `s` it
  /// changes something else; `.` it is taken out; `x` the agent is killed and starts again.
  private static let strips: [(does: String, enabled: String)] = [
    ("1-", "10"),
    ("1-x", "100"),
    ("1-xx1x", "100000"),
    ("1-s", "100"),
    ("1-.1", "10.0"),
    ("1-.x1", "10..0"),
    ("1-01", "1001"),  // the file says it too, so that the file counts in the end
    ("1-0x1", "10001"),
    ("1-+", "101"),
    ("1-+0", "1010"),
    ("0+", "01"),
    ("0+x", "011"),
    ("0+10", "0110"),
    ("0+-", "010"),
    ("0+-1", "0101"),
    ("0+.0", "01.1"),
    ("0-1", "001"),
    ("1+0", "110"),
  ]

  @Test func `the last word of operator and configuration`() {
    for (does, expected) in Self.strips {
      var agent = AgentDriver([])
      var mcps: [MCPSettings] = []
      var enabled = ""
      var kept: [String: MCPRecord] = [:]
      for (second, move) in does.enumerated() {
        agent.advance(to: Double(second))
        switch move {
        case "-": agent.act(.disable)
        case "+": agent.act(.enable)
        case "x":
          for record in agent.contents.records { kept[record.name] = record }
          var contents = agent.contents
          contents.records = Array(kept.values)
          agent = AgentDriver(mcps, restoring: contents, at: .at(Double(second)))
        case "1": mcps = [mcp()]
        case "0": mcps = [Self.off]
        case "s": mcps = [Self.slower]
        default: mcps = []
        }
        if "10s.".contains(move) { agent.reconfigure(mcps) }
        enabled += agent.shown["weather"].map { $0.isEnabled ? "1" : "0" } ?? "."
      }
      #expect(enabled == expected, "\(does)")
    }
  }

  @Test func `an edit while the agent is dead counts too`() {
    var agent = AgentDriver([mcp()])
    agent.act(.disable)
    agent = AgentDriver([Self.off], restoring: agent.contents)
    agent = AgentDriver([mcp()], restoring: agent.contents)
    #expect(agent.shown["weather"]?.isEnabled == true)
    #expect(agent.shown["weather"]?.disabledReason == nil)
  }

  /// The events that a configuration makes, with the server down from 3 s on.
  @Test(arguments: [
    (Self.off, mcp(), "manually_disabled manually_enabled"),
    (nil, mcp(), "manually_disabled manually_enabled"),
    (Self.slower, mcp(), ""),
  ]) func `a configuration that switches it says so by events`(
    meanwhile: MCPSettings?, after: MCPSettings, expected: String
  ) {
    var agent = AgentDriver([mcp()])
    agent.run(to: 3, answering: .connectRefused)
    let known = agent.events.count
    agent.reconfigure(meanwhile.map { [$0] } ?? [])
    agent.reconfigure([after])
    let events = agent.batches.flatMap(\.events).dropFirst(known)
    #expect(events.map(\.type.rawValue).joined(separator: " ") == expected)
    #expect(events.allSatisfy { $0.data == [Label(name: "by", value: "configuration")] })
  }

  @Test func `an outage of an MCP that is found disabled at a start ends there`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 3, answering: .connectRefused)
    agent = AgentDriver([Self.off], restoring: agent.contents, at: .at(10))
    #expect(agent.events == [.manuallyDisabled])
    agent = AgentDriver([Self.off], restoring: agent.contents, at: .at(20))
    #expect(agent.events == [])
  }
}
