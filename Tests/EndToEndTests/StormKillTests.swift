import Foundation
import TestSupport
import Testing

extension Heavy {
  /// `kill -9` at random moments while 50 MCPs flap and three receivers fail: what the journals had
  /// of alerts and messages is compared with what has arrived.
  @Suite(.timeLimit(.minutes(30))) struct StormKill {
    @Test func nothingIsLostTwiceOrOutOfOrder() async throws {
      let environment = ProcessInfo.processInfo.environment
      let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 2_027
      let isLong = environment["TORTURE"] != nil
      let kills = environment["KILLS"].flatMap { Int($0) } ?? (isLong ? 200 : 8)
      var drill = try StormDrill(seed: seed, mcps: isLong ? 50 : 12)
      let verdict = try await drill.perform(
        kills: kills, quiet: isLong ? .seconds(60) : .seconds(2))
      print("KILL_SEED=\(seed), several receivers: \(verdict)")
      #expect(verdict.lost == [], "seed \(seed)")
      #expect(verdict.outOfOrder == [], "seed \(seed)")
      #expect(verdict.unexcused == [], "seed \(seed)")
      #expect(verdict.episodes >= kills / 2, "seed \(seed): too few episodes to tell")
    }
  }
}

/// The verdict, on a message and the one of its end.
@Suite struct StormVerdicts {
  private static let episode = Episode(mcp: "a-00", startsAt: 1000)
  private static let fire = attempt("1", fires: true)
  private static let end = attempt("2", fires: false)

  private static func attempt(
    _ key: String, fires: Bool, life: Int = 1, kind: StormReceiver.Kind = .hook
  ) -> StormReceiver.Try {
    StormReceiver.Try(
      kind: kind, life: life, key: key, body: Array(key.utf8),
      tellings: [.init(episode: episode, fires: fires)], isTaken: true, isAnswered: true)
  }

  private static func message(
    _ number: Int, firing: [Episode] = [], resolved: [Episode] = []
  ) -> JournalLook.Message {
    JournalLook.Message(
      number: number, key: "\(number)", group: "{}", receiver: "hook", end: "delivered",
      firing: firing, resolved: resolved)
  }

  /// Tries of the webhook; how many are lost, out of order, duplicates and unexcused.
  static let cases: [([StormReceiver.Try], [Int])] = [
    ([fire, end], [0, 0, 0, 0]),
    ([fire], [2, 0, 0, 0]),
    ([end], [2, 1, 0, 0]),
    ([end, fire], [0, 2, 0, 0]),
    ([fire, attempt("1", fires: true, life: 2), end], [0, 0, 1, 0]),
    ([fire, fire, end], [0, 0, 1, 1]),
    ([fire, end, attempt("1", fires: true, life: 2)], [0, 1, 1, 0]),
    ([fire, end, attempt("3", fires: true)], [0, 0, 0, 1]),
  ]

  @Test(arguments: cases)
  func itFindsWhatIsMissingTwiceOrOutOfOrder(tries: [StormReceiver.Try], found: [Int]) {
    let pushed = Self.attempt("p", fires: false, kind: .push)
    let verdict = StormVerdict(
      kills: 1, known: [Self.episode],
      messages: [
        Self.message(1, firing: [Self.episode]), Self.message(2, resolved: [Self.episode]),
      ], tries: tries + [pushed])
    #expect(
      [
        verdict.lost.count, verdict.outOfOrder.count, verdict.duplicates,
        verdict.unexcused.count,
      ] == found, "\(verdict)")
  }
}
