import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

/// `POST /api/v1/mcps/{name}/...`: what comes of it in each state, and what the state is after it.
@Suite struct Actions {
  /// A state that an MCP can be in.
  enum Before: CaseIterable {
    case up, down, open, trial, probing, disabled, byHand, givenUp, quarantined
  }

  private static func agent(_ before: Before) -> AgentDriver {
    switch before {
    case .up:
      var agent = AgentDriver([mcp()])
      agent.run(to: 11, answering: .ok)
      return agent
    case .down:
      var agent = AgentDriver([mcp { $0.breaker.failureThreshold = 99 }])
      agent.run(to: 11, answering: .connectRefused)
      return agent
    case .open:
      var agent = AgentDriver([mcp()])
      agent.run(to: 30, answering: .connectRefused)
      return agent
    case .trial:
      var agent = Self.agent(.open)
      agent.advance(to: 50)
      return agent
    case .probing:
      var agent = AgentDriver([mcp()])
      agent.advance(to: 11)
      return agent
    case .disabled: return AgentDriver([mcp { $0.enabled = false }])
    case .byHand:
      var agent = Self.agent(.up)
      agent.act(.disable)
      return agent
    case .givenUp:
      var agent = AgentDriver([mcp { $0.breaker.maxFailureCycles = 1 }])
      agent.run(to: 30, answering: .connectRefused)
      return agent
    case .quarantined:
      var contents = JournalContents(agentID: "00")
      contents.quarantined = [
        QuarantinedItem(.mcp("weather"), since: Now.at(0).wall, detail: "in hand")
      ]
      return AgentDriver([mcp()], restoring: contents)
    }
  }

  /// What is answered, whether it is enabled then, whether a probe sets out at once, and the types
  /// of the events.
  private static let table: [(Before, MCPAction.Kind, String, Bool, Bool, String)] = [
    (.up, .probe, "done", true, true, "operator_action"),
    (.up, .enable, "unchanged", true, false, "operator_action"),
    (.up, .disable, "done", false, false, "manually_disabled"),
    (.up, .reset, "unchanged", true, false, "operator_action"),
    (.down, .probe, "done", true, true, "operator_action"),
    (.down, .disable, "done", false, false, "manually_disabled"),
    (.down, .reset, "done", true, true, "operator_action"),
    (
      .open, .probe, "done", true, true, "operator_action circuit_half_open recovery_attempt"
    ),
    (.open, .enable, "unchanged", true, false, "operator_action"),
    (.open, .disable, "done", false, false, "manually_disabled"),
    (.open, .reset, "done", true, true, "circuit_closed operator_action"),
    (.trial, .probe, "refused: a probe of it is under way", true, false, "operator_action"),
    (.trial, .disable, "done", false, false, "manually_disabled"),
    (.trial, .reset, "done", true, true, "circuit_closed operator_action"),
    (.probing, .probe, "refused: a probe of it is under way", true, false, "operator_action"),
    (.probing, .disable, "done", false, false, "manually_disabled"),
    (.disabled, .probe, "refused: the MCP is disabled", false, false, "operator_action"),
    (.disabled, .enable, "done", true, true, "manually_enabled"),
    (.disabled, .disable, "unchanged", false, false, "operator_action"),
    (.disabled, .reset, "unchanged", false, false, "operator_action"),
    (.byHand, .probe, "refused: the MCP is disabled", false, false, "operator_action"),
    (.byHand, .enable, "done", true, true, "manually_enabled"),
    (.byHand, .disable, "unchanged", false, false, "operator_action"),
    (.byHand, .reset, "unchanged", false, false, "operator_action"),
    (.givenUp, .probe, "refused: the MCP is disabled", false, false, "operator_action"),
    (.givenUp, .enable, "done", true, true, "manually_enabled circuit_closed"),
    (.givenUp, .disable, "done", false, false, "manually_disabled"),
    (.givenUp, .reset, "done", true, true, "manually_enabled circuit_closed operator_action"),
    (.quarantined, .probe, "refused: the MCP is disabled", false, false, "operator_action"),
    (.quarantined, .enable, "done", true, true, "manually_enabled"),
    (.quarantined, .disable, "done", false, false, "manually_disabled"),
    (.quarantined, .reset, "unchanged", false, false, "operator_action"),
  ]

