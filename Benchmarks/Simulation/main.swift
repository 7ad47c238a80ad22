import Signals
import Simulation

// `SimulationBenchmark`: a day of 200 MCPs, 50 rules and five receivers; `SimulationBenchmark FROM
// THROUGH`: an hour of each of these seeds, and the time until all is right.

let seeds = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let clock = ContinuousClock()
let began = clock.now
var failed = false

struct SimulationFailed: Error {}

if seeds.count == 2, let from = seeds.first, let through = seeds.last, from <= through {
  for seed in from...through {
    var world = try World(seed: seed)
    world.run(for: .seconds(3600))
    world.heal()
    world.run(for: world.longestRecovery)
    world.checkAlive()
    if let failure = world.failure {
      failed = true
      print(failure)
    }
  }
  print("seconds: \((clock.now - began).inSeconds)")
} else {
  var world = try World(seed: 1, .day)
  world.run(for: .seconds(24 * 3600))
  failed = world.failure != nil
  print("seconds: \((clock.now - began).inSeconds)")
  print("steps: \(world.steps), checks: \(world.checks), trace: \(world.trace.value)")
  print(world.failure ?? "nothing failed")
}
if failed { throw SimulationFailed() }
