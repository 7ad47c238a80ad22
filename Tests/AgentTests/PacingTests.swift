import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

extension AgentDriver {
  /// The seconds between the probes of one MCP until `seconds`, each answered so.
  fileprivate mutating func pauses(
    to seconds: Double, _ outcome: (Int) -> ProbeOutcome, retryAfter: Duration? = nil
  ) -> [Double] {
    var starts: [Double] = []
    for tenth in 0..<Int(seconds * 10) {
      advance(to: Double(tenth) / 10)
      for order in takeOrders() {
        starts.append(now.monotonic.elapsed.inSeconds)
        answer(order, outcome(starts.count)) { $0.retryAfter = retryAfter }
      }
    }
    return zip(starts.dropFirst(), starts).map { $0 - $1 }
  }
}

@Suite struct Pacing {
  /// T31 of the faults.
  @Test(arguments: [ProbeOutcome.rateLimited, .unavailable])
  func `the next probe does not come before Retry-After`(outcome: ProbeOutcome) {
    var agent = AgentDriver([mcp { $0.breaker.failureThreshold = 100 }])
    let pauses = agent.pauses(to: 300, { _ in outcome }, retryAfter: .seconds(45))
    #expect(pauses.count >= 4)
    #expect(pauses.allSatisfy { $0 >= 44.9 }, "\(pauses)")
  }

  @Test func `an open circuit's trial does not come before Retry-After`() {
    var agent = AgentDriver([mcp { $0.breaker.failureThreshold = 1 }])
    let pauses = agent.pauses(to: 300, { _ in .unavailable }, retryAfter: .seconds(90))
    #expect(pauses.first ?? 0 >= 89.9, "\(pauses)")
  }

  @Test func `a server that goes on being neutral is asked less often, up to four intervals`() {
    var agent = AgentDriver([mcp()])
    let pauses = agent.pauses(to: 300, { _ in .authRequired })
    #expect(pauses.first ?? 0 < 15.1, "the first one changes nothing")
    #expect(pauses.dropFirst().first.map { (15...30).contains($0) } == true, "\(pauses)")
    #expect(pauses.dropFirst(2).allSatisfy { (30...45).contains($0) }, "\(pauses)")
    #expect(pauses.count > 5)
  }

  @Test func `anything else ends that`() {
    var agent = AgentDriver([mcp()])
    let pauses = agent.pauses(to: 400) { $0 <= 5 ? .authRequired : .ok }
    #expect(pauses.dropFirst(6).allSatisfy { (9.8...10.2).contains($0) }, "\(pauses)")
    #expect(pauses.count > 20)
  }

  @Test func `nobody waits longer than five minutes for it`() {
    var agent = AgentDriver([
      mcp { $0.interval = .seconds(200) }, mcp("slow") { $0.interval = .seconds(900) },
    ])
    agent.run(to: 20_000, answering: .authRequired)
    let probes = agent.shown.mapValues { $0.counters.probesNotOK.first?.count ?? 0 }
    #expect(probes["weather", default: 0] >= 20_000 / 310)
    #expect(probes["slow", default: 0] >= 20_000 / 910)
  }

  @Test func `many that are neutral do not come together`() {
    var agent = AgentDriver((0..<40).map { mcp("mcp-\($0)") })
    agent.run(to: 200, answering: .authRequired)
    var starts: Set<Int> = []
    for tenth in 2000..<2400 {
      agent.advance(to: Double(tenth) / 10)
      for order in agent.takeOrders() {
        starts.insert(tenth)
        agent.answer(order, .authRequired)
      }
    }
    #expect(starts.count > 20)
  }
}
