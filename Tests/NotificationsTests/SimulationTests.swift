import Foundation
import Signals
import TestSupport
import Testing

/// 200 seeds of 8 hours; `SIM_SEEDS`, `SIM_HOURS` and `SIM_SEED` change it.
private struct SimulationPlan {
  let seeds: [UInt64]
  let hours: Int

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    hours = environment["SIM_HOURS"].flatMap { Int($0) } ?? 8
    if let seed = environment["SIM_SEED"].flatMap({ UInt64($0) }) {
      seeds = [seed]
    } else {
      seeds = Array(0..<(environment["SIM_SEEDS"].flatMap { UInt64($0) } ?? 200))
    }
  }
}

@Test func `what was told to fire is told to have ended, whatever fails, and in order`() {
  let plan = SimulationPlan()
  var (arrivals, crashes, excused) = (0, 0, 0)
  for seed in plan.seeds {
    var world = SimulatedWorld(seed: seed)
    world.run(for: .seconds(3600 * plan.hours))
    world.heal()
    world.run(for: .seconds(4 * 3600))
    world.check()
    arrivals += world.receivers.arrivals.count
    crashes += world.crashes
    excused += world.excused.count
  }
  #expect(arrivals >= plan.seeds.count * 10)
  #expect(crashes >= plan.seeds.count / 2)
  #expect(excused <= arrivals / 10)
}
