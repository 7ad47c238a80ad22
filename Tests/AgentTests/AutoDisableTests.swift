import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

/// `max_failure_cycles` and `healthy_period` of CONTRACT.md 2, and defect 2 of OMNI2.
@Suite struct AutoDisable {
  private static let limited = mcp { $0.breaker.maxFailureCycles = 2 }

  private func givenUp() -> AgentDriver {
    var agent = AgentDriver([Self.limited])
    agent.run(to: 60, answering: .connectRefused)
    return agent
  }

  @Test func `the reason is in the journal, in an event and shown; no queue has it any more`() {
    let agent = givenUp()
    #expect(agent.contents.records.map(\.autoDisabledReason) == ["2 failure cycles"])
    let event = agent.batches.flatMap(\.events).last
    #expect(event?.type == .autoDisabled)
    #expect(event?.data == [Label(name: "failure_cycles", value: "2")])
    #expect(agent.shown["weather"]?.autoDisabledReason == "2 failure cycles")
    #expect(agent.queue == [])
  }

  @Test func `its series say disabled and open, and neither up nor when it is tried again`() {
    var page = ""
    MetricsPage.write(givenUp().snapshot, format: .text004) {
      page += String(decoding: $0, as: UTF8.self)
    }
    let lines = page.split(separator: "\n")
    #expect(lines.contains(#"mcp_health_status{mcp="weather",status="disabled"} 1"#))
    #expect(lines.contains(#"mcp_circuit_state{mcp="weather",state="open"} 1"#))
    #expect(lines.contains(#"mcp_failure_cycles{mcp="weather"} 2"#))
    #expect(!lines.contains { $0.hasPrefix("mcp_up{") })
    #expect(!lines.contains { $0.hasPrefix("mcp_circuit_retry_timestamp_seconds{") })
  }

  @Test func `a restart leaves it given up, and tells of it no second time`() {
    var agent = AgentDriver([Self.limited], restoring: givenUp().contents, at: .at(100))
    #expect(agent.shown["weather"]?.isEnabled == false)
    #expect(agent.shown["weather"]?.autoDisabledReason == "2 failure cycles")
    agent.run(to: 1000, answering: .ok)
    #expect(agent.shown["weather"]?.counters.probesOK == 0)
    #expect(agent.events == [])
  }

  private static let changes: [(String, MCPSettings)] = [
    ("a higher limit", mcp { $0.breaker.maxFailureCycles = 3 }),
    ("no limit", mcp()),
    ("another URL", mcp { $0.target.url = "http://new.test/mcp" }),
    (
      "no breaker",
      mcp {
        $0.breaker.maxFailureCycles = 2
        $0.breaker.enabled = false
      }
    ),
  ]

  @Test(arguments: changes)
  func `a reload that changes it gives it another chance`(change: (name: String, MCPSettings)) {
    var agent = givenUp()
    agent.reconfigure([change.1])
    let status = agent.shown["weather"]
    #expect(status?.isEnabled == true)
    #expect(status?.autoDisabledReason == nil)
    #expect(status?.circuit == .closed)
    #expect(status?.failureCycles == 0)
    agent.run(to: 80, answering: .ok)
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `a reload that changes only how it is shown gives it none`() {
    var agent = givenUp()
    var renamed = Self.limited
    renamed.description = "forecasts"
    agent.reconfigure([renamed])
    #expect(agent.shown["weather"]?.autoDisabledReason == "2 failure cycles")
    agent.advance(to: 1000)
    #expect(agent.takeOrders().isEmpty)
  }

  @Test(arguments: changes)
  func `the same changes while the agent is dead are another chance too`(
    change: (name: String, MCPSettings)
  ) {
    var agent = AgentDriver([change.1], restoring: givenUp().contents, at: .at(100))
    #expect(agent.shown["weather"]?.isEnabled == true)
    #expect(agent.shown["weather"]?.autoDisabledReason == nil)
    agent.run(to: 200, answering: .ok)
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `a breaker that is switched off never gives up`() {
    var agent = AgentDriver([
      mcp {
        $0.breaker.enabled = false
        $0.breaker.maxFailureCycles = 1
      }
    ])
    agent.run(to: 500, answering: .connectRefused)
    #expect(agent.shown["weather"]?.isEnabled == true)
    #expect(agent.shown["weather"]?.failureCycles == 0)
  }
}

@Suite struct HealthyPeriod {
  private static let settings = mcp {
    $0.breaker.healthyPeriod = .seconds(100)
    $0.breaker.maxFailureCycles = 3
  }

  /// Opened once, closed again by a trial that came some 43 s after the start.
  private func recovered() -> AgentDriver {
    var agent = AgentDriver([Self.settings])
    agent.run(to: 30, answering: .connectRefused)
    agent.run(to: 60, answering: .ok)
    return agent
  }

  /// What happens between 100 s and 120 s, and the cycles at 155 s and at 260 s.
  @Test(arguments: [
    (ProbeOutcome.ok, 0, 0),
    (.internalError, 0, 0),  // our own fault says nothing
    (.authRequired, 1, 0),  // it answers, but it is not up
    (.connectRefused, 1, 0),
  ]) func `only being up forgets the cycles`(between: ProbeOutcome, at155: Int, at260: Int) {
    var agent = recovered()
    agent.run(to: 100, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == 1)
    agent.run(to: 120, answering: between)
    agent.run(to: 155, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == at155)
    agent.run(to: 260, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == at260)
  }

  @Test func `a healthy period spans a restart, to the second`() {
    let contents = recovered().contents
    var agent = AgentDriver([Self.settings], restoring: contents, at: .at(90))
    agent.run(to: 135, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == 1)
    agent.run(to: 155, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == 0)
    #expect(agent.contents.records.map(\.breaker.failureCycles) == [0])
  }

  @Test(arguments: [[mcp { $0.enabled = false }], []])
  func `time in which it is not watched is not healthy`(meanwhile: [MCPSettings]) {
    var agent = recovered()
    agent.reconfigure(meanwhile)
    agent.advance(to: 300)
    agent.reconfigure([Self.settings])
    agent.run(to: 390, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == 1)
    agent.run(to: 420, answering: .ok)
    #expect(agent.shown["weather"]?.failureCycles == 0)
  }

  @Test func `an MCP that fails now and then is never given up`() {
    var agent = AgentDriver([Self.settings])
    for flap in 0..<10 {
      agent.run(to: Double(flap) * 200 + 30, answering: .connectRefused)
      agent.run(to: Double(flap) * 200 + 200, answering: .ok)
    }
    #expect(agent.shown["weather"]?.counters.opens == 10)
    #expect(agent.shown["weather"]?.isEnabled == true)
  }
}
