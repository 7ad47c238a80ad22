import Agent
import MCPWire
import Signals
import Testing

/// What a server keeps of us, and what is done about it when we go.
@Suite struct Goodbyes {
  @Test func `a probe that is let go of does not meet the next one at its server`() {
    var agent = AgentDriver([mcp("a")])
    agent.advance(to: 3.1)
    let dropped = agent.takeOrders().map(\.mcp)
    agent.reconfigure([mcp("a") { $0.interval = .seconds(20) }])
    #expect(!dropped.isEmpty)
    #expect(agent.forgotten == dropped)
  }

  @Test func `the session of an MCP that goes, or becomes another, is ended at its old address`() {
    var agent = AgentDriver([mcp("a"), mcp("b"), mcp("c")])
    agent.advance(to: 3.1)
    for order in agent.takeOrders() { agent.answer(order, .ok) { $0.memory.sessionID = "s1" } }
    agent.reconfigure([mcp("b") { $0.target.url = "http://other.test/mcp" }, mcp("c")])
    let goodbyes = agent.takeOrders().filter { $0.purpose == .endSession }
    #expect(goodbyes.map(\.memory.sessionID) == ["s1", "s1"])
    #expect(goodbyes.map(\.target.url).sorted() == [mcp("a").target.url, mcp("b").target.url])
  }
}
