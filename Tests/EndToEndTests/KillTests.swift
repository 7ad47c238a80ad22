import Dispatch
import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `kill -9` at random moments while MCPs fail; what the world had seen is there after it.
  @Suite(.timeLimit(.minutes(30))) struct Kill {
    @Test func losesNothingThatWasSeen() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_026
      let kills = environment["TORTURE"] == nil ? 20 : 200
      var drill = try KillDrill(seed: seed)
      try await drill.perform(kills: kills)
      #expect(
        drill.exactComparisons >= kills,
        "seed \(seed): too few circuits kept still over a kill to compare them exactly")
    }
  }
}

/// Starts an agent, watches it until it is killed, starts it again, and compares.
struct KillDrill {
  /// One look at an MCP.
  struct Look {
    /// Newest first; read before `status`.
    var events: [JSON] = []
    var status = JSON.null
    /// From /metrics, by from and to.
    var transitions: [String: Double] = [:]
    /// The status was made between these, in Unix seconds.
    var earliest = 0.0
    var latest = 0.0
    /// Whether the look before this one saw the same, so that nothing was on its way.
    var isSettled = false

    var newest: JSON { events.first?["id"] ?? .null }
    var downtime: Double { status["downtime_seconds_total"].number ?? 0 }
    var isDown: Bool { ["disconnected", "circuit_open"].contains(status.health) }
  }

  static let names = (0..<8).map { "shaky-\($0)" }

  private let scratch: Scratch
  private let servers: SwitchServers
  private let configuration: URL
  private let port: Int
  private var dice: SeededRandom
  private var seen: [String: Look] = [:]
  private(set) var exactComparisons = 0

  init(seed: UInt64) throws {
    scratch = try Scratch()
    let servers = try SwitchServers(in: scratch, seed: seed)
    self.servers = servers
    port = try freePort()
    dice = SeededRandom(seed: seed)
    let waits = ["200ms", "1s", "3s", "10s"]
    let rows = Self.names.enumerated().map { number, name in
      """
        - name: \(name)
          url: "\(servers.url(name))"
          probe: {interval: \(100 + number / 2 * 100)ms, timeout: 100ms}
          circuit_breaker:
            recovery_timeout: \(waits[number % waits.count])
            half_open_max_calls: \(1 + number % 2)
            success_threshold: \(1 + number / 4)

      """
    }
    configuration = try scratch.write(
      "breakwater.yml",
      """
      circuit_breaker: {failure_threshold: 2, backoff: {multiplier: 2, max: 30s, jitter: 0.1}}
      mcps:
      \(rows.joined())
      """)
  }

  mutating func perform(kills: Int) async throws {
    try await until("the servers answer") {
      try await LocalHTTP(port: servers.port).get("/mcp/any").status == 405
    }
    for round in 0..<kills {
      let agent = try AgentProcess(configuration: configuration, port: port, in: scratch)
      try await agent.ready()
      if round > 0 { try await compare(with: agent, round: round) }
      let pause = Int.random(in: 20...700, using: &dice)
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause)) {
        agent.process.send(SIGKILL)
      }
      await watch(agent)
      let status = try await agent.process.exitStatus()
      #expect(status == 128 + SIGKILL, "round \(round): \(agent.process.errors.suffix(2_000))")
    }
  }

  /// Looks again and again until the agent is gone; a look that it did not survive does not count.
  private mutating func watch(_ agent: AgentProcess) async {
    while let looks = try? await look(at: agent) {
      for (name, var look) in looks {
        if let before = seen[name] {
          look.isSettled =
            before.newest == look.newest && before.status.circuit == look.status.circuit
        }
        seen[name] = look
      }
    }
  }

  private func look(at agent: AgentProcess) async throws -> [String: Look] {
    var looks: [String: Look] = [:]
    for name in Self.names {
      looks[name] = Look(events: try await agent.events(of: name, limit: 50))
    }
    let earliest = Date().timeIntervalSince1970
    let statuses = try await agent.mcps()
    let latest = Date().timeIntervalSince1970
    let page = try await agent.metrics()
    for name in Self.names {
      looks[name]?.status = statuses.first { $0["name"].string == name } ?? .null
      looks[name]?.transitions = Self.transitions(of: name, in: page)
      looks[name]?.earliest = earliest
      looks[name]?.latest = latest
    }
    return looks
  }

  private static func transitions(of name: String, in page: MetricsPage) -> [String: Double] {
    let moves = page.samples.filter {
      $0.name == "mcp_circuit_transitions_total" && $0.labels["mcp"] == name
    }
    return Dictionary(
      moves.map { ("\($0.labels["from"] ?? "") \($0.labels["to"] ?? "")", $0.value) },
      uniquingKeysWith: +)
  }

  /// The first look after a start, against the last one before the kill. Statuses are read first
  /// here: when no event is new after that, they are those that the start has restored.
  private mutating func compare(with agent: AgentProcess, round: Int) async throws {
    let earliest = Date().timeIntervalSince1970
    let statuses = try await agent.mcps()
    let latest = Date().timeIntervalSince1970
    let page = try await agent.metrics()
    for name in Self.names {
      guard let before = seen[name] else { continue }
      var after = Look()
      after.status = statuses.first { $0["name"].string == name } ?? .null
      after.earliest = earliest
      after.latest = latest
      after.transitions = Self.transitions(of: name, in: page)
      after.events = try await agent.events(of: name)
      let place = "kill \(round), \(name): \(before.status) then \(after.status)"
      expectNothingLost(from: before, to: after, place)
      if before.isSettled && before.newest == after.newest {
        expectTheSame(before, after, place)
        exactComparisons += 1
      }
    }
  }

  private func expectNothingLost(from before: Look, to after: Look, _ comment: String) {
    let kept = Dictionary(
      after.events.map { ($0["id"].string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    for event in before.events {
      #expect(kept[event["id"].string ?? "none"] == event, "\(comment)")
    }
    for (move, count) in before.transitions {
      #expect(after.transitions[move].map { $0 >= count } == true, "\(move): \(comment)")
    }
    let opens = after.status.circuit["opens_total"].number ?? -1
    #expect(opens >= before.status.circuit["opens_total"].number ?? 0, "opens: \(comment)")
    #expect(after.downtime >= before.downtime - 0.001, "downtime: \(comment)")
  }

  /// No event in between: the circuit is where it was, to the millisecond of its next trial, and
  /// downtime has grown by the time that has passed, with the agent dead for most of it.
  private func expectTheSame(_ before: Look, _ after: Look, _ comment: String) {
    #expect(after.status.circuit == before.status.circuit, "\(comment)")
    let grown = after.downtime - before.downtime
    if before.isDown {
      let slack = 0.5
      #expect(grown >= after.earliest - before.latest - slack, "downtime: \(comment)")
      #expect(grown <= after.latest - before.earliest + slack, "downtime: \(comment)")
    } else {
      #expect(abs(grown) < 0.001, "downtime: \(comment)")
    }
  }
}
