import Agent
import Foundation
import MCPWire
import Signals
import TestSupport
import Testing

/// 200 MCPs for a simulated hour and 50 seeds; `SIM_SEEDS`, `SIM_HOURS` and `SIM_SEED` change it.
private struct SimulationPlan {
  let seeds: [UInt64]
  let hours: Int

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    hours = environment["SIM_HOURS"].flatMap { Int($0) } ?? 1
    if let seed = environment["SIM_SEED"].flatMap({ UInt64($0) }) {
      seeds = [seed]
    } else {
      seeds = Array(0..<(environment["SIM_SEEDS"].flatMap { UInt64($0) } ?? 50))
    }
  }
}

@Test func `200 MCPs are safe under seeded faults and come right when the faults stop`() async {
  let plan = SimulationPlan()
  var (steps, words) = (0, 0)
  for seed in plan.seeds {
    var world = SimulatedWorld(seed: seed, mcps: 200)
    world.run(for: .seconds(3600 * plan.hours))
    world.heal()
    world.run(for: .seconds(600))
    world.checkAlive()
    steps += world.steps
    words += world.said.checks
    await Task.yield()  // others want the thread, too
  }
  #expect(steps >= plan.seeds.count * 1000)
  guard plan.seeds.count >= 20 else { return }
  #expect(words > 0, "an operator's words were held to: \(words)")
}

@Test(arguments: [3, 17] as [UInt64]) func `the same seed gives the same trace`(seed: UInt64) {
  func trace() -> UInt64 {
    var world = SimulatedWorld(seed: seed, mcps: 40)
    world.run(for: .seconds(1800))
    return world.trace.value
  }
  #expect(trace() == trace())
}
