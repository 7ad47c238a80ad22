import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

/// A row in one line: what is logged, then the state that comes with it.
private func line(_ row: FeedRow) -> String {
  var words = [row.mcp.isEmpty ? "agent" : row.mcp]
  if let log = row.log {
    words += ["\(log.sequence)", log.type.rawValue, log.status.rawValue]
    if let outcome = log.outcome { words.append(outcome.rawValue) }
    if let time = log.responseTime { words.append("\(time.wholeMilliseconds)ms") }
  }
  if let state = row.state {
    words += ["|", state.health.rawValue, state.circuit.rawValue]
    words.append("\(state.consecutiveFailures)+\(state.errors)")
  }
  if let tools = row.tools { words.append("tools " + tools.map(\.name).joined(separator: ",")) }
  return words.joined(separator: " ")
}

extension AgentDriver {
  fileprivate var lines: [String] { feed.map(line) }

  /// Answers what is ordered until `seconds` with an answer of 12 ms.
  fileprivate mutating func probe(to seconds: Double, _ outcome: ProbeOutcome) {
    advance(to: seconds)
    for order in takeOrders() {
      answer(order, outcome) { $0.duration = .microseconds(12_345) }
    }
  }
}

@Suite struct FeedTests {
  @Test func `log all: each probe gives one row, the events theirs, in order of sequence`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    agent.probe(to: 3, .ok)
    for seconds in [14, 24, 34] { agent.probe(to: Double(seconds), .connectRefused) }
    agent.advance(to: 36)
    #expect(
      agent.lines == [
        "weather | unknown closed 0+0",
        "weather 1 health_check_success healthy ok 12ms | healthy closed 0+0",
        "weather 2 connected healthy ok 12ms | healthy closed 0+0",
        "weather 3 health_check_failed disconnected connect_refused 12ms | disconnected closed 1+1",
        "weather 4 disconnected disconnected connect_refused 12ms | disconnected closed 1+0",
        "weather 5 health_check_failed disconnected connect_refused 12ms | disconnected closed 2+1",
        "weather 6 health_check_failed disconnected connect_refused 12ms | circuit_open open 3+1",
        "weather 7 circuit_opened circuit_open connect_refused 12ms | circuit_open open 3+0",
      ])
    #expect(agent.batches.flatMap(\.events).map(\.sequence) == [2, 3, 4, 5, 6, 7])
  }

  @Test func `log all: neutral and hold outcomes are failed checks with their outcome`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    let outcomes: [ProbeOutcome] = [.internalError, .ok, .cancelled, .rateLimited, .rateLimited]
    for (number, outcome) in outcomes.enumerated() {
      agent.probe(to: 4 + Double(number) * 10, outcome)
    }
    agent.advance(to: 60)
    let checks = agent.feed.compactMap(\.log).filter { $0.type != .connected }
    #expect(checks.map(\.outcome) == outcomes)
    #expect(
      checks.map(\.type) == [
        .healthCheckFailed, .healthCheckSuccess, .healthCheckFailed, .healthCheckFailed,
        .healthCheckFailed,
      ])
    #expect(agent.events == [.connected, .healthCheckFailed])
    #expect(agent.feed.compactMap(\.state).allSatisfy { $0.errors == 0 })
  }

  @Test func `the state is that of the status: last check, downtime, trials`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    agent.run(to: 90, answering: .connectRefused)
    agent.advance(to: 92)
    let state = agent.feed.last { $0.state != nil }?.state
    let shown = agent.shown["weather"]
    #expect(state?.lastCheck == shown?.lastProbe?.at)
    #expect(state?.downtime == shown?.downtime)
    #expect(state?.downtime.since != nil)
    #expect(state?.circuit == shown?.circuit)
    #expect(state?.failureCycles == shown?.failureCycles)
    #expect(state?.lastRecoveryAttempt == shown?.lastRecoveryAttempt)
    #expect(state?.lastRecoveryAttempt != nil)
    let probes = shown?.counters.probesNotOK.reduce(0) { $0 + $1.count }
    #expect(agent.feed.compactMap(\.state?.errors).reduce(0, +) == probes.map { Int($0) })
  }

  @Test func `routine rows wait a second for company, and go without when none comes`() {
    var agent = AgentDriver([mcp("a") { $0.interval = .seconds(100) }, mcp("b")], postgres: .all)
    agent.run(to: 5, answering: .ok)
    let before = agent.batches.count
    agent.probe(to: 9, .ok)
    agent.advance(to: 9.9)
    agent.probe(to: 14, .ok)
    let published = agent.shown["b"]?.lastProbe?.at
    #expect(published == agent.now.wall)
    #expect(agent.batches.count == before)
    agent.advance(to: 15.1)
    #expect(agent.batches.count == before + 1)
    #expect(agent.batches.last?.events == [])
    #expect(agent.batches.last?.feed.map(\.log?.type) == [.healthCheckSuccess])
  }

  @Test func `as many rows as are kept close a batch at once`() {
    var limits = AgentLimits()
    limits.feedRows = 3
    limits.feedDelay = .seconds(1000)
    let mcps = (0..<3).map { mcp("m\($0)") }
    var agent = AgentDriver(mcps, limits: limits, postgres: .all)
    agent.run(to: 5, answering: .ok)
    let before = agent.batches.count
    agent.run(to: 16, answering: .ok)
    #expect(agent.batches.dropFirst(before).map(\.feed.count) == [3])
  }

  @Test func `draining loses no row, of a report that comes later neither`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    agent.probe(to: 3, .ok)
    agent.probe(to: 14, .ok)
    agent.advance(to: 24)
    let orders = agent.takeOrders()
    agent.send(.draining)
    for order in orders { agent.answer(order, .ok) }
    let checks = agent.feed.compactMap(\.log).filter { $0.type == .healthCheckSuccess }
    #expect(checks.count == 3)
  }

  @Test func `log changes: events, a check an hour, states on change and once a minute`() {
    var agent = AgentDriver([mcp()], postgres: .changes)
    agent.run(to: 7190, answering: .ok)
    let logs = agent.feed.compactMap(\.log)
    #expect(logs.map(\.type) == [.healthCheckSuccess, .connected, .healthCheckSuccess])
    let pause = logs.first.flatMap { first in
      logs.last.map { first.timestamp.duration(to: $0.timestamp).inSeconds }
    }
    #expect((3600...3612).contains(pause ?? 0))
    let states = agent.feed.compactMap(\.state?.at)
    #expect((118...124).contains(states.count))
    agent.run(to: 7260, answering: .connectRefused)
    #expect(
      agent.feed.compactMap(\.log).dropFirst(3).map(\.type) == [
        .healthCheckFailed, .disconnected, .healthCheckFailed, .healthCheckFailed, .circuitOpened,
        .circuitHalfOpen, .recoveryAttempt, .recoveryFailed, .circuitOpened,
      ])
    let probes = agent.shown["weather"]?.counters.probesNotOK.first?.count
    #expect(agent.feed.compactMap(\.state?.errors).reduce(0, +) == probes.map { Int($0) })
  }

  @Test func `log changes: errors that no row tells of are told with the next state`() {
    var agent = AgentDriver([mcp { $0.breaker.enabled = false }], postgres: .changes)
    agent.run(to: 600, answering: .connectRefused)
    agent.run(to: 700, answering: .ok)
    let probes = agent.shown["weather"]?.counters.probesNotOK.first?.count
    #expect(agent.feed.compactMap(\.state?.errors).reduce(0, +) == probes.map { Int($0) })
    #expect(agent.feed.last?.state?.health == .healthy)
  }
}

