package import Signals

/// Something that an operator asked for and that has no event of its own, with what came of it.
package struct OperatorDeed: Equatable, Sendable {
  package enum Action: String, CaseIterable, Sendable {
    case probe, enable, disable, reset
    case silenceSet = "silence_set"
    case silenceExpired = "silence_expired"
    case redeliver, reload, quit, crash, stall

    package init(_ kind: MCPAction.Kind) {
      self =
        switch kind {
        case .probe: .probe
        case .enable: .enable
        case .disable: .disable
        case .reset: .reset
        }
    }

    package init(_ fault: CoordinatorDrill.Fault) {
      self =
        switch fault {
        case .crash: .crash
        case .stall: .stall
        }
    }
  }

  package var action: Action
  /// The MCP, the id of the silence or the number of the message; empty: the agent itself.
  package var target: String
  package var caller: Caller
  package var outcome: ActionOutcome

  package init(
    _ action: Action, on target: String = "", by caller: Caller, _ outcome: ActionOutcome = .done
  ) {
    self.action = action
    self.target = target
    self.caller = caller
    self.outcome = outcome
  }

  /// The data of the event.
  package var labels: [Label] {
    let target = target.isEmpty ? [] : [Label(name: "target", value: Caller.shown(target))]
    return [Label(name: "action", value: action.rawValue)] + target + caller.labels
      + [Label(name: "effect", value: outcome.effect)]
  }

  /// As an event of the agent.
  package var note: AgentNote {
    AgentNote(.operatorAction, detail: outcome.detail, data: labels)
  }
}
