import Agent
import Breaking
import MCPWire
import Signals
import TestSupport
import Testing

@Suite struct Probing {
  @Test func `every enabled MCP is probed, soon after the start and then once an interval`() {
    var agent = AgentDriver((0..<50).map { mcp("mcp-\($0)") } + [mcp("off") { $0.enabled = false }])
    agent.advance(to: 3.1)
    let first = agent.takeOrders()
    #expect(Set(first.map(\.mcp)).count == 50)
    for order in first { agent.answer(order, .ok) }
    agent.run(to: 100, answering: .ok)
    for (name, status) in agent.shown where name != "off" {
      #expect((9...11).contains(status.counters.probesOK), "\(name): \(status.counters.probesOK)")
    }
    #expect(agent.shown["off"]?.counters.probesOK == 0)
    #expect(agent.shown["off"]?.isUp == nil)
    #expect(agent.shown["off"]?.health == .disabled)
  }

  @Test func `one hanging MCP delays no other`() {
    var agent = AgentDriver([mcp("good"), mcp("hangs")])
    var started: [String: [Double]] = [:]
    for tenth in 1...600 {
      agent.advance(to: Double(tenth) / 10)
      for order in agent.takeOrders() {
        started[order.target.url, default: []].append(agent.now.monotonic.elapsed.inSeconds)
        if order.target.url.contains("good") { agent.answer(order, .ok) }
      }
    }
    let good = started["http://good.test/mcp"] ?? []
    #expect(good.count >= 6)
    for (earlier, later) in zip(good.dropFirst(), good.dropFirst(2)) {
      #expect(abs(later - earlier - 10) < 0.2)
    }
  }

  @Test func `beyond the limit of probes in flight, probes are skipped and counted`() {
    var limits = AgentLimits()
    limits.concurrency = 2
    var agent = AgentDriver((0..<5).map { mcp("mcp-\($0)") }, limits: limits)
    agent.advance(to: 3.1)
    #expect(agent.takeOrders().count == 2)
    #expect(agent.state.figures.skipped[1] == 3)
    #expect(agent.state.figures.inFlight == 2)
  }

  @Test func `when the journal is far behind, probes are skipped and counted`() {
    var limits = AgentLimits()
    limits.batchesWaiting = 1
    var agent = AgentDriver([mcp("a"), mcp("b")], limits: limits)
    agent.commits = false
    agent.advance(to: 3.1)
    for order in agent.takeOrders() { agent.answer(order, .connectRefused) }
    agent.advance(to: 40)
    #expect(agent.takeOrders().isEmpty)
    #expect(agent.state.figures.skipped[2] > 0)
  }

  @Test func `a probe that never reports is given up, and what it says later counts for nothing`() {
    var agent = AgentDriver([mcp()])
    agent.advance(to: 3.1)
    let lost = agent.takeOrders()
    agent.advance(to: 14)
    #expect(agent.forgotten == lost.map(\.mcp))
    #expect(agent.shown["weather"]?.lastProbe?.outcome == .internalError)
    #expect(agent.shown["weather"]?.verdict == nil)
    for order in lost { agent.answer(order, .ok) }
    #expect(agent.shown["weather"]?.verdict == nil)
    #expect(agent.state.figures.staleReports == 1)
    agent.run(to: 40, answering: .ok)
    #expect(agent.shown["weather"]?.verdict == .up)
  }

  @Test func `the catalogue is listed at first, at its interval, and after a recovery`() {
    var agent = AgentDriver([mcp { $0.catalogueInterval = .seconds(100) }])
    var purposes: [ProbePurpose] = []
    func runOne(until seconds: Double, _ outcome: ProbeOutcome) {
      agent.advance(to: seconds)
      for order in agent.takeOrders() {
        purposes.append(order.purpose)
        agent.answer(order, outcome) { $0.catalogue = .init(tools: 79) }
      }
    }
    for step in 1...9 { runOne(until: Double(step) * 10, .ok) }
    #expect(purposes.first == .catalogue)
    #expect(purposes.dropFirst().allSatisfy { $0 == .liveness })
    #expect(agent.shown["weather"]?.catalogue?.tools == 79)
    purposes = []
    runOne(until: 100, .connectRefused)
    runOne(until: 110, .ok)
    runOne(until: 120, .ok)
    #expect(purposes.contains(.catalogue))
  }

