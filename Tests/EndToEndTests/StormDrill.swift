import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

/// Agents that are killed one after another, MCPs that flap, and two routes to three receivers: the
/// webhook is told of each MCP by itself, the chat of half of them together, the Alertmanager of
/// all.
struct StormDrill {
  let bench: RuleBench
  let receiver: StormReceiver
  let seed: UInt64
  let names: [String]
  private let isOver = Switch()
  private var dice: SeededRandom
  /// Episodes that a dead agent's journal knew of.
  private var known: Set<Episode> = []

  init(seed: UInt64, mcps: Int) throws {
    bench = try RuleBench()
    receiver = StormReceiver(seed: seed)
    self.seed = seed
    dice = SeededRandom(seed: seed)
    names = (0..<mcps).map { ($0.isMultiple(of: 2) ? "a" : "b") + String(format: "-%02d", $0) }
  }

  /// `quiet`: for how long no message may come at the end.
  mutating func perform(kills: Int, quiet: Duration) async throws -> StormVerdict {
    let shaking = self
    let shaker = Task { try await shaking.shake() }
    defer { shaker.cancel() }
    for life in 0..<kills { try await live(life) }
    receiver.calm()
    try configure(life: kills)
    let agent = try await bench.start()
    isOver.turnOn()
    try await shaker.value
    try await until("nothing waits to be delivered", within: .seconds(120)) {
      let page = try await agent.metrics()
      let waiting = page.samples.filter { $0.name == "breakwater_notification_queue_length" }
      return waiting.count == 2 && waiting.allSatisfy { $0.value == 0 }
    }
    try await until("it is quiet", within: .seconds(300), every: .milliseconds(200)) {
      receiver.quiet >= quiet
    }
    #expect(try await agent.process.stop() == 0)
    let look = try await lookIntoJournal()
    known.formUnion(look.alerts)
    return StormVerdict(
      kills: kills, known: known, messages: look.messages, tries: receiver.tries)
  }

  private mutating func live(_ life: Int) async throws {
    try configure(life: life)
    let agent = try await bench.start()
    let kill: @Sendable () -> Void = { agent.process.send(SIGKILL) }
    if Int.random(in: 0..<3, using: &dice) == 0 { receiver.atNextTry(kill) }
    let pause = Int.random(in: 20...1500, using: &dice)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause), execute: kill)
    let status = try await agent.process.exitStatus()
    receiver.atNextTry(nil)
    #expect(status == 128 + SIGKILL, "life \(life): \(agent.process.errors.suffix(2_000))")
    known.formUnion(try await lookIntoJournal(arguments: ["alerts"]).alerts)
  }

  private func lookIntoJournal(arguments: [String] = []) async throws -> JournalLook {
    let path = bench.scratch.path("data/journal.sqlite").path
    let script = fixture("journal_look.py").path
    let result = try await runCommand(
      "python3", [script, path] + arguments, in: bench.scratch)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(JournalLook.self, from: Data(result.output.utf8))
  }

  /// Each life has URLs of its own, which tell the receiver whose try it is, and a rule of its own:
  /// one that is in hand at three kills within five minutes would be put in quarantine.
  private func configure(life: Int) throws {
    try bench.scratch.write(
      "rules.yml", RuleBench.circuitOpen + "        annotations: {life: \"\(life)\"}\n")
    let rows = names.map { "  - {name: \($0), url: \"\(bench.servers.url($0))\"}\n" }.joined()
    try bench.scratch.write(
      "breakwater.yml",
      """
      global: {probe_interval: 500ms, probe_timeout: 500ms, evaluation_interval: 15s}
      circuit_breaker:
        failure_threshold: 2
        recovery_timeout: 500ms
        backoff: {multiplier: 1, max: 1s, jitter: 0}
      rule_files: [rules.yml]
      route:
        receiver: hook
        group_by: [alertname, mcp]
        group_wait: 0s
        group_interval: 1s
        routes:
          - {receiver: hook, continue: true}
          - receiver: chat
            matchers: ['mcp=~"b-.*"']
            group_by: [alertname]
            group_interval: 4s
      receivers:
        - name: hook
          webhook_configs:
            - {url: "\(receiver.url(.hook, life: life))", timeout: 3s}
        - name: chat
          slack_configs:
            - api_url: "\(receiver.url(.chat, life: life))"
              send_resolved: true
              text: '\(StormReceiver.chatText)'
      alertmanagers: [{url: "\(receiver.url(.push, life: life))", timeout: 2s}]
      mcps:
      \(rows)
      """)
  }
}

// MARK: - MCPs that flap

extension StormDrill {
  /// An MCP on its way down and up again. The next outage begins when everybody has heard of the
  /// last one's end; without that, grouping may make one of the two.
  private struct Flapping {
    enum Phase {
      case up(until: ContinuousClock.Instant)
      case down(since: ContinuousClock.Instant)
      case rising(since: ContinuousClock.Instant)
    }

    let name: String
    let kinds: [StormReceiver.Kind]
    var phase: Phase
    /// Told when the outage began.
    var ends: [Int] = []

    var isUp: Bool { if case .up = phase { true } else { false } }

    /// What the MCP's server is to do now, if that changes.
    mutating func step(
      _ mcp: JSON, _ receiver: StormReceiver, isOver: Bool, _ dice: inout SeededRandom
    ) -> String? {
      let now = ContinuousClock.now
      let isWell = mcp.health == "healthy" && mcp.circuitState == "closed"
      switch phase {
      case .up(let end):
        guard isWell, end <= now, !isOver else { return nil }
        ends = receiver.ends(of: name, kinds)
        phase = .down(since: now)
        return "500"
      case .down(let since):
        // A message that does not come is found missing at the end.
        let isTold = receiver.areTold(name, kinds) || since + .seconds(20) < now
        guard isTold, mcp.circuitState == "open" else { return nil }
        phase = .rising(since: now)
        return "ok"
      case .rising(let since):
        let told = receiver.ends(of: name, kinds)
        let isTold = zip(ends, told).allSatisfy { $0 < $1 }
        // A kill right after the circuit's opening may have left no time for an alert.
        guard isWell, isTold || since + .seconds(60) < now else { return nil }
        phase = .up(until: now + .milliseconds(Int.random(in: 0...2000, using: &dice)))
        return nil
      }
    }
  }

  /// Takes the MCPs down and up until it is over and all are up.
  private func shake() async throws {
    var dice = SeededRandom(seed: seed &* 31)
    let http = LocalHTTP(port: bench.port)
    var flapping = names.map { name in
      let kinds = StormReceiver.Kind.allCases.filter { $0 != .chat || name.hasPrefix("b") }
      return Flapping(name: name, kinds: kinds, phase: .up(until: .now))
    }
    try await until("all MCPs are up", within: .seconds(1800), every: .milliseconds(100)) {
      let mcps = try await http.get("/api/v1/mcps").json()["data"]
      let isOver = isOver.isOn
      for index in flapping.indices {
        let mcp = mcps.first(named: flapping[index].name)
        let fault = flapping[index].step(mcp, receiver, isOver: isOver, &dice)
        if let fault { try await bench.servers.turn(flapping[index].name, to: fault) }
      }
      return isOver && flapping.allSatisfy(\.isUp)
    }
  }
}

/// Turned on once, from any thread.
private final class Switch: Sendable {
  private let value = Mutex(false)

  var isOn: Bool { value.withLock { $0 } }
  func turnOn() { value.withLock { $0 = true } }
}
