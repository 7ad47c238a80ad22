package import Breaking
package import MCPWire
package import Signals

/// A probe to make now.
package struct ProbeOrder: Equatable, Sendable {
  package var mcp: MCPID
  /// What a crash is blamed on.
  package var name: String
  package var permit: Breaker.Permit
  package var target: ProbeTarget
  package var purpose: ProbePurpose
  package var memory: ServerMemory
  /// The probe has ended by then, whatever the server does.
  package var deadline: MonotonicInstant

  package init(
    mcp: MCPID, name: String = "", permit: Breaker.Permit, target: ProbeTarget,
    purpose: ProbePurpose, memory: ServerMemory, deadline: MonotonicInstant
  ) {
    self.mcp = mcp
    self.name = name
    self.permit = permit
    self.target = target
    self.purpose = purpose
    self.memory = memory
    self.deadline = deadline
  }
}

extension ProbeOrder {
  /// For a server that nobody watches, and so has no breaker. `nil` never: a new breaker is closed.
  package static func passing(
    _ mcp: MCPID, _ target: ProbeTarget, _ purpose: ProbePurpose, _ memory: ServerMemory,
    at now: MonotonicInstant, timeout: Duration
  ) -> ProbeOrder? {
    var breaker = Breaker(settings: Breaker.Settings())
    guard case (.allowed(let permit), _) = breaker.admit(at: now, trialTimeout: timeout) else {
      return nil
    }
    return ProbeOrder(
      mcp: mcp, permit: permit, target: target, purpose: purpose, memory: memory,
      deadline: now.advanced(by: timeout))
  }
}

/// What came of an order. Every order with a purpose other than `endSession` gives exactly one.
package struct ProbeReport: Equatable, Sendable {
  package var mcp: MCPID
  package var permit: Breaker.Permit
  package var result: ProbeResult

  package init(mcp: MCPID, permit: Breaker.Permit, result: ProbeResult) {
    self.mcp = mcp
    self.permit = permit
    self.result = result
  }
}

/// Something that concerns the agent and no MCP.
package struct AgentNote: Equatable, Sendable {
  /// One of those of the agent.
  package var type: HealthEventType
  package var detail: String
  package var data: [Label]

  package init(_ type: HealthEventType, detail: String, data: [Label] = []) {
    self.type = type
    self.detail = detail
    self.data = data
  }
}

/// Everything that can happen to the agent. A closed list.
package enum AgentEvent: Equatable, Sendable {
  /// The instant of an earlier `wake` has come.
  case wokeUp
  case probed(ProbeReport)
  /// The journal holds every batch up to this one.
  case committed(through: UInt64)
  /// The journal refused the batches up to this one; they are not in it.
  case commitFailed(through: UInt64, JournalFailure)
  /// The journal was damaged and is a new one, with nothing in it of what was committed before.
  case journalReplaced
  /// A checked configuration takes over.
  case reconfigured(Settings)
  /// To be kept as events of the agent.
  case noted([AgentNote])
  /// The same of one that somebody waits for: `answer` tells when the journal has it.
  case kept(AgentNote, ticket: UInt64)
  /// An operator asks something of an MCP.
  case acted(MCPAction)
  /// SIGTERM: start nothing more, end the sessions, keep what is known.
  case draining
}

/// Everything that the agent wants done. A closed list; the runtime and the simulation perform it.
package enum AgentEffect: Equatable, Sendable {
  case probe(ProbeOrder)
  /// Connections and answers of this MCP are not wanted any more.
  case forget(MCPID)
  case persist(JournalBatch)
  /// One MCP as the world may see it from now on.
  case publish(MCPID, MCPStatus)
  /// Downtime of this MCP ended then, though the journal does not have that yet: what is shown must
  /// not grow beyond it, or the counter would go back.
  case stopClock(MCPID, Timestamp)
  /// The MCPs that there are from now on, in order of their names. The status counts for those
  /// that were not there before; the others keep what was published of them.
  case arrange([ArrangedMCP])
  /// What came of an action; what it changed is in the journal. Of an action that the journal did
  /// not take there may be none.
  case answer(UInt64, ActionOutcome)
  /// Send `wokeUp` at this instant; replaces the wake asked for before.
  case wake(at: MonotonicInstant)
}

/// A place in the published order.
package struct ArrangedMCP: Equatable, Sendable {
  package var id: MCPID
  package var initial: MCPStatus
}
