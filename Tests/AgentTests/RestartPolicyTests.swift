import Agent
import Signals
import TestSupport
import Testing

@Suite struct RestartPolicyTests {
  private func policy() -> RestartPolicy { RestartPolicy(.coordinator) }

  @Test func `pauses double from 100 ms, and the sixth end within a minute is the last`() {
    var policy = policy()
    let pauses = (0..<5).map { policy.decide(at: .at(Double($0)), spread: 0) }
    #expect(
      pauses == [100, 200, 400, 800, 1600].map { .restart(after: .milliseconds($0)) })
    #expect(policy.decide(at: .at(5), spread: 0) == .giveUp)
  }

  @Test func `what is a minute ago counts no more`() {
    var policy = policy()
    for second in 0..<5 { _ = policy.decide(at: .at(Double(second)), spread: 0) }
    #expect(policy.decide(at: .at(59.9), spread: 0) == .giveUp)
    #expect(policy.decide(at: .at(60), spread: 0) == .restart(after: .milliseconds(1600)))
    #expect(policy.decide(at: .at(200), spread: 0) == .restart(after: .milliseconds(100)))
  }

  @Test func `jitter makes a pause a fifth longer at most`() {
    var policy = policy()
    #expect(policy.decide(at: .at(0), spread: 0.5) == .restart(after: .milliseconds(100) * 1.1))
  }

  @Test func `without an end pauses grow to the longest and stay there`() {
    var policy = RestartPolicy(
      .init(most: nil, window: .seconds(600), firstPause: .seconds(1), longestPause: .seconds(5)))
    let pauses = (0..<6).map { policy.decide(at: .at(Double($0)), spread: 0) }
    #expect(pauses == [1, 2, 4, 5, 5, 5].map { .restart(after: .seconds($0)) })
  }
}

@Suite struct StallWatchTests {
  /// A look each quarter of a second at the turns that had been taken by then.
  private func firstStall(_ looks: [(at: Double, turns: UInt64, rests: Bool)]) -> Double? {
    var watch = StallWatch(bound: .seconds(1), longestLook: .milliseconds(500))
    return looks.first {
      watch.look(turns: $0.turns, mayRest: $0.rests, at: .at($0.at))
    }?.at
  }

  @Test func `no turn for the bound is a stall, one turn within it is none`() {
    let still = (0..<10).map { (at: Double($0) / 4, turns: UInt64(7), rests: false) }
    #expect(firstStall(still) == 1)
    let slow = (0..<20).map { (at: Double($0) / 4, turns: UInt64($0 / 3), rests: false) }
    #expect(firstStall(slow) == nil)
  }

  @Test func `a process that was stopped for a minute has not stalled`() {
    let stopped: [(at: Double, turns: UInt64, rests: Bool)] = [
      (0, 7, false), (0.25, 7, false), (60, 7, false), (60.25, 8, false), (60.5, 9, false),
    ]
    #expect(firstStall(stopped) == nil)
    // It counts for half a second: what stands still afterwards is still found.
    let hung: [(at: Double, turns: UInt64, rests: Bool)] =
      Array(stopped.prefix(3)) + [(60.25, 7, false), (60.5, 7, false)]
    #expect(firstStall(hung) == 60.25)
  }

  @Test func `a thread that waits for work does not stand still`() {
    let resting = (0..<40).map { (at: Double($0) / 4, turns: UInt64(7), rests: true) }
    #expect(firstStall(resting) == nil)
  }
}