@Suite struct FeedConfigurationTests {
  @Test func `a configuration tells the states of what is new or changed`() {
    var agent = AgentDriver([mcp("a"), mcp("b")])
    agent.run(to: 5, answering: .ok)
    agent.advance(to: 7)
    #expect(agent.feed.isEmpty)
    func told(_ mcps: [MCPSettings]) -> [String] {
      let before = agent.feed.count
      agent.reconfigure(mcps)
      agent.advance(to: agent.now.monotonic.elapsed.inSeconds + 1.1)
      return agent.lines.dropFirst(before).filter {
        $0.contains("|") && !$0.contains("health_check")
      }
    }
    agent.postgres = PostgresSettings(log: .all)
    #expect(told([mcp("a"), mcp("b")]) == ["a | healthy closed 0+0", "b | healthy closed 0+0"])
    #expect(told([mcp("a"), mcp("b")]) == [])
    #expect(
      told([mcp("a"), mcp("b") { $0.enabled = false }]) == [
        "b 3 manually_disabled disabled | disabled closed 0+0", "b | disabled closed 0+0",
      ])
    #expect(
      told([mcp("a"), mcp("b"), mcp("c")]) == [
        "b 4 manually_enabled unknown | unknown closed 0+0", "b | unknown closed 0+0",
        "c | unknown closed 0+0",
      ])
    #expect(
      told([mcp("b"), mcp("c")]) == ["a 5 manually_disabled disabled | disabled closed 0+0"])
    agent.postgres?.schema = "other"
    #expect(
      told([mcp("b")]) == [
        "b | unknown closed 0+0", "c 6 manually_disabled disabled | disabled closed 0+0",
      ])
  }

  @Test func `without Postgres no row is made, and a probe that changes nothing gives no batch`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 25, answering: .ok)
    let before = agent.batches.count
    agent.run(to: 55, answering: .ok)
    #expect(agent.batches.count == before)
    #expect(agent.feed.isEmpty)
    agent.send(.noted([AgentNote(.configChanged, detail: "x")]))
    #expect(agent.feed.isEmpty)
    #expect(agent.batches.last?.events.map(\.mcp) == [""])
  }

  @Test func `a new journal tells the states anew, since what waited in the old one is lost`() {
    var agent = AgentDriver([mcp("a"), mcp("b")], postgres: .changes)
    agent.probe(to: 3, .ok)
    agent.advance(to: 6)
    let told = agent.lines.count
    agent.send(.journalReplaced)
    agent.advance(to: 9)
    #expect(
      agent.lines.dropFirst(told).map { $0.replacing(/agent \d+/, with: "agent") } == [
        "a | healthy closed 0+0", "b | healthy closed 0+0", "agent journal_replaced unknown",
      ])
  }

  @Test func `notes are events of the agent, in the journal and for Postgres`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    agent.probe(to: 3, .ok)
    let data = [Label(name: "key", value: "circuit_breaker")]
    agent.send(
      .noted([
        AgentNote(.configChanged, detail: "a", data: data), AgentNote(.configRefused, detail: "b"),
      ]))
    #expect(agent.batches.last?.events.map(\.sequence) == [3, 4])
    #expect(agent.batches.last?.events.map(\.mcp) == ["", ""])
    #expect(agent.batches.last?.records == [])
    #expect(
      agent.lines.suffix(2) == ["agent 3 config_changed unknown", "agent 4 config_refused unknown"])
    #expect(agent.feed.suffix(2).map(\.log?.data) == [data, []])
  }

  @Test func `a list of tools is told when it differs, and again after a restart`() {
    var agent = AgentDriver([mcp { $0.depth = .catalogue }], postgres: .all)
    func list(_ names: [String], at seconds: Double) {
      agent.advance(to: seconds)
      for order in agent.takeOrders() {
        agent.answer(order, .ok) { $0.tools = names.map { ToolListing(name: $0) } }
      }
    }
    for (number, names) in [["a", "b"], ["a", "b"], ["b"], [], ["b"]].enumerated() {
      list(names, at: 4 + Double(number) * 10)
      if number == 2 { #expect(agent.batches.last?.feed.last?.tools?.map(\.name) == ["b"]) }
    }
    agent.advance(to: 50)
    #expect(
      agent.feed.compactMap(\.tools).map { $0.map(\.name) } == [["a", "b"], ["b"], [], ["b"]])
    agent.postgres?.schema = "other"
    agent.reconfigure([mcp { $0.depth = .catalogue }])
    list(["b"], at: 54)
    #expect(agent.feed.compactMap(\.tools).count == 5)
  }

  @Test func `lists of tools that would be too much wait for the next listing`() {
    var limits = AgentLimits()
    limits.toolBytesWaiting = 10
    let mcps = [mcp("a") { $0.depth = .catalogue }, mcp("b") { $0.depth = .catalogue }]
    var agent = AgentDriver(mcps, limits: limits, postgres: .all)
    agent.commits = false
    func list(at seconds: Double) {
      agent.advance(to: seconds)
      for order in agent.takeOrders() {
        agent.answer(order, .ok) { $0.tools = [ToolListing(name: "eight...")] }
      }
    }
    list(at: 3)
    #expect(agent.feed.filter { $0.tools != nil }.count == 1)
    agent.answerJournal()
    list(at: 14)
    #expect(agent.feed.filter { $0.tools != nil }.map(\.mcp).sorted() == ["a", "b"])
  }
}

