import Agent
import MCPWire
import Signals
import TestSupport
import Testing

extension AgentDriver {
  /// Answers what is ordered until `seconds`; `fails`: whether the checks made then do.
  fileprivate mutating func check(to seconds: Double, fails: Bool) -> [[String]] {
    var made: [[String]] = []
    for second in stride(from: now.monotonic.elapsed.inSeconds, through: seconds, by: 1) {
      advance(to: second)
      for order in takeOrders() {
        made.append(order.target.checks.map(\.name))
        answer(order, .ok) { result in
          result.checks = order.target.checks.map { check in
            CheckResult(
              name: check.name, isSuccess: !fails, duration: .milliseconds(20),
              detail: fails ? "isError is true" : "")
          }
        }
      }
    }
    return made
  }
}

private func watched(_ checks: String..., interval: Duration? = .seconds(60)) -> MCPSettings {
  mcp { settings in
    settings.catalogueInterval = interval
    settings.target.checks = checks.map { ToolCheck(name: $0, tool: "look") }
  }
}

@Suite struct Checks {
  @Test(arguments: [(.seconds(60), 60.0), (nil, 300.0)] as [(Duration?, Double)])
  func `checks are made no more often than the catalogue is listed`(
    interval: Duration?, seconds: Double
  ) {
    var agent = AgentDriver([watched("a", "b", interval: interval)])
    let made = agent.check(to: 2 * seconds + 50, fails: false)
    #expect(made.count >= Int(2 * seconds / 10))
    #expect(made.filter { !$0.isEmpty } == [["a", "b"], ["a", "b"], ["a", "b"]])
    #expect(made.first == ["a", "b"])
  }

  @Test func `a probe that makes them lists the catalogue`() {
    var agent = AgentDriver([watched("a", interval: nil)])
    agent.advance(to: 4)
    #expect(agent.takeOrders().map(\.purpose) == [.catalogue])
  }

  @Test func `how long a tool takes is not how long the MCP takes`() {
    var agent = AgentDriver([watched("a")])
    agent.advance(to: 4)
    for order in agent.takeOrders() {
      agent.answer(order, .ok) { result in
        result.duration = .milliseconds(3100)
        result.checks = [CheckResult(name: "a", isSuccess: true, duration: .seconds(3))]
      }
    }
    #expect(agent.shown["weather"]?.durations.sumMicroseconds == 100_000)
    #expect(agent.shown["weather"]?.lastProbe?.duration == .milliseconds(3100))
  }

  @Test func `another coordinator does not make them again at once`() {
    var agent = AgentDriver([watched("a")])
    _ = agent.check(to: 5, fails: false)
    let shown = agent.shown.values.map { $0 }
    var state = AgentState(
      restoring: agent.contents, limits: AgentLimits(),
      succeeding: Predecessor(
        statuses: shown, figures: AgentFigures(), lastID: MCPID(number: 1)))
    var settings = Settings()
    settings.mcps = [watched("a")]
    var orders: [ProbeOrder] = []
    for (event, at) in [(AgentEvent.reconfigured(settings), 10.0), (.wokeUp, 20), (.wokeUp, 70)] {
      for case .probe(let order) in state.step(event, at: .at(at)) { orders.append(order) }
    }
    #expect(orders.first?.target.checks.isEmpty == true)
  }

  @Test func `with every probe a listing, checks keep to their interval`() {
    var settings = watched("a")
    settings.depth = .catalogue
    var agent = AgentDriver([settings])
    let made = agent.check(to: 55, fails: false)
    #expect(made.count >= 5)
    #expect(made.count { !$0.isEmpty } == 1)
  }

  @Test func `a probe that never came to them leaves them due; one that hung in a call does not`() {
    var agent = AgentDriver([watched("a")])
    agent.advance(to: 4)
    for order in agent.takeOrders() { agent.answer(order, .connectRefused) }
    agent.advance(to: 16)
    let again = agent.takeOrders()
    #expect(again.map(\.target.checks.count) == [1])
    for order in again { agent.answer(order, .timeout) { $0.stage = .toolsCall } }
    agent.advance(to: 26)
    #expect(agent.takeOrders().map(\.target.checks.count) == [0])
  }

  @Test func `a check that begins or ceases to fail is an event, and no other`() {
    var agent = AgentDriver([watched("a")])
    _ = agent.check(to: 5, fails: false)
    _ = agent.check(to: 130, fails: true)
    _ = agent.check(to: 260, fails: false)
    let events = agent.batches.flatMap(\.events).filter { !$0.data.isEmpty }
    #expect(events.map(\.type) == [.checkFailed, .checkSucceeded])
    #expect(events.first?.detail == "isError is true")
    #expect(events.first?.data == [Label(name: "check", value: "a")])
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `a check that fails at once is an event; one that is gone has no series`() {
    var agent = AgentDriver([watched("a", "b")])
    _ = agent.check(to: 5, fails: true)
    #expect(agent.events.count { $0 == .checkFailed } == 2)
    #expect(
      pageLines(of: agent).filter { $0.hasPrefix("mcp_check") } == [
        #"mcp_check_success{mcp="weather",check="a"} 0"#,
        #"mcp_check_success{mcp="weather",check="b"} 0"#,
        #"mcp_check_duration_seconds{mcp="weather",check="a"} 0.02"#,
        #"mcp_check_duration_seconds{mcp="weather",check="b"} 0.02"#,
      ])
    agent.reconfigure([watched("b")])
    #expect(agent.shown["weather"]?.checks.map(\.result.name) == ["b"])
    agent.reconfigure([watched()])
    #expect(pageLines(of: agent).allSatisfy { !$0.hasPrefix("mcp_check") })
  }

  @Test func `other checks cost no session`() {
    var agent = AgentDriver([watched("a")])
    agent.advance(to: 4)
    for order in agent.takeOrders() { agent.answer(order, .ok) { $0.memory.sessionID = "s" } }
    agent.reconfigure([watched("b")])
    #expect(agent.forgotten == [])
    agent.advance(to: 20)
    let orders = agent.takeOrders()
    #expect(orders.first?.memory.sessionID == "s")
    #expect(orders.first?.target.checks.map(\.name) == ["b"])
  }

  @Test func `the certificate's end is shown until the server shows another or is another`() {
    var agent = AgentDriver([mcp()])
    let end = Timestamp(milliseconds: 2_000_000_000_000)
    agent.advance(to: 4)
    for order in agent.takeOrders() { agent.answer(order, .ok) { $0.certificateExpiry = end } }
    agent.run(to: 60, answering: .ok)
    let name = "mcp_tls_certificate_expiry_timestamp_seconds"
    #expect(pageLines(of: agent).contains(#"\#(name){mcp="weather"} 2000000000"#))
    agent.reconfigure([mcp { $0.target.url = "http://other.test/mcp" }])
    #expect(agent.shown["weather"]?.certificateExpiry == nil)
  }
}
