import Agent
import MCPWire
import TestSupport

extension SimulatedWorld {
  /// Now and then somebody asks something of an MCP, or of one that there is not.
  mutating func act() {
    let index = Int.random(in: 0...settings.mcps.count, using: &random)
    let kind = MCPAction.Kind.allCases.randomElement(using: &random) ?? .probe
    let name = index < settings.mcps.count ? settings.mcps[index].name : "nobody"
    step(.acted(said.ask(kind, on: name)))
  }

  /// Nobody probes what an operator has disabled.
  mutating func checkMayProbe(_ order: ProbeOrder) {
    guard order.purpose != .endSession else { return }
    if said.wanted(order.name) == false { check("\(order.name) is probed and disabled") }
  }

  /// What an operator has said holds, over deaths too.
  mutating func checkWords() {
    for (_, status) in published.statuses where !said.allows(status) {
      let name = status.description.name
      check("\(name): enabled is \(status.isEnabled), which is not what was said last")
    }
  }
}
