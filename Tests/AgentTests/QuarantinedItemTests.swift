import Agent
import Alerting
import MCPWire
import PromQL
import Signals
import TestSupport
import Testing

/// What a start does with what it must leave alone: three crashes with the MCP `weather` or with a
/// rule in hand have come before it.
@Suite struct QuarantinedItems {
  private static let words = "in hand at 3 crashes within 5 minutes"
  private static let reason = "quarantined: \(words)"

  /// An agent that has run well for 20 s, of `weather` and `other`.
  private func before() -> AgentDriver {
    var agent = AgentDriver([mcp("weather"), mcp("other")])
    agent.run(to: 20, answering: .ok)
    return agent
  }

  /// What the journal gives to the start after `agent`, with these in quarantine.
  private func contents(
    after agent: AgentDriver, _ items: WorkItem..., decidedAt seconds: Double = 30,
    restartedAt: Double? = 30
  ) -> JournalContents {
    var contents = agent.contents
    contents.quarantined = items.map {
      QuarantinedItem($0, since: Now.at(seconds).wall, detail: Self.words)
    }
    contents.restart = restartedAt.map {
      CoordinatorRestart(reason: .crash, error: "", at: Now.at($0).wall, duration: nil)
    }
    return contents
  }

  @Test func `an MCP in quarantine starts disabled, and is probed no more`() {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")], restoring: contents(after: before(), .mcp("weather")),
      at: .at(30))
    #expect(agent.shown["weather"]?.isEnabled == false)
    #expect(agent.shown["weather"]?.autoDisabledReason == Self.reason)
    #expect(agent.shown["weather"]?.health == .disabled)
    #expect(agent.state.figures.quarantined.map(\.item) == [.mcp("weather")])
    agent.run(to: 200, answering: .ok)
    #expect(agent.shown["weather"]?.counters.probesOK == 0)
    #expect(agent.shown["other"]?.health == .healthy)
    #expect(agent.contents.records.map(\.autoDisabledReason) == [nil, Self.reason])
  }

  @Test func `it is told once, by an event of the MCP and one of the agent`() throws {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")], restoring: contents(after: before(), .mcp("weather")),
      at: .at(30))
    #expect(agent.events == [.autoDisabled, .itemQuarantined])
    let events = agent.batches.flatMap(\.events)
    #expect(events.map(\.mcp) == ["weather", ""])
    #expect(events.first?.data == [Label(name: "reason", value: Self.reason)])
    let note = try #require(events.last)
    #expect(note.detail == Self.words)
    #expect(
      note.data == [Label(name: "kind", value: "mcp"), Label(name: "item", value: "weather")])
    let later = contents(after: agent, .mcp("weather"), restartedAt: 40)
    for start in [40.0, 50] {
      agent = AgentDriver([mcp("weather"), mcp("other")], restoring: later, at: .at(start))
      #expect(agent.shown["weather"]?.autoDisabledReason == Self.reason)
      #expect(agent.events == [])
    }
  }

  @Test func `one that came into quarantine before its first record is told of too`() {
    var contents = JournalContents(agentID: "00")
    contents.quarantined = [
      QuarantinedItem(.mcp("weather"), since: Now.at(30).wall, detail: Self.words)
    ]
    let agent = AgentDriver([mcp("weather")], restoring: contents, at: .at(30))
    #expect(agent.events == [.autoDisabled, .itemQuarantined])
    #expect(agent.shown["weather"]?.isEnabled == false)
  }

  @Test func `downtime stands still in quarantine`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 40, answering: .connectRefused)
    #expect(agent.shown["weather"]?.downtime.since != nil)
    let contents = contents(after: agent, .mcp("weather"), decidedAt: 60, restartedAt: 60)
    agent = AgentDriver([mcp()], restoring: contents, at: .at(60))
    #expect(agent.shown["weather"]?.downtime.since == nil)
    let total = agent.shown["weather"]?.downtime(at: Now.at(60).wall)
    #expect(agent.shown["weather"]?.downtime(at: Now.at(600).wall) == total)
  }

  @Test func `it ends when the settings change, with a closed circuit, and stays ended`() {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")], restoring: contents(after: before(), .mcp("weather")),
      at: .at(30))
    agent.reconfigure([mcp("weather") { $0.description = "mild" }, mcp("other")])
    #expect(agent.shown["weather"]?.isEnabled == false, "only how it is shown has changed")
    agent.reconfigure([mcp("weather") { $0.timeout = .seconds(4) }, mcp("other")])
    #expect(agent.batches.flatMap(\.released) == [.mcp("weather")])
    #expect(agent.state.figures.quarantined == [])
    agent.run(to: 60, answering: .ok)
    #expect(agent.shown["weather"]?.health == .healthy)
    #expect(agent.shown["weather"]?.autoDisabledReason == nil)
    agent = AgentDriver(
      [mcp("weather") { $0.timeout = .seconds(4) }], restoring: agent.contents, at: .at(70))
    agent.run(to: 90, answering: .ok)
    #expect(agent.shown["weather"]?.health == .healthy)
    #expect(agent.batches.flatMap(\.released) == [])
  }

  @Test func `another URL at a start is another server`() {
    let moved = mcp("weather") { $0.target.url = "http://new.test/mcp" }
    var agent = AgentDriver(
      [moved, mcp("other")], restoring: contents(after: before(), .mcp("weather")), at: .at(30))
    #expect(agent.batches.flatMap(\.released) == [.mcp("weather")])
    #expect(agent.events == [])
    agent.run(to: 60, answering: .ok)
    #expect(agent.shown["weather"]?.health == .healthy)
  }

  @Test func `a name that is not configured any more is released, then and at a start`() {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")],
      restoring: contents(after: before(), .mcp("weather"), .mcp("gone")), at: .at(30))
    #expect(agent.batches.flatMap(\.released) == [.mcp("gone")])
    agent.reconfigure([mcp("other")])
    #expect(agent.batches.flatMap(\.released) == [.mcp("gone"), .mcp("weather")])
    agent.reconfigure([mcp("weather"), mcp("other")])
    agent.run(to: 60, answering: .ok)
    #expect(agent.shown["weather"]?.health == .healthy)
  }

  @Test func `a new journal knows of no quarantine, whatever the records say`() {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")], restoring: contents(after: before(), .mcp("weather")),
      at: .at(30))
    agent = AgentDriver([mcp("weather")], restoring: agent.contents, at: .at(40))
    #expect(agent.contents.records.map(\.autoDisabledReason) == [nil], "written anew at once")
    agent.run(to: 60, answering: .ok)
    #expect(agent.shown["weather"]?.health == .healthy)
  }

  @Test func `a release that the journal refuses is written again`() {
    var agent = AgentDriver(
      [mcp("weather"), mcp("other")], restoring: contents(after: before(), .mcp("weather")),
      at: .at(30))
    agent.commits = false
    agent.reconfigure([mcp("other")])
    agent.answerJournal(.full)
    let refused = agent.batches.count
    agent.advance(to: 32)
    #expect(agent.batches.dropFirst(refused).flatMap(\.released) == [.mcp("weather")])
    agent.answerJournal()
    agent.advance(to: 40)
    #expect(agent.batches.dropFirst(refused).flatMap(\.released).count == 1)
  }

  @Test func `a rule is told of at the start that decides, and released when it is changed`() throws
  {
    let rule = try RuleGroup("up == 0")
    let mark = RuleKey.marks(of: [rule])[0][0]
    var agent = AgentDriver([mcp()])
    agent.run(to: 20, answering: .ok)
    let first = contents(after: agent, .rule(mark))
    agent = AgentDriver([mcp()], restoring: first, at: .at(30), rules: [rule])
    #expect(agent.events == [.itemQuarantined])
    #expect(
      agent.batches.flatMap(\.events).first?.data
        == [Label(name: "kind", value: "rule"), Label(name: "item", value: mark)])
    #expect(agent.shown["weather"]?.isEnabled == true)

    let second = contents(after: agent, .rule(mark), restartedAt: 300)
    agent = AgentDriver([mcp()], restoring: second, at: .at(300), rules: [rule])
    #expect(agent.events == [])
    #expect(agent.batches.flatMap(\.released) == [])
    agent.rules = [try RuleGroup("up == 1")]
    agent.reconfigure([mcp()])
    #expect(agent.batches.flatMap(\.released) == [.rule(mark)])
    #expect(agent.state.figures.quarantined == [])
  }
}

extension RuleGroup {
  fileprivate init(_ expression: String) throws {
    let rule = Rule(
      name: "Down", expression: try Expression(parsing: expression), labels: [],
      kind: .alerting(Rule.Alerting()))
    self.init(file: "rules.yml", name: "g", interval: .seconds(15), rules: [rule])
  }
}
