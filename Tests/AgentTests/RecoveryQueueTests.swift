import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

extension AgentDriver {
  /// What the world may see now.
  var snapshot: AgentSnapshot {
    let mcps = shown.values.sorted { $0.description.name < $1.description.name }
    return AgentSnapshot(mcps: mcps, agent: AgentHealth(), at: now.wall)
  }

  var queue: [RecoveryPlace] { snapshot.recoveryQueue }
}

@Suite struct RecoveryQueue {
  private func status(
    _ name: String, _ circuit: Breaker.StateName, retryAt seconds: Double? = nil,
    isEnabled: Bool = true
  ) -> MCPStatus {
    var status = MCPStatus(description: MCPDescription(mcp(name)), isEnabled: isEnabled)
    status.circuit = circuit
    status.retryAt = seconds.map { Now.at($0).wall }
    return status
  }

  @Test func `open circuits wait by the instant of their trial, ties by name, others not at all`() {
    let mcps = [
      status("b", .open, retryAt: 30), status("a", .open, retryAt: 30),
      status("late", .open, retryAt: 90), status("early", .open, retryAt: 10),
      status("trying", .halfOpen), status("well", .closed),
      status("off", .open, retryAt: 5, isEnabled: false),
    ]
    let queue = AgentSnapshot(mcps: mcps, agent: AgentHealth(), at: Now.at(20).wall).recoveryQueue
    #expect(queue.map(\.mcp) == ["early", "a", "b", "late"])
    #expect(queue.map(\.position) == [1, 2, 3, 4])
    #expect(queue.map(\.retryAt) == [10, 30, 30, 90].map { Now.at($0).wall })
  }

  @Test func `each trial is an attempt, also the second of a round, and a restart forgets none`() {
    let settings = mcp { $0.breaker.halfOpenMaxCalls = 2 }
    var agent = AgentDriver([settings])
    agent.run(to: 30, answering: .connectRefused)
    #expect(agent.queue.map(\.attempts) == [0])
    agent.run(to: 45, answering: .connectRefused)
    #expect(agent.shown["weather"]?.circuit == .halfOpen)
    #expect(agent.queue == [], "between two trials of a round it does not wait")
    agent.run(to: 60, answering: .connectRefused)
    #expect(agent.queue.map(\.attempts) == [2])

    var restarted = AgentDriver([settings], restoring: agent.contents, at: .at(65))
    #expect(restarted.queue == agent.queue)
    restarted.run(to: 110, answering: .connectRefused)
    #expect(restarted.queue.map(\.attempts) == [4])
    restarted.run(to: 220, answering: .ok)
    #expect(restarted.shown["weather"]?.circuit == .closed)
    restarted.run(to: 260, answering: .connectRefused)
    #expect(restarted.queue.map(\.attempts) == [0], "another outage begins to count anew")
  }

  @Test func `a trial that never reports is an attempt`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    agent.advance(to: 55)
    for order in agent.takeOrders().suffix(1) { agent.answer(order, .connectRefused) }
    #expect(agent.queue.map(\.attempts) == [2])
  }

  @Test func `who waits longer falls behind, and comes first when its time is near`() {
    let steady: (inout MCPSettings) -> Void = { $0.breaker.backoff.multiplier = 1 }
    let slow = mcp("slow") {
      steady(&$0)
      $0.breaker.recoveryTimeout = .seconds(50)
    }
    var agent = AgentDriver([mcp("fast", steady), slow])
    var seen: [[String]] = []
    for second in stride(from: 30.0, through: 240, by: 1) {
      agent.run(to: second, answering: .connectRefused)
      let order = agent.queue.map(\.mcp)
      if order.count == 2, order != seen.last { seen.append(order) }
    }
    #expect(seen.prefix(3) == [["fast", "slow"], ["slow", "fast"], ["fast", "slow"]])
    #expect(agent.queue.allSatisfy { $0.attempts > 1 })
    agent.run(to: 400, answering: .ok)
    #expect(agent.queue == [])
  }
}