  @Test func `Retry-After puts the next probe off`() {
    var agent = AgentDriver([mcp()])
    agent.advance(to: 3.1)
    for order in agent.takeOrders() {
      agent.answer(order, .rateLimited) { $0.retryAfter = .seconds(60) }
    }
    agent.advance(to: 59)
    #expect(agent.takeOrders().isEmpty)
    agent.advance(to: 70)
    #expect(agent.takeOrders().count == 1)
  }
}

@Suite struct Circuits {
  @Test func `probes alone open the circuit, a timer alone tries it, a success closes it`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    #expect(agent.shown["weather"]?.circuit == .open)
    #expect(agent.shown["weather"]?.health == .circuitOpen)
    let retryAt = agent.shown["weather"]?.retryAt
    let opened = agent.batches.flatMap(\.events).first { $0.type == .circuitOpened }
    #expect(opened.map { $0.timestamp.advanced(by: .seconds(20)) } == retryAt)

    agent.run(to: 60, answering: .ok)
    let status = agent.shown["weather"]
    #expect(status?.circuit == .closed)
    #expect(status?.isUp == true)
    #expect(status?.counters.recoveryAttempts == 1)
    #expect(status?.counters.opens == 1)
    #expect(
      agent.events.filter { $0 != .healthCheckFailed } == [
        .disconnected, .circuitOpened, .circuitHalfOpen, .recoveryAttempt, .connected,
        .recoverySuccess, .circuitClosed,
      ])
  }

  @Test func `while it is open nothing is probed; the trial comes at its time, not at a slot`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    guard let opened = agent.batches.flatMap(\.events).first(where: { $0.type == .circuitOpened })
    else { return #expect(Bool(false), "it has opened") }
    let openedAt = Now.at(0).wall.duration(to: opened.timestamp).inSeconds
    agent.advance(to: openedAt + 19.9)
    #expect(agent.takeOrders().isEmpty)
    agent.advance(to: openedAt + 20.1)
    #expect(agent.takeOrders().count == 1)
  }

  @Test func `neutral verdicts show as unknown and never open it`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 200, answering: .authRequired)
    let status = agent.shown["weather"]
    #expect(status?.circuit == .closed)
    #expect(status?.isUp == false)
    #expect(status?.health == .unknown)
    #expect(agent.events == [.healthCheckFailed])
  }

  @Test func `our own faults leave everything as it was`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 20, answering: .ok)
    let before = agent.shown["weather"]
    agent.run(to: 100, answering: .internalError)
    let after = agent.shown["weather"]
    #expect(after?.isUp == true)
    #expect(after?.circuit == .closed)
    #expect(after?.lastSuccess == before?.lastSuccess)
    #expect(after?.lastProbe?.outcome == .internalError)
  }

  @Test func `too many failure cycles disable it, and downtime stands still from then on`() {
    var agent = AgentDriver([mcp { $0.breaker.maxFailureCycles = 2 }])
    agent.run(to: 60, answering: .connectRefused)
    let status = agent.shown["weather"]
    #expect(status?.health == .disabled)
    #expect(status?.autoDisabledReason == "2 failure cycles")
    #expect(status?.downtime.since == nil)
    #expect(agent.events.last == .autoDisabled)
    agent.run(to: 1000, answering: .ok)
    #expect(agent.shown["weather"]?.counters.probesOK == 0)
  }

  @Test func `downtime runs from the first down verdict to the first answer`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 20, answering: .ok)
    agent.run(to: 50, answering: .connectRefused)
    guard let since = agent.shown["weather"]?.downtime.since else {
      return #expect(Bool(false), "it is down")
    }
    let first = agent.batches.flatMap(\.events).first { $0.type == .disconnected }
    #expect(since == first?.timestamp)
    agent.run(to: 100, answering: .ok)
    let up = agent.batches.flatMap(\.events).last { $0.type == .connected }
    #expect(agent.shown["weather"]?.downtime.total == up.map { since.duration(to: $0.timestamp) })
    #expect(agent.shown["weather"]?.downtime.since == nil)
  }
}

