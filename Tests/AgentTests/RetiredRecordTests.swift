import Agent
import MCPWire
import Signals
import TestSupport
import Testing

@Test func `of names that come and go, the records written last are kept, others are counted`() {
  var limits = AgentLimits()
  limits.retiredRecords = 2
  var agent = AgentDriver([mcp("a")], limits: limits)
  for (second, next) in [(50.0, "b"), (100, "c"), (150, "d"), (200, "e")] {
    agent.run(to: second, answering: .connectRefused)
    agent.reconfigure([mcp(next)])
  }
  #expect(agent.state.figures.recordsDropped == 2)
  agent.reconfigure([mcp("a"), mcp("d")])
  #expect(agent.shown["a"]?.counters.opens == 0, "forgotten")
  #expect(agent.shown["d"].map { $0.counters.opens > 0 } == true, "kept")
}
