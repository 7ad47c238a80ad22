import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `kill -9` at random moments while MCPs fail and the receiver does too: everybody hears of
  /// every outage, and of its end after it.
  @Suite(.timeLimit(.minutes(30))) struct AlertKill {
    @Test func everyOutageAndItsEndAreToldOf() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_026
      let kills = environment["TORTURE"] == nil ? 20 : 200
      let drill = try AlertKillDrill(seed: seed)
      let figures = try await drill.perform(kills: kills)
      print("KILL_SEED=\(seed): \(figures)")
      #expect(figures.lost == 0, "seed \(seed)")
      #expect(figures.outages >= kills / 4, "seed \(seed): too few outages to tell")
    }

    /// Killed as soon as the circuit is seen open; when the agent comes again, the MCP is up and
    /// its trial due.
    @Test func anOutageThatEndsWhileTheAgentIsDeadIsToldOf() async throws {
      let bench = try RuleBench()
      let receiver = ScriptedReceiver()
      try bench.scratch.write("rules.yml", RuleBench.circuitOpen)
      try bench.configure(
        ["one"], evaluation: "1h", recovery: "100ms", webhooks: ["url: \"\(receiver.url)\""])
      let rounds = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 5 : 100
      var agent = try await bench.start()
      for round in 1...rounds {
        try await bench.healthy(agent)
        try await bench.turn(["one"], to: "500")
        try await until("the circuit is open", every: .milliseconds(1)) {
          try await agent.mcp("one").circuitState == "open"
        }
        agent.process.send(SIGKILL)
        try await agent.process.exitStatus()
        try await bench.turn(["one"], to: "ok")
        agent = try await bench.start()
        var statuses: [String] = []
        try await until("outage \(round) and its end are told of", within: .seconds(30)) {
          statuses = receiver.messages.map(\.status)
          return statuses.count >= 2 * round && statuses.last == "resolved"
        }
        #expect(
          statuses == (0..<round).flatMap { _ in ["firing", "resolved"] }, "round \(round)")
      }
      #expect(try await agent.process.stop() == 0)
    }
  }
}