  @Test func `each action in each state`() {
    for (before, kind, answer, isEnabled, isProbed, types) in Self.table {
      let name = Comment(rawValue: "\(kind) while \(before)")
      var agent = Self.agent(before)
      _ = agent.takeOrders()
      let known = agent.events.count
      let outcome = agent.act(kind)
      let words = outcome.map { [$0.effect, $0.detail].filter { !$0.isEmpty } } ?? []
      #expect(words.joined(separator: ": ") == answer, name)
      #expect(agent.shown["weather"]?.isEnabled == isEnabled, name)
      #expect(agent.takeOrders().isEmpty != isProbed, name)
      let events = agent.events.dropFirst(known).map(\.rawValue)
      #expect(events.joined(separator: " ") == types, name)
    }
  }

  @Test func `an MCP that there is not is told at once, and no event is kept`() {
    var agent = Self.agent(.up)
    let known = agent.batches.count
    agent.commits = false
    #expect(agent.act(.disable, on: "nobody") == .noSuchMCP)
    #expect(agent.batches.count == known)
  }

  @Test func `the answer comes when the journal has the event, and not before`() {
    var agent = Self.agent(.up)
    agent.commits = false
    #expect(agent.act(.disable) == nil)
    #expect(agent.shown["weather"]?.isEnabled == true)
    #expect(agent.batches.last?.events.map(\.type) == [.manuallyDisabled])
    #expect(agent.batches.last?.records.map(\.enabledByHand) == [false])
    agent.answerJournal()
    #expect(agent.answers == [1: .done])
    #expect(agent.shown["weather"]?.isEnabled == false)
  }

  @Test func `what the journal refuses is answered when it has taken it after all`() {
    var agent = Self.agent(.up)
    agent.commits = false
    agent.act(.disable)
    agent.answerJournal(.full)
    #expect(agent.answers.isEmpty)
    agent.advance(to: 12.5)
    #expect(agent.batches.last?.events.map(\.type) == [.manuallyDisabled])
    #expect(agent.answers.isEmpty)
    agent.answerJournal()
    #expect(agent.answers == [1: .done])
    #expect(agent.contents.records.map(\.enabledByHand) == [false])
  }

  @Test func `an agent that ends acts no more`() {
    var agent = Self.agent(.up)
    agent.send(.draining)
    #expect(agent.act(.disable) == .refused("the agent ends"))
    #expect(agent.contents.records.map(\.enabledByHand) == [nil])
  }

  @Test func `an event of the agent is answered when the journal has it`() {
    var agent = Self.agent(.up)
    agent.commits = false
    let deed = OperatorDeed(
      .silenceSet, on: "s-1", by: Caller(user: nil, address: "::1"), .refused("too many"))
    agent.send(.kept(deed.note, ticket: 7))
    #expect(agent.answers.isEmpty)
    agent.answerJournal()
    #expect(agent.answers == [7: .done])
    let event = agent.batches.flatMap(\.events).last
    #expect(event?.mcp == "")
    #expect(event?.detail == "too many")
    let data = event?.data.map { "\($0.name)=\($0.value)" } ?? []
    #expect(data == ["action=silence_set", "target=s-1", "address=::1", "effect=refused"])
  }

  @Test func `a hostile name and address are cut and cleaned`() {
    let caller = Caller(
      user: "a\u{1b}[31m\u{202e}b" + String(repeating: "x", count: 200), address: "1\n2\u{2028}3")
    let labels = caller.labels
    #expect(labels[0].value.unicodeScalars.count == 100)
    #expect(labels[0].value.hasPrefix("a?[31m?bxx"))
    #expect(labels[1] == Label(name: "address", value: "1?2?3"))
  }
}

/// What an action leaves behind.
@Suite struct AfterActions {
  @Test func `the event of a switch says who, and from where`() {
    var agent = AgentDriver([mcp()])
    agent.act(.disable)
    agent.act(.enable, by: Caller(user: nil, address: "::1"))
    let events = agent.batches.flatMap(\.events).map { event in
      ([event.type.rawValue] + event.data.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
    }
    #expect(
      events == [
        "manually_disabled by=hand action=disable user=alice address=192.0.2.7 effect=done",
        "manually_enabled by=hand action=enable address=::1 effect=done",
      ])
  }