@Suite struct JournalFirst {
  @Test func `a transition is shown only when the journal has it`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 12, answering: .ok)
    agent.commits = false
    agent.run(to: 60, answering: .connectRefused)
    #expect(agent.shown["weather"]?.isUp == true)
    #expect(agent.shown["weather"]?.circuit == .closed)
    agent.answerJournal()
    #expect(agent.shown["weather"]?.isUp == false)
    #expect(agent.shown["weather"]?.circuit == .open)
  }

  @Test func `what the journal refuses is shown from memory and written again, events and all`() {
    var agent = AgentDriver([mcp()])
    agent.commits = false
    agent.run(to: 35, answering: .connectRefused)
    agent.answerJournal(.full)
    #expect(agent.shown["weather"]?.circuit == .open)
    let before = agent.batches.count
    agent.commits = true
    agent.advance(to: 37)
    let again = agent.batches.dropFirst(before)
    #expect(again.flatMap(\.records).map(\.name) == ["weather"])
    #expect(again.flatMap(\.events).map(\.type).contains(.circuitOpened))
    #expect(again.flatMap(\.events).map(\.sequence).first == 1)
  }

  @Test func `what the journal refuses is written again even when nothing is probed any more`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .ok)
    agent.commits = false
    agent.reconfigure([mcp { $0.enabled = false }])
    agent.advance(to: 100)
    agent.answerJournal(.full)
    let before = agent.batches.count
    agent.advance(to: 102)
    #expect(agent.batches.dropFirst(before).flatMap(\.records).map(\.name) == ["weather"])
  }

  @Test
  func `downtime that has ended grows no more while the journal is slow, and never goes back`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 25, answering: .connectRefused)
    agent.commits = false
    agent.advance(to: 34)
    for order in agent.takeOrders() { agent.answer(order, .http5xx) }
    for order in agent.takeOrders() { agent.answer(order, .ok) }
    agent.run(to: 80, answering: .ok)
    let shown = agent.shown["weather"]?.downtime(at: agent.now.wall)
    #expect(agent.shown["weather"]?.downtime.since != nil)
    agent.answerJournal()
    #expect(agent.shown["weather"]?.downtime.since == nil)
    #expect(agent.shown["weather"]?.downtime(at: agent.now.wall) == shown)
  }

  @Test func `refused events wait for the second try, not for the next change`() {
    var agent = AgentDriver([mcp("a"), mcp("b")])
    agent.commits = false
    agent.run(to: 35, answering: .connectRefused)
    agent.answerJournal(.full)
    agent.reconfigure([mcp("a"), mcp("b") { $0.enabled = false }])
    #expect(agent.batches.last?.records.map(\.name) == ["b"])
    #expect(agent.batches.last?.events.map(\.type) == [.manuallyDisabled])
    agent.answerJournal(.full)
    agent.send(.draining)
    #expect(agent.batches.last?.events.map(\.sequence).first == 1)
  }

  @Test func `the record of a removed MCP is written again too, as the newest there is`() {
    var agent = AgentDriver([mcp("a"), mcp("b")])
    agent.run(to: 30, answering: .connectRefused)
    agent.commits = false
    agent.reconfigure([])
    agent.reconfigure([mcp("b")])
    agent.answerJournal(.full)
    let before = agent.batches.count
    agent.commits = true
    agent.advance(to: 32)
    let again = agent.batches.dropFirst(before).flatMap(\.records)
    #expect(again.map(\.name).sorted() == ["a", "b"])
    #expect(again.allSatisfy { $0.downtime.since == nil && $0.downtime.total > .zero })
  }

  @Test func `a restart comes back with the same circuit, open-until time, counters and downtime`()
  {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    let before = agent.shown["weather"]
    let later = Now(monotonic: .at(1000), wall: Now.at(35).wall)
    let restarted = AgentDriver([mcp()], restoring: agent.contents, at: later)
    let after = restarted.shown["weather"]
    #expect(after?.circuit == .open)
    #expect(after?.retryAt == before?.retryAt)
    #expect(after?.consecutiveFailures == before?.consecutiveFailures)
    #expect(after?.counters.opens == 1)
    #expect(after?.downtime == before?.downtime)
    #expect(after?.isUp == false)
  }

  @Test(arguments: [true, false])
  func `a restart with the breaker switched off keeps the count of failures`(wasOn: Bool) {
    var agent = AgentDriver([mcp { $0.breaker.enabled = wasOn }])
    agent.run(to: 30, answering: .connectRefused)
    agent.send(.draining)
    let before = agent.shown["weather"]
    #expect((before?.consecutiveFailures ?? 0) >= 3)
    let restarted = AgentDriver(
      [mcp { $0.breaker.enabled = false }], restoring: agent.contents, at: .at(35))
    let after = restarted.shown["weather"]
    #expect(after?.circuit == .closed)
    #expect(after?.consecutiveFailures == before?.consecutiveFailures)
  }

  @Test func `an MCP that is configured again has its counters; another URL a closed circuit`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    agent.reconfigure([])
    #expect(agent.shown.isEmpty)
    agent.reconfigure([mcp { $0.target.url = "http://elsewhere.test/mcp" }])
    #expect(agent.shown["weather"]?.counters.opens == 1)
    #expect(agent.shown["weather"]?.circuit == .closed)
  }

  @Test func `what a start changes is shown only when the journal has it`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    var next = AgentDriver([], restoring: agent.contents, at: .at(40))
    next.commits = false
    next.reconfigure([mcp { $0.target.url = "http://elsewhere.test/mcp" }])
    #expect(next.shown["weather"]?.circuit == .open)
    #expect(next.shown["weather"]?.retryAt == agent.shown["weather"]?.retryAt)
    #expect(
      next.shown["weather"]?.counters.transitions == agent.shown["weather"]?.counters.transitions)
    next.answerJournal()
    #expect(next.shown["weather"]?.circuit == .closed)
    #expect(next.shown["weather"]?.consecutiveFailures == 0)
  }

  @Test func `a breaker that is switched off keeps its count over a restart`() {
    let quiet = mcp { $0.breaker.enabled = false }
    var agent = AgentDriver([quiet])
    agent.run(to: 100, answering: .connectRefused)
    let restarted = AgentDriver([quiet], restoring: agent.contents, at: .at(105))
    #expect((agent.shown["weather"]?.consecutiveFailures ?? 0) > 3)
    #expect(
      restarted.shown["weather"]?.consecutiveFailures
        == agent.shown["weather"]?.consecutiveFailures)
  }

  @Test func `trials that are overdue at a start are spread over its first seconds`() {
    let mcps = (0..<50).map { mcp("mcp-\($0)") }
    var agent = AgentDriver(mcps)
    agent.run(to: 40, answering: .connectRefused)
    #expect(agent.shown.values.allSatisfy { $0.circuit == .open })
    var next = AgentDriver(mcps, restoring: agent.contents, at: .at(4000))
    #expect(next.takeOrders().count < 10)
    next.advance(to: 4003.1)
    #expect(next.takeOrders().count > 40)
    #expect(next.state.figures.lag.sumMicroseconds < 50 * 20_000)
  }

  @Test func `event numbers go on where the journal ends`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    let last = agent.contents.lastEvent
    var next = AgentDriver([mcp()], restoring: agent.contents, at: .at(100))
    next.run(to: 160, answering: .ok)
    #expect(next.batches.flatMap(\.events).first?.sequence == last + 1)
    #expect((next.batches.first?.sequence ?? 0) > agent.contents.lastBatch)
  }
}