@Suite struct FeedRefusalTests {
  @Test func `refused rows come again, once, and states as they are then`() {
    var agent = AgentDriver([mcp()], postgres: .all)
    agent.probe(to: 3, .ok)
    agent.commits = false
    agent.probe(to: 14, .connectRefused)
    agent.probe(to: 24, .ok)
    let refused = agent.batches.count
    agent.answerJournal(.full)
    agent.commits = true
    agent.advance(to: 25.5)
    let again = agent.batches.dropFirst(refused).flatMap(\.feed)
    #expect(
      again.map(line) == [
        "weather 3 health_check_failed disconnected connect_refused 12ms",
        "weather 4 disconnected disconnected connect_refused 12ms",
        "weather 5 health_check_success healthy ok 12ms",
        "weather 6 connected healthy ok 12ms",
        "weather | healthy closed 0+1",
      ])
    #expect(agent.state.figures.feedRowsDropped == 0)
    agent.probe(to: 34, .ok)
    agent.advance(to: 36)
    #expect(
      agent.lines.last == "weather 7 health_check_success healthy ok 12ms | healthy closed 0+0")
  }

  @Test func `beyond the limit the oldest refused rows go and are counted`() {
    var limits = AgentLimits()
    limits.unsavedFeedRows = 2
    var agent = AgentDriver([mcp()], limits: limits, postgres: .all)
    agent.commits = false
    for seconds in [4, 14, 24, 34] { agent.probe(to: Double(seconds), .ok) }
    agent.advance(to: 36)
    agent.answerJournal(.io)
    let refused = agent.batches.count
    agent.commits = true
    agent.advance(to: 38)
    let again = agent.batches.dropFirst(refused).flatMap(\.feed)
    #expect(again.compactMap(\.log?.sequence) == [4, 5])
    #expect(agent.state.figures.feedRowsDropped == 3)
  }

  @Test func `refused tools are told at the next listing, the state of a removed MCP at once`() {
    var agent = AgentDriver([mcp { $0.depth = .catalogue }], postgres: .all)
    agent.commits = false
    func list(at seconds: Double) {
      agent.advance(to: seconds)
      for order in agent.takeOrders() {
        agent.answer(order, .ok) { $0.tools = [ToolListing(name: "a")] }
      }
    }
    list(at: 3)
    agent.answerJournal(.full)
    agent.commits = true
    list(at: 14)
    #expect(agent.feed.compactMap(\.tools).count == 2)
    agent.commits = false
    agent.reconfigure([])
    let refused = agent.batches.count
    agent.answerJournal(.full)
    agent.commits = true
    agent.advance(to: 16)
    #expect(
      agent.batches.dropFirst(refused).flatMap(\.feed).map(line) == [
        "weather 4 manually_disabled disabled", "weather | disabled closed 0+0",
      ])
  }
}
