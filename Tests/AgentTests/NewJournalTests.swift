import Agent
import Breaking
import MCPWire
import Signals
import Testing

/// A journal that was damaged is a new one.
@Suite struct NewJournalTests {
  @Test func `a new journal gets everything that the one before had, and an event says so`() {
    var agent = AgentDriver([mcp("a"), mcp("b"), mcp("c")])
    agent.run(to: 30, answering: .connectRefused)
    agent.reconfigure([mcp("a"), mcp("b")])
    agent.run(to: 60, answering: .connectRefused)
    let before = agent.contents.records
    let lost = agent.batches.count
    agent.send(.journalReplaced)
    let batch = agent.batches.dropFirst(lost).first
    #expect(batch?.records.map(\.name).sorted() == ["a", "b", "c"])
    #expect(batch?.events.map(\.type) == [.journalReplaced])
    #expect(batch?.records.map(\.breaker).count == before.count)
    for record in before {
      #expect(batch?.records.first { $0.name == record.name }?.breaker == record.breaker)
    }
    #expect(batch?.sequence == UInt64(lost + 1))
  }
}