  @Test func `disabled by hand it is not probed, is not up and its downtime stands still`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    agent.act(.disable)
    let before = agent.shown["weather"]
    agent.advance(to: 5000)
    #expect(agent.takeOrders().isEmpty)
    let status = agent.shown["weather"]
    #expect(status?.health == .disabled)
    #expect(status?.disabledReason == "by hand")
    #expect(status?.isUp == nil)
    #expect(before?.downtime(at: Now.at(30).wall) == status?.downtime(at: Now.at(5000).wall))
  }

  @Test func `the probe under way when it is disabled counts for nothing`() {
    var agent = AgentDriver([mcp()])
    agent.advance(to: 11)
    let order = agent.takeOrders()
    agent.act(.disable)
    #expect(agent.forgotten == order.map(\.mcp))
    for order in order { agent.answer(order, .connectRefused) }
    #expect(agent.shown["weather"]?.lastProbe == nil)
    #expect(agent.shown["weather"]?.consecutiveFailures == 0)
  }

  @Test func `a probe by hand leaves the next regular one on the grid`() {
    func dues(_ acts: Bool) -> [Double] {
      var agent = AgentDriver([mcp()])
      agent.run(to: 21, answering: .ok)
      if acts {
        agent.act(.probe)
        for order in agent.takeOrders() { agent.answer(order, .ok) }
      }
      var dues: [Double] = []
      for tenth in 0..<400 {
        agent.advance(to: 21 + Double(tenth) / 10)
        for order in agent.takeOrders() {
          dues.append(21 + Double(tenth) / 10)
          agent.answer(order, .ok)
        }
      }
      return dues
    }
    let without = dues(false)
    #expect(without.count == 4)
    #expect(dues(true).suffix(3) == without.suffix(3))
  }

  @Test func `probes by hand of a server that is down cost it nothing`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    let before = agent.shown["weather"]
    for second in 31...33 {
      agent.advance(to: Double(second))
      agent.act(.probe)
      for order in agent.takeOrders() { agent.answer(order, .connectRefused) }
      let now = agent.shown["weather"]
      #expect(now?.circuit == .open && now?.retryAt == before?.retryAt)
      #expect(now?.failureCycles == before?.failureCycles)
    }
  }

  @Test(arguments: [ProbeOutcome.ok, .connectRefused])
  func `nothing of before is shown after it was disabled`(outcome: ProbeOutcome) {
    var agent = AgentDriver([mcp()])
    agent.run(to: 5, answering: outcome)
    agent.act(.disable)
    agent.advance(to: 600)
    agent.act(.enable)
    #expect(agent.shown["weather"]?.isUp == nil && agent.shown["weather"]?.verdict == nil)
    for order in agent.takeOrders() { agent.answer(order, .ok) }
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `a probe by hand of an open circuit is its trial, half-open at once`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    agent.act(.probe)
    #expect(agent.shown["weather"]?.circuit == .halfOpen)
    for order in agent.takeOrders() { agent.answer(order, .ok) }
    #expect(agent.shown["weather"]?.circuit == .closed)
    #expect(agent.shown["weather"]?.isUp == true)
    #expect(agent.shown["weather"]?.counters.recoveryAttempts == 1)
  }

  @Test func `reset forgets failures and cycles, for good`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 100, answering: .connectRefused)
    agent.act(.reset)
    for contents in [agent.shown["weather"]] {
      #expect(contents?.circuit == .closed)
      #expect(contents?.consecutiveFailures == 0)
      #expect(contents?.failureCycles == 0)
    }
    let record = agent.contents.records.first
    #expect(record?.breaker.state == .closed)
    #expect(record?.breaker.failureCycles == 0)
    #expect(record?.breaker.rounds == 0)
  }

  @Test func `enabled, one that was quarantined is in quarantine no more`() {
    var contents = JournalContents(agentID: "00")
    contents.quarantined = [
      QuarantinedItem(.mcp("weather"), since: Now.at(0).wall, detail: "in hand")
    ]
    var agent = AgentDriver([mcp()], restoring: contents)
    #expect(agent.state.figures.quarantined.count == 1)
    agent.act(.enable)
    #expect(agent.state.figures.quarantined.isEmpty)
    #expect(agent.batches.flatMap(\.released) == [.mcp("weather")])
    agent.run(to: 20, answering: .ok)
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `Postgres is told in the batch of the event, given up and let go`() {
    var agent = AgentDriver([mcp { $0.breaker.maxFailureCycles = 1 }], postgres: .changes)
    agent.run(to: 30, answering: .connectRefused)
    #expect(agent.feed.last?.state?.autoDisabledReason == "1 failure cycles")
    agent.act(.enable)
    let row = agent.feed.last { $0.log?.type == .manuallyEnabled }
    #expect(row?.log?.data.contains(Label(name: "user", value: "alice")) == true)
    #expect(row?.state?.autoDisabledReason == nil)
    agent.act(.disable)
    #expect(agent.feed.last?.log?.status == .disabled)
    #expect(agent.feed.last?.state?.health == .disabled)
  }
}
