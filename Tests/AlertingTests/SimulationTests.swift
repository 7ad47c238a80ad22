import Alerting
import Foundation
import Signals
import TestSupport
import Testing

/// 100 seeds of 20 minutes and as much calm; `SIM_SEEDS`, `SIM_HOURS` and `SIM_SEED` change it.
private struct SimulationPlan {
  let seeds: [UInt64]
  let duration: Duration

  init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    duration = .seconds(environment["SIM_HOURS"].flatMap { Double($0) }.map { $0 * 3600 } ?? 1200)
    if let seed = environment["SIM_SEED"].flatMap({ UInt64($0) }) {
      seeds = [seed]
    } else {
      seeds = Array(0..<(environment["SIM_SEEDS"].flatMap { UInt64($0) } ?? 100))
    }
  }
}

struct SimulationTests {
  @Test(arguments: 0..<4)
  func whatFiresIsToldAndWhatEndedIsToldAsEndedWhateverFails(quarter: Int) async throws {
    let plan = SimulationPlan()
    var (runs, arrivals, crashes, refusals, excused, comparisons) = (0, 0, 0, 0, 0, 0)
    for seed in plan.seeds where seed % 4 == quarter {
      var world = try SimulatedWorld(seed: seed)
      world.run(for: plan.duration)
      world.calmDown()
      world.run(for: .seconds(1500))
      world.check("in the calm")
      world.heal()
      world.run(for: .seconds(1500))
      world.checkEmpty()
      runs += 1
      arrivals += world.receivers.arrivals.count
      crashes += world.crashes
      refusals += world.refusals
      excused += world.excused.count
      comparisons += world.comparisons
      await Task.yield()  // others want the thread, too
    }
    guard runs >= 10 else { return }
    // It says something: much has arrived, the agent has died often, little is beyond anybody.
    #expect(arrivals >= runs * 10)
    #expect(crashes >= runs / 2)
    #expect(refusals >= runs / 2)
    #expect(comparisons >= runs * 10)
    #expect(excused <= arrivals / 10)
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    func run() throws -> (AlertingContents, Int) {
      var world = try SimulatedWorld(seed: 5)
      world.run(for: .seconds(900))
      return (world.journal.contents, world.calls)
    }
    let (one, other) = (try run(), try run())
    #expect(one.0 == other.0)
    #expect(one.1 == other.1)
  }
}