@Suite struct Reloads {
  @Test func `what did not change goes on: same probe under way, same circuit`() {
    var agent = AgentDriver([mcp("a"), mcp("b")])
    agent.advance(to: 3.1)
    let orders = agent.takeOrders()
    agent.reconfigure([mcp("a"), mcp("b") { $0.labels = [Label(name: "team", value: "x")] }])
    for order in orders { agent.answer(order, .ok) }
    #expect(agent.shown["a"]?.isUp == true)
    #expect(agent.shown["b"]?.isUp == true)
    #expect(agent.shown["b"]?.description.labels.count == 1)
    #expect(agent.state.figures.staleReports == 0)
  }

  @Test func `what is new or changed is probed at once, many of them over some time`() {
    // The first of them after an empty start, too.
    var agent = AgentDriver([])
    agent.advance(to: 10)
    var mcps = [mcp("a")]
    agent.reconfigure(mcps)
    agent.advance(to: 10.03)
    #expect(agent.takeOrders().count == 1)
    mcps[0].target.url = "http://moved.test/mcp"
    agent.reconfigure(mcps)
    agent.advance(to: 10.06)
    #expect(agent.takeOrders().map(\.target.url) == ["http://moved.test/mcp"])
    agent.reconfigure(mcps + (0..<500).map { mcp("mcp-\($0)") })
    agent.advance(to: 10.16)
    #expect((50...200).contains(agent.takeOrders().count))
    agent.advance(to: 10.6)
    #expect((300...450).contains(agent.takeOrders().count))
  }

