import Agent
import AgentRuntime
import Breaking
import MCPWire
import PromQL
import SampleStore
import Signals
import TestSupport
import Testing

/// What the page shows and what the feed appends must be the same series and values.
@Suite struct CatalogueFeedTests {
  private static func status(_ name: String, labels: [Label] = []) -> MCPStatus {
    var settings = MCPSettings(name: name, target: ProbeTarget(url: "http://example/mcp"))
    settings.labels = labels
    var status = MCPStatus(description: MCPDescription(settings), isEnabled: true)
    status.verdict = .up
    status.counters.probesOK = 3
    status.durations.observe(.microseconds(12_345))
    status.lastSuccess = Timestamp(milliseconds: 1_800_000_000_123)
    status.server = ServerIdentity(name: "a \"b\"\\\n,c=\"d", version: "1")
    status.transport = .streamableHTTP
    return status
  }

  private static func look(_ mcps: [MCPStatus], second: Int64) -> AgentSnapshot {
    var agent = AgentHealth()
    agent.version = "1"
    agent.process.cpu = .microseconds(1_234_567)
    return AgentSnapshot(
      mcps: mcps, agent: agent, at: Timestamp(milliseconds: 1_800_000_000_000 + second * 1000))
  }

  /// The samples at an instant, as the lines of a page.
  private static func lines(_ head: Head, at time: Int64) -> Set<String> {
    let look = head.snapshot
    let list = look.select([], from: 0, through: .max)
    var lines: Set<String> = []
    for (labels, handle) in zip(list.labels, list.handles) {
      var buffer = SampleBuffer()
      look.read(series: handle, after: time - 1, through: time, into: &buffer)
      if let value = buffer.values.last, !value.isStaleMarker {
        lines.insert("\(plain(labels)) \(value.bitPattern)")
      }
    }
    return lines
  }

  private static func plain(_ labels: LabelSet) -> String {
    labels.labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\u{1}")
  }

  private static func page(_ look: AgentSnapshot) -> Set<String> {
    var text: [UInt8] = []
    withoutActuallyEscaping({ text += $0 }) {
      Agent.MetricsPage.write(look, format: .text004, to: $0)
    }
    let page = TestSupport.MetricsPage(String(decoding: text, as: UTF8.self))
    return Set(
      page.samples.map { sample in
        let labels = LabelSet(
          sample.labels.map { Label(name: $0.key, value: $0.value) }
            + [Label(name: "__name__", value: sample.name)])
        return "\(plain(labels)) \(sample.value.bitPattern)"
      })
  }

  @Test func `the head holds what the page shows, whatever comes and goes`() {
    var head = Head()
    var feed = CatalogueFeed()
    let team = [Label(name: "team", value: "a,b=\"c\"")]
    var mcps = [Self.status("one"), Self.status("two", labels: team)]
    for second in 1...8 as ClosedRange<Int64> {
      switch second {
      case 3: mcps.insert(Self.status("another"), at: 0)
      case 4:
        mcps[1].counters.probesNotOK = [(.timeout, 4)]
        mcps[1].retryAt = Timestamp(milliseconds: 1_800_000_100_000)
      case 5: mcps.remove(at: 0)
      case 6: mcps[0].server = ServerIdentity(name: "other", version: "2")
      case 7: mcps[0] = Self.status("one", labels: team)
      default: mcps[0].counters.probesOK += 1
      }
      let look = Self.look(mcps, second: second)
      feed.append(look, at: look.at.milliseconds, to: &head)
      #expect(Self.lines(head, at: look.at.milliseconds) == Self.page(look), "\(second)")
    }
    #expect(head.figures.dropped.allSatisfy { $0 == 0 })
  }

  @Test func `a transition appends what has changed of its MCP, and the ends`() throws {
    var head = Head()
    var feed = CatalogueFeed()
    var mcps = [Self.status("one"), Self.status("two")]
    mcps[0].authRequired = true
    let look = Self.look(mcps, second: 0)
    let time = look.at.milliseconds
    feed.append(look, at: time, to: &head)
    let before = head.figures.appended
    mcps[0].verdict = .down
    mcps[0].authRequired = nil
    feed.append(transitions: [mcps[0]], at: Timestamp(milliseconds: time + 700), to: &head)
    // Up, two of the five statuses, and the end of one series.
    #expect(head.figures.appended - before == 4)
    #expect(
      try Self.values(head, "mcp_up", of: "one") == [
        Sample(time: time, value: 1), Sample(time: time + 700, value: 0),
      ])
    #expect(try Self.values(head, "mcp_up", of: "two") == [Sample(time: time, value: 1)])
    let ended = try Self.values(head, "mcp_auth_required", of: "one")
    #expect(ended.map(\.time) == [time, time + 700])
    #expect(ended.last?.value.isStaleMarker == true)

