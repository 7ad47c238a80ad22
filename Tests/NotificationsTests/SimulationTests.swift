import Foundation
import Notifications
import Signals
import TestSupport
import Testing

/// 200 seeds of 2 hours; `SIM_SEEDS`, `SIM_HOURS` and `SIM_SEED` change it.
private struct SimulationPlan {
  let seeds: [UInt64]
  let hours: Int

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    hours = environment["SIM_HOURS"].flatMap { Int($0) } ?? 2
    if let seed = environment["SIM_SEED"].flatMap({ UInt64($0) }) {
      seeds = [seed]
    } else {
      seeds = Array(0..<(environment["SIM_SEEDS"].flatMap { UInt64($0) } ?? 200))
    }
  }
}

@Test(arguments: 0..<4)
func `what was told to fire is told to have ended, whatever fails, and in order`(
  quarter: Int
) async {
  let plan = SimulationPlan()
  var (runs, arrivals, crashes, excused) = (0, 0, 0, 0)
  for seed in plan.seeds where seed % 4 == quarter {
    var world = SimulatedWorld(seed: seed)
    world.run(for: .seconds(3600 * plan.hours))
    world.heal()
    world.conditions = Set(0..<SimulatedWorld.alerts)
    // A repetition mends what may have come and was then refused for good.
    world.run(for: .seconds(5 * 3600))
    world.checkAllTold()
    world.conditions = []
    world.run(for: .seconds(2 * 3600))
    world.check()
    runs += 1
    arrivals += world.receivers.arrivals.count
    crashes += world.crashes
    excused += world.excused.count
    await Task.yield()  // others want the thread, too
  }
  print("simulation: \(runs) runs, \(crashes) crashes, \(arrivals) arrivals")
  guard runs >= 10 else { return }
  // It says something: much has arrived, the agent has died often, little is beyond anybody.
  #expect(arrivals >= runs * 10)
  #expect(crashes >= runs / 2)
  #expect(excused <= arrivals / 10)
}

@Test(arguments: [3, 17] as [UInt64]) func `the same seed gives the same run`(seed: UInt64) {
  func run() -> (NotificationContents, Int) {
    var world = SimulatedWorld(seed: seed)
    world.run(for: .seconds(3600))
    return (world.journal.contents, world.calls)
  }
  let (one, other) = (run(), run())
  #expect(one.0 == other.0)
  #expect(one.1 == other.1)
}
