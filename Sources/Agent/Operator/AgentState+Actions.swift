import Breaking
import MCPWire
import Signals

/// What operators ask of MCPs. Each is an event in the batch of the change that it makes, and is
/// answered when the journal has that batch.
extension AgentState {
  mutating func act(_ action: MCPAction, at now: Now) {
    guard !isDraining else {
      effects.append(.answer(action.ticket, .refused("the agent ends")))
      return
    }
    guard let index = entries.firstIndex(where: { $0.name == action.mcp }) else {
      effects.append(.answer(action.ticket, .noSuchMCP))
      return
    }
    let outcome = outcome(of: action.kind, on: index)
    ledger.answer(action.ticket, outcome)
    switch (action.kind, outcome) {
    case (.disable, .done): disable(index, by: action.caller, at: now)
    case (.enable, .done): enable(index, by: action.caller, at: now)
    default:
      if case (.reset, .done) = (action.kind, outcome) { reset(index, by: action.caller, at: now) }
      let deed = OperatorDeed(
        .init(action.kind), on: action.mcp, by: action.caller, outcome)
      emit(.operatorAction, of: index, detail: outcome.detail, deed.labels, at: now)
      if outcome == .done { probeNow(index, at: now) }
    }
  }

  /// An event of the agent that somebody waits for.
  mutating func keep(_ note: AgentNote, ticket: UInt64, at now: Now) {
    take([note], at: now)
    ledger.answer(ticket, .done)
  }

  private func outcome(of kind: MCPAction.Kind, on index: Int) -> ActionOutcome {
    let entry = entries[index]
    switch kind {
    case .probe where !entry.status.isEnabled: return .refused("the MCP is disabled")
    case .probe where entry.flight != nil: return .refused("a probe of it is under way")
    case .probe:
      return switch reasonToSkip() {
      case .concurrency: .refused("as many probes as may are under way")
      case .journal, .busy, .late: .refused("the journal is behind")
      case nil: .done
      }
    case .enable: return entry.status.isEnabled ? .unchanged : .done
    case .disable: return entry.isWanted ? .done : .unchanged
    case .reset: return entry.breaker.isFresh ? .unchanged : .done
    }
  }

  private mutating func disable(_ index: Int, by caller: Caller, at now: Now) {
    abandonFlight(of: index)
    entries[index].say(isEnabled: false)
    entries[index].status.isEnabled = false
    entries[index].standStill(at: now)
    entries[index].syncCircuit(at: now)
    emit(.manuallyDisabled, of: index, nil, Self.byHand(.disable, caller), at: now)
    leaveServer(of: index, at: now)
    setAlarm(of: index, at: nil)
  }

  private mutating func enable(_ index: Int, by caller: Caller, at now: Now) {
    entries[index].say(isEnabled: true)
    entries[index].status.isEnabled = true
    emit(.manuallyEnabled, of: index, nil, Self.byHand(.enable, caller), at: now)
    if entries[index].status.autoDisabledReason != nil {
      entries[index].status.autoDisabledReason = nil
      release(.mcp(entries[index].name))
      figures.quarantined = quarantined
      closeCircuit(of: index, at: now)
    }
    probeNow(index, at: now)
  }

  /// One that the breaker has given up is let go with what it was given up for; not one that the
  /// agent has crashed over, nor one that somebody has disabled.
  private mutating func reset(_ index: Int, by caller: Caller, at now: Now) {
    abandonFlight(of: index)
    if let reason = entries[index].status.autoDisabledReason, !QuarantinedItem.isReason(reason) {
      entries[index].status.autoDisabledReason = nil
      entries[index].status.isEnabled = entries[index].isWanted
      if entries[index].status.isEnabled {
        emit(.manuallyEnabled, of: index, nil, Self.byHand(.reset, caller), at: now)
      }
    }
    closeCircuit(of: index, at: now)
  }

  /// Nobody comes back to its session and its stream soon.
  private mutating func leaveServer(of index: Int, at now: Now) {
    guard entries[index].memory.sessionID != nil || entries[index].memory.stream != nil else {
      return
    }
    endSession(of: entries[index], at: now)
    entries[index].memory = ServerMemory()
    entries[index].lastListed = nil
    effects.append(.forget(entries[index].id))
  }

  private mutating func closeCircuit(of index: Int, at now: Now) {
    let transition = entries[index].breaker.reset()
    entries[index].syncCircuit(at: now)
    if let transition { count(transition, of: index, nil, at: now) }
  }

  /// Beside the schedule, which goes on; of an open circuit it is the trial.
  private mutating func probeNow(_ index: Int, at now: Now) {
    guard entries[index].status.isEnabled, entries[index].flight == nil else { return }
    startProbe(of: index, due: now.monotonic, early: true, at: now)
  }

  private static func byHand(_ action: OperatorDeed.Action, _ caller: Caller) -> [Label] {
    [Label(name: "by", value: "hand")] + OperatorDeed(action, by: caller).labels
  }
}

// MARK: - The configuration's word against the operator's

extension AgentState {
  /// What an operator said ends when the configuration says the same, so that it counts again.
  mutating func settleWord(of index: Int) {
    guard entries[index].status.enabledByHand == entries[index].settings.enabled else { return }
    entries[index].status.enabledByHand = nil
    ledger.touch(entries[index].id)
  }

  /// A changed configuration has enabled or disabled an MCP that is watched.
  mutating func tellSwitch(of index: Int, wasEnabled: Bool, at now: Now) {
    let isEnabled = entries[index].status.isEnabled
    guard isEnabled != wasEnabled else { return }
    if !isEnabled { entries[index].standStill(at: now) }
    emit(
      isEnabled ? .manuallyEnabled : .manuallyDisabled, of: index, nil, Self.byConfiguration,
      at: now)
  }

  /// The end of an outage that was running when the agent died, of an MCP that the configuration
  /// disables now.
  mutating func tellDisabled(_ index: Int, at now: Now) {
    let status = entries[index].status
    guard status.enabledByHand == nil, status.autoDisabledReason == nil else { return }
    emit(.manuallyDisabled, of: index, nil, Self.byConfiguration, at: now)
  }

  /// An MCP is not configured any more; `nil`: it was disabled before.
  mutating func tellGone(_ entry: MCPEntry, at now: Now) -> FeedLog? {
    guard entry.status.isEnabled else { return nil }
    let type = HealthEventType.manuallyDisabled
    let (sequence, dropped) = ledger.append(
      type, mcp: entry.name, outcome: nil, detail: Self.gone, data: Self.byConfiguration,
      at: now.wall, limit: limits.unsavedEvents)
    figures.eventsDropped += dropped
    return FeedLog(
      sequence: sequence, timestamp: now.wall, type: type, status: .disabled, detail: Self.gone,
      data: Self.byConfiguration)
  }

  /// An MCP is configured again.
  mutating func tellBack(_ index: Int, at now: Now) {
    guard entries[index].status.isEnabled else { return }
    emit(.manuallyEnabled, of: index, nil, Self.byConfiguration, at: now)
  }

  private static let gone = "not watched any more"
  private static let byConfiguration = [Label(name: "by", value: "configuration")]
}

extension MCPEntry {
  /// Whether it is to be watched: as an operator said, or else the configuration.
  var isWanted: Bool { status.enabledByHand ?? settings.enabled }

  /// An operator's word; none is needed for what the configuration says too.
  mutating func say(isEnabled: Bool) {
    status.enabledByHand = isEnabled == settings.enabled ? nil : isEnabled
  }
}