    // One that comes after a later look at all is shown right after that.
    let next = Self.look(mcps, second: 15)
    feed.append(next, at: time + 15_000, to: &head)
    mcps[0].verdict = .up
    feed.append(transitions: [mcps[0]], at: Timestamp(milliseconds: time + 14_999), to: &head)
    #expect(
      try Self.values(head, "mcp_up", of: "one").last == Sample(time: time + 15_001, value: 1))
    #expect(try Self.values(head, "mcp_auth_required", of: "one").count == 2)
    #expect(head.figures.dropped.allSatisfy { $0 == 0 })
  }

  /// A transition just after the instant that is due must not stand in the way of its samples.
  @Test(arguments: [14_990, 15_000, 15_003] as [Int64])
  func `what is due is appended, whenever a transition comes`(_ milliseconds: Int64) throws {
    let start = Timestamp(milliseconds: 1_800_000_000_000)
    var one = Self.status("one")
    let two = Self.status("two")
    var down = one
    down.verdict = .down
    let look = Self.look([one, two], second: 15)
    var rounds = SamplerRounds(head: Head()) { look }
    rounds.arrange(
      every: .seconds(15), retention: .seconds(7200), now: start.milliseconds - 1)
    var hasAppended = rounds.turn([], now: start.milliseconds).hasAppended
    #expect(hasAppended)
    hasAppended = rounds.turn([], now: start.milliseconds + 14_000).hasAppended
    #expect(!hasAppended)

    one.verdict = .up
    let moved = Timestamp(milliseconds: start.milliseconds + milliseconds)
    let later = Timestamp(milliseconds: start.milliseconds + 15_006)
    let transitions = [
      SamplerRounds.Transition(at: moved, mcps: [down]),
      SamplerRounds.Transition(at: later, mcps: [one]),
    ]
    hasAppended = rounds.turn(transitions, now: start.milliseconds + 15_010).hasAppended
    #expect(hasAppended)
    #expect(rounds.head.figures.dropped.allSatisfy { $0 == 0 })
    let due = start.milliseconds + 15_000
    #expect(Self.lines(rounds.head, at: due) == Self.page(look))
    let values = try Self.values(rounds.head, "mcp_up", of: "one")
    #expect(values.contains { $0.time == due && $0.value == 1 })
    #expect(values.contains { abs($0.time - moved.milliseconds) <= 1 && $0.value == 0 })
    #expect(values.last?.value == 1)
    #expect(values.map(\.time) == values.map(\.time).sorted())
  }

  @Test func `a transition is no later than the clock, also one that was set back`() throws {
    let start = Timestamp(milliseconds: 1_800_000_000_000)
    var one = Self.status("one")
    let look = Self.look([one], second: 0)
    var rounds = SamplerRounds(head: Head()) { look }
    func arrange(at now: Timestamp) {
      rounds.arrange(
        every: .seconds(15), retention: .seconds(7200), now: now.milliseconds)
    }
    arrange(at: start)
    _ = rounds.turn([], now: start.milliseconds)
    let back = start.advanced(by: .seconds(-3600))
    arrange(at: back)
    one.verdict = .down
    let moved = SamplerRounds.Transition(at: start, mcps: [one])
    let movement = rounds.turn([moved], now: back.milliseconds).movement
    #expect(movement?.at == back)
    #expect(movement?.metrics.contains("mcp_up") == true)
    #expect(
      try Self.values(rounds.head, "mcp_up", of: "one")
        == [Sample(time: back.milliseconds, value: 0)])
  }

  @Test(arguments: [1, 500, 14_999, 15_000] as [Int64])
  func `after a restart of the coordinator a sample of all comes at once`(_ later: Int64) throws {
    let start: Int64 = 1_800_000_000_000
    let look = Self.look([Self.status("one")], second: 15)
    var rounds = SamplerRounds(head: Head()) { look }
    rounds.arrange(every: .seconds(15), retention: .seconds(7200), now: start)
    var hasAppended = rounds.turn([], now: start).isWhole
    #expect(hasAppended)
    for _ in 0..<2 {  // a second one in the same millisecond changes nothing
      rounds.hasten(to: start + later)
      hasAppended = rounds.turn([], now: start + later).isWhole
    }
    #expect(!hasAppended)
    #expect(Self.lines(rounds.head, at: start + later) == Self.page(look))
    hasAppended = rounds.turn([], now: start + 15_000).isWhole
    #expect(hasAppended == (later < 15_000))
    hasAppended = rounds.turn([], now: start + 30_000).isWhole
    #expect(hasAppended)
    #expect(rounds.head.figures.dropped.allSatisfy { $0 == 0 })
  }

  private static func values(
    _ head: Head, _ name: String, of mcp: String
  ) throws -> [Sample] {
    let look = head.snapshot
    let list = look.select(
      [Matcher("__name__", equals: name), Matcher("mcp", equals: mcp)], from: 0, through: .max)
    var buffer = SampleBuffer()
    look.read(series: try #require(list.handles.first), after: 0, through: .max, into: &buffer)
    return zip(buffer.times, buffer.values).map { Sample(time: $0, value: $1) }
  }

  @Test func `series beyond the limit are left out and counted`() {
    var limits = Head.Limits()
    limits.series = 20
    var head = Head(limits: limits)
    var feed = CatalogueFeed()
    let look = Self.look([Self.status("one"), Self.status("two")], second: 0)
    feed.append(look, at: look.at.milliseconds, to: &head)
    feed.append(look, at: look.at.milliseconds + 1000, to: &head)
    #expect(head.figures.series == 20)
    let place = SampleDropReason.allCases.firstIndex(of: .series) ?? 0
    #expect(head.figures.dropped[place] == UInt64(2 * (Self.page(look).count - 20)))
    #expect(head.figures.appended == 40)
  }
}
