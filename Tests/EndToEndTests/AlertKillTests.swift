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
  }
}
