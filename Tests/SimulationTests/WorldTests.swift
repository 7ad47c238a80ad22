import Foundation
import Signals
import Simulation
import Testing

/// 50 seeds of an hour; `SIM_SEEDS`, `SIM_HOURS` and `SIM_SEED` change it.
private struct SimulationPlan {
  let seeds: [UInt64]
  let duration: Duration

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    duration = .seconds(environment["SIM_HOURS"].flatMap { Double($0) }.map { $0 * 3600 } ?? 3600)
    if let seed = environment["SIM_SEED"].flatMap({ UInt64($0) }) {
      seeds = [seed]
    } else {
      seeds = Array(0..<(environment["SIM_SEEDS"].flatMap { UInt64($0) } ?? 50))
    }
  }
}

/// The whole agent; the message of a failure says seed, instant and what happened last.
struct WorldTests {
  private func live(_ seed: UInt64, _ scenario: Scenario?, for duration: Duration) throws -> World {
    var world = try World(seed: seed, scenario)
    world.run(for: duration)
    world.heal()
    world.run(for: world.longestRecovery)
    world.checkAlive()
    if let failure = world.failure { Issue.record(Comment(rawValue: failure)) }
    return world
  }

  @Test(arguments: 0..<2)
  func `the whole agent is right under any faults and comes right when they stop`(half: Int) throws
  {
    let plan = SimulationPlan()
    var (runs, checks, restarts, words) = (0, 0, 0, 0)
    for seed in plan.seeds where Int(seed % 2) == half {
      let world = try live(seed, nil, for: plan.duration)
      runs += 1
      checks += world.checks
      restarts += world.restarts
      words += world.wordsHeld
    }
    guard runs >= 20 else { return }
    // It says something: much was looked at, the agent has died often.
    #expect(checks >= runs * 10_000)
    #expect(restarts >= runs)
    #expect(words > 0, "an operator's words were held to: \(words)")
  }

  @Test(arguments: Death.Kind.allCases)
  func `a death between any two steps costs nothing that was committed`(kind: Death.Kind) throws {
    var scenario = Scenario()
    (scenario.mcps, scenario.rules, scenario.receivers) = (3, 14, 2)
    scenario.faults.failing = 50
    // Deaths come while there are faults.
    var whole = try World(seed: 3, scenario)
    whole.run(for: .seconds(300))
    let stride = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 97 : 1
    let last = whole.points - 50  // the coordinator still takes a step after it
    for step in Swift.stride(from: 1, to: last, by: stride) {
      scenario.death = Death(kind, atStep: step)
      let world = try live(3, scenario, for: .seconds(300))
      #expect(world.restarts == 1 || kind == .coordinatorStall, "at step \(step)")
      guard world.failure == nil else { return }
    }
  }

  @Test(arguments: [4, 18] as [UInt64])
  func `the same seed gives the same trace`(seed: UInt64) throws {
    func trace() throws -> UInt64 {
      var world = try World(seed: seed)
      world.run(for: .seconds(900))
      return world.trace.value
    }
    #expect(try trace() == trace())
  }

  @Test func `a failure says the seed, the instant and what came before`() throws {
    var world = try World(seed: 7, Scenario())
    world.run(for: .seconds(60))
    world.fail("the sky has fallen")
    let words = try #require(world.failure)
    #expect(words.hasPrefix("the sky has fallen\nSIM_SEED=7 fails at 60.0 s"))
    #expect(words.split(separator: "\n").count == 23)
  }
}