  @Test func `a changed URL forgets the session and begins with a closed circuit`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .connectRefused)
    agent.reconfigure([mcp { $0.target.url = "http://new.test/mcp" }])
    #expect(agent.shown["weather"]?.circuit == .closed)
    agent.advance(to: 34)
    #expect(agent.takeOrders().map(\.target.url) == ["http://new.test/mcp"])
  }

  @Test func `another URL begins as never probed, after a reload and after a restart`() {
    func isFresh(_ status: MCPStatus?) -> Bool {
      status?.isUp == nil && status?.health == .unknown && status?.server == nil
        && status?.catalogue == nil && status?.lastSuccess == nil && status?.lastProbe == nil
    }
    var agent = AgentDriver([mcp()])
    agent.advance(to: 3.1)
    for order in agent.takeOrders() {
      agent.answer(order, .ok) {
        $0.server = ServerIdentity(name: "old", version: "1")
        $0.catalogue = CatalogueCounts(tools: 3)
      }
    }
    let moved = mcp { $0.target.url = "http://new.test/mcp" }
    let restarted = AgentDriver([moved], restoring: agent.contents, at: .at(100))
    #expect(isFresh(restarted.shown["weather"]))
    agent.reconfigure([moved])
    #expect(isFresh(agent.shown["weather"]))
  }

  @Test func `disabling stops probes and the series; enabling starts them again`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 30, answering: .ok)
    agent.reconfigure([mcp { $0.enabled = false }])
    #expect(agent.shown["weather"]?.isUp == nil)
    agent.advance(to: 100)
    #expect(agent.takeOrders().isEmpty)
    agent.reconfigure([mcp()])
    agent.run(to: 110, answering: .ok)
    #expect(agent.shown["weather"]?.isUp == true)
  }

  @Test func `an MCP that was down is unknown when it comes back, after a restart too`() {
    var agent = AgentDriver([mcp()])
    agent.run(to: 15, answering: .connectRefused)
    #expect(agent.shown["weather"]?.isUp == false)
    agent.reconfigure([])
    agent.reconfigure([mcp()])
    #expect(agent.shown["weather"]?.health == .unknown)
    agent.run(to: 25, answering: .connectRefused)
    #expect(agent.events.filter { $0 == .disconnected }.count == 2)
    #expect(agent.shown["weather"]?.downtime.since != nil)

    agent.reconfigure([mcp { $0.enabled = false }])
    var next = AgentDriver([mcp()], restoring: agent.contents, at: .at(40))
    #expect(next.shown["weather"]?.health == .unknown)
    next.run(to: 50, answering: .connectRefused)
    #expect(
      next.shown["weather"]?.health == .disconnected || next.shown["weather"]?.circuit == .open)
    #expect(next.events.contains(.disconnected))
  }

  @Test func `a removed MCP's late report is ignored`() {
    var agent = AgentDriver([mcp("a"), mcp("b")])
    agent.advance(to: 3.1)
    let orders = agent.takeOrders()
    agent.reconfigure([mcp("b")])
    for order in orders { agent.answer(order, .ok) }
    #expect(agent.shown.keys.sorted() == ["b"])
    #expect(agent.state.figures.inFlight == 0)
    #expect(agent.state.figures.staleReports == 1)
  }
}

@Test func `a drain ends the sessions that there are, writes everything and starts nothing`() {
  var agent = AgentDriver([mcp("a"), mcp("b")])
  agent.advance(to: 3.1)
  for order in agent.takeOrders() {
    agent.answer(order, .ok) {
      if order.target.url.contains("//a.") { $0.memory.sessionID = "s1" }
    }
  }
  agent.send(.draining)
  let last = agent.takeOrders()
  #expect(last.map(\.purpose) == [.endSession])
  #expect(agent.batches.last?.records.map(\.name).sorted() == ["a", "b"])
  agent.advance(to: 100)
  #expect(agent.takeOrders().isEmpty)
}
