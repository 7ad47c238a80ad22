import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Agents that end, as by SIGKILL, at named points of their code drawn from a seed; what the
  /// world had seen is there after it, and no message is lost, early or told twice.
  @Suite(.timeLimit(.minutes(240))) struct CrashPoints {
    /// 200 ends, 10,000 with TORTURE; `KILL_SEED` and `CRASH_POINTS` narrow.
    @Test func nothingCommittedIsLostAtAnyOfThem() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_026
      let lanes: UInt64 = 4
      let all =
        environment["CRASH_POINTS"].flatMap { Int($0) }
        ?? (environment["TORTURE"] == nil ? 200 : 10_000)
      let ends = all / Int(lanes)
      let figures = try await withThrowingTaskGroup(of: AlertKillDrill.Figures.self) { group in
        for lane in 0..<lanes {
          group.addTask {
            var drill = try AlertKillDrill(seed: seed &* lanes &+ lane, .crashPoint)
            return try await drill.perform(ends: ends)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for lane in figures { print("KILL_SEED=\(seed): \(lane)") }
      #expect(figures.allSatisfy { $0.lost == 0 }, "seed \(seed)")
      let comparisons = figures.reduce(0) { $0 + $1.comparisons }
      #expect(comparisons >= all / 4, "seed \(seed): too few agents were looked at")
      let points = figures.reduce(into: [:]) { $0.merge($1.causes, uniquingKeysWith: +) }
      let unreached = points["none"] ?? 0
      #expect(unreached <= all / 5, "seed \(seed): \(points)")
      #expect(points.count >= 11, "seed \(seed): \(points)")
    }
  }
}
