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
  /// MCPs that kept still over a kill.
  var exactComparisons: Int { witness.exactComparisons }

  static let names = (0..<8).map { "shaky-\($0)" }

  private let scratch: Scratch
  private let servers: SwitchServers
  private let configuration: URL
  private let port: Int
  private var dice: SeededRandom
  private var witness = AgentWitness(names: Self.names)

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
      if round > 0 { try await witness.compare(with: agent, "kill \(round)") }
      let pause = Int.random(in: 20...700, using: &dice)
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause)) {
        agent.process.send(SIGKILL)
      }
      await witness.watch(agent)
      let status = try await agent.process.exitStatus()
      #expect(status == 128 + SIGKILL, "round \(round): \(agent.process.errors.suffix(2_000))")
    }
  }
}
