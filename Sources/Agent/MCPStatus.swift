package import Breaking
package import MCPWire
package import Signals

/// The label `status`: what a person calls the state of a server.
package enum HealthStatus: String, CaseIterable, Sendable {
  case healthy, disconnected
  case circuitOpen = "circuit_open"
  case disabled, unknown
}

/// Names an MCP for the life of the process; never used twice.
package struct MCPID: Hashable, Comparable, Sendable {
  package let number: Int

  package init(number: Int) { self.number = number }

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
}

/// What the configuration says of an MCP, as far as the world may see it.
package struct MCPDescription: Equatable, Sendable {
  package var name: String
  /// Without userinfo and without query values.
  package var url: String
  package var description: String
  /// The MCP's own labels, sorted by name.
  package var labels: [Label]
  /// `mcp="weather",team="data"`, escaped once for every series.
  package var renderedLabels: [UInt8]
}

/// The last probe of an MCP.
package struct LastProbe: Equatable, Sendable {
  package var at: Timestamp
  package var outcome: ProbeOutcome
  /// The outcome's, unless the probe knew better.
  package var verdict: Verdict
  package var stage: ProbeStage?
  package var detail: String
  package var duration: Duration
  package var times: StageTimes
  package var methods: [MethodTimes]

  package init(
    at: Timestamp, outcome: ProbeOutcome, verdict: Verdict? = nil, stage: ProbeStage?,
    detail: String, duration: Duration, times: StageTimes, methods: [MethodTimes] = []
  ) {
    self.at = at
    self.outcome = outcome
    self.verdict = verdict ?? outcome.verdict
    self.stage = stage
    self.detail = detail
    self.duration = duration
    self.times = times
    self.methods = methods
  }
}

/// The last result of a check.
package struct CheckStatus: Equatable, Sendable {
  package var result: CheckResult
  package var at: Timestamp

  package init(_ result: CheckResult, at: Timestamp) {
    self.result = result
    self.at = at
  }
}

/// Counts that an MCP keeps; those marked survive restarts.
package struct MCPCounters: Equatable, Sendable {
  /// Survives. By (from, to) in the order of `circuitMoves`.
  package var transitions = CircuitMoves()
  /// Survives.
  package var recoveryAttempts: UInt64 = 0
  /// Probes that ended `ok`.
  package var probesOK: UInt64 = 0
  /// Other outcomes once seen, in the order of first sight.
  package var probesNotOK: [(outcome: ProbeOutcome, count: UInt64)] = []

  /// Survives. Kinds once seen, in the order of first sight.
  package var catalogue: [CatalogueChangeCount] = []

  package var opens: UInt64 {
    transitions[.init(from: .closed, to: .open)] + transitions[.init(from: .halfOpen, to: .open)]
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.transitions == rhs.transitions && lhs.recoveryAttempts == rhs.recoveryAttempts
      && lhs.probesOK == rhs.probesOK
      && lhs.probesNotOK.elementsEqual(rhs.probesNotOK) { $0 == $1 }
      && lhs.catalogue == rhs.catalogue
  }
}

/// A counter for each way a circuit can move.
package struct CircuitMoves: Equatable, Sendable {
  package static let all: [Breaker.Transition] = [
    .init(from: .closed, to: .open), .init(from: .open, to: .halfOpen),
    .init(from: .open, to: .closed), .init(from: .halfOpen, to: .closed),
    .init(from: .halfOpen, to: .open),
  ]

  /// In the order of `all`.
  package var counts: [UInt64] = Array(repeating: 0, count: CircuitMoves.all.count)

  package init() {}

  package subscript(_ move: Breaker.Transition) -> UInt64 {
    get { Self.all.firstIndex(of: move).map { counts[$0] } ?? 0 }
    set { if let index = Self.all.firstIndex(of: move) { counts[index] = newValue } }
  }
}

/// Downtime of an MCP: what has been, and since when it runs, if it runs.
package struct Downtime: Equatable, Sendable {
  package var total: Duration = .zero
  package var since: Timestamp?

  package init() {}

  /// Grows while it runs, at every look.
  package func total(at wall: Timestamp) -> Duration {
    guard let since else { return total }
    return total + max(since.duration(to: wall), .zero)
  }
}

/// Everything the world may see of one MCP, at one instant. What is durable in it is committed.
package struct MCPStatus: Equatable, Sendable {
  package var description: MCPDescription
  package var isEnabled: Bool
  /// Why the agent has disabled it, if it has.
  package var autoDisabledReason: String?
  /// What an operator said against the configuration; `nil`: nothing.
  package var enabledByHand: Bool?
  /// The verdict that `mcp_up` follows: the last one that was not hold; `nil`: none yet.
  package var verdict: Verdict?
  package var circuit: Breaker.StateName = .closed
  package var circuitEnabled = true
  package var retryAt: Timestamp?
  package var consecutiveFailures = 0
  package var failureCycles = 0
  /// Trials of the circuit since it was last closed.
  package var trials = 0
  package var counters = MCPCounters()
  package var durations = DurationHistogram()
  package var downtime = Downtime()
  /// Set while the end of the downtime is not committed yet.
  package var downtimeEnd: Timestamp?
  package var lastProbe: LastProbe?
  package var lastSuccess: Timestamp?
  package var lastRecoveryAttempt: Timestamp?
  package var transport: MCPTransport?
  package var protocolVersion: String?
  package var server: ServerIdentity?
  package var catalogue: CatalogueCounts?
  package var authRequired: Bool?
  /// Of the certificate that the server showed last.
  package var certificateExpiry: Timestamp?
  /// In the order of the configuration; those that have been made.
  package var checks: [CheckStatus] = []

  package init(description: MCPDescription, isEnabled: Bool) {
    self.description = description
    self.isEnabled = isEnabled
  }

  /// Why it is disabled; `nil` while it is enabled, and when the configuration has disabled it.
  package var disabledReason: String? {
    if isEnabled { return nil }
    return enabledByHand == false ? "by hand" : autoDisabledReason
  }

  /// CONTRACT.md 4: the table of meanings.
  package var health: HealthStatus {
    guard isEnabled else { return .disabled }
    switch verdict {
    case .up: return .healthy
    case .down: return circuit == .closed ? .disconnected : .circuitOpen
    case .neutral, .hold, nil: return .unknown
    }
  }

  /// Downtime up to `wall`; never more than the journal will hold.
  package func downtime(at wall: Timestamp) -> Duration {
    downtime.total(at: downtimeEnd.map { min($0, wall) } ?? wall)
  }

  /// `mcp_up`; `nil` means that there is no such series.
  package var isUp: Bool? { isEnabled ? verdict.map { $0 == .up } : nil }
}
