import Agent
import MCPWire
import TestSupport

extension World {
  /// How often an operator's word was held against what the agent did.
  package var wordsHeld: Int { said.checks }

  /// An operator asks something of an MCP, or of one that there is not.
  mutating func act() {
    let index = Int.random(in: 0...settings.mcps.count, using: &random)
    let kind = MCPAction.Kind.allCases.randomElement(using: &random) ?? .probe
    let name = index < settings.mcps.count ? settings.mcps[index].name : "nobody"
    let action = said.ask(kind, on: name)
    if coordinator == nil { said.loseWhatIsUnderWay() } else { post(.acted(action)) }
  }

  /// What an event of the coordinator has to do with the operator.
  mutating func watchOperator(_ event: AgentEvent, _ effects: [AgentEffect]) {
    if case .reconfigured(let settings) = event { said.configure(settings) }
    for case .probe(let order) in effects where order.purpose != .endSession {
      check(said.wanted(order.name) != false, "\(order.name) is probed and disabled")
    }
  }

  mutating func hearAnswers(_ effects: [AgentEffect]) {
    for case .answer(let ticket, let outcome) in effects { said.take(ticket, outcome) }
  }

  /// What an operator has said holds, over deaths too.
  mutating func checkWords() {
    for status in published.statuses {
      let name = status.description.name
      check(
        said.allows(status), "\(name): enabled is \(status.isEnabled), which nobody said last")
    }
  }
}
