import Signals
import Simulation

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let clock = ContinuousClock()
switch CommandLine.arguments.dropFirst().first {
case "day":
  let began = clock.now
  var world = try World(seed: 1, .day)
  world.run(for: .seconds(Int(arguments.first ?? 24) * 3600))
  let hour = clock.now - began
  print("day", hour, "steps", world.steps, "checks", world.checks, "trace", world.trace.value)
  print(world.failure ?? "ok")
default:
  let from = arguments.first ?? 0
  let through = arguments.count > 1 ? arguments.dropFirst().first ?? from : from
  var failures = 0
  let began = clock.now
  var checks = 0
  for seed in from...through {
    var world = try World(seed: seed)
    world.run(for: .seconds(3600))
    world.heal()
    world.run(for: world.longestRecovery)
    world.checkAlive()
    checks += world.checks
    if let failure = world.failure {
      failures += 1
      print("seed", seed, failure)
    }
  }
  print(failures, "failures", checks, "checks", clock.now - began)
}
