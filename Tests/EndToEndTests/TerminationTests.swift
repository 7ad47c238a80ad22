import Foundation
import TestSupport
import Testing

extension Heavy {
  /// SIGTERM while probes, evaluations, deliveries or a reload are under way, while a receiver hangs
  /// and Postgres does not answer.
  @Suite(.timeLimit(.minutes(60))) struct Termination {
    /// 20 times, 200 with TORTURE.
    @Test func atAnyMomentEndsCleanlyWithin10SecondsAndLosesNothing() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_026
      let ends = environment["TORTURE"] == nil ? 20 : 200
      var drill = try AlertKillDrill(seed: seed, .terminate)
      let figures = try await drill.perform(ends: ends)
      print("KILL_SEED=\(seed): \(figures)")
      #expect(figures.lost == 0, "seed \(seed)")
    }

    @Test func aSecondAgentOnOneDataDirectoryRefusesInOneClearLine() async throws {
      let bench = try await RestartBench(mcps: 1, down: 0, probes: "1s")
      let first = try bench.agent()
      try await first.ready()
      let port = try freePort()
      let second = try AgentProcess(
        configuration: bench.scratch.path("breakwater.yml"), port: port, in: bench.scratch)
      #expect(try await second.process.exitStatus() == 1)
      let lines = second.process.errors.split(separator: "\n")
      #expect(lines.count == 1, "\(lines)")
      let line = lines.first ?? ""
      #expect(line.contains("Cannot start") && line.contains("in use"), "\(line)")
      #expect(line.contains(bench.scratch.path("data").path), "\(line)")
      #expect(line.contains("\(first.process.pid)"), "it says who has it: \(line)")
      #expect(try await first.http.get("/-/ready").status == 200)
      #expect(try await first.process.stop() == 0)
    }
  }
}
