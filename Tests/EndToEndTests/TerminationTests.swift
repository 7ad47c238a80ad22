import Foundation
import TestSupport
import Testing

extension Heavy {
  /// SIGTERM while probes, evaluations, deliveries or a reload are under way, while a receiver
  /// hangs and Postgres does not answer.
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
  }
}
