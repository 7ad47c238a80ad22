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
      var drill = try AlertKillDrill(seed: seed)
      let figures = try await drill.perform(ends: kills)
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
        ["one"], evaluation: "1h", probes: "300ms", recovery: "100ms",
        webhooks: ["url: \"\(receiver.url)\""])
      let rounds = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 5 : 100
      var agent = try await bench.start()
      for round in 1...rounds {
        try await bench.healthy(agent)
        let told = receiver.messages.count
        try await bench.turn(["one"], to: "500")
        try await until("the circuit is open", every: .milliseconds(1)) {
          try await agent.mcp("one").circuitState == "open"
        }
        agent.process.send(SIGKILL)
        try await agent.process.exitStatus()
        try await bench.turn(["one"], to: "ok")
        agent = try await bench.start()
        try await until("outage \(round) and its end are told of", within: .seconds(30)) {
          let messages = receiver.messages
          return messages.count >= told + 2 && messages.last?.status == "resolved"
        }
      }
      let statuses = receiver.messages.map(\.status)
      #expect(statuses == statuses.indices.map { $0.isMultiple(of: 2) ? "firing" : "resolved" })
      #expect(try await agent.process.stop() == 0)
    }
  }
}
