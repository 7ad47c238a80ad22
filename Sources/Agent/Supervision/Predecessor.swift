import Signals

/// What a coordinator leaves to the one that takes its place, beside the journal: what the world
/// was shown last.
package struct Predecessor: Sendable {
  package var statuses: [MCPStatus]
  package var figures: AgentFigures
  /// No id that it gave out is used again.
  package var lastID: MCPID?

  package init(statuses: [MCPStatus], figures: AgentFigures, lastID: MCPID?) {
    self.statuses = statuses
    self.figures = figures
    self.lastID = lastID
  }
}

extension MCPEntry {
  /// Takes over what no journal keeps; the journal's word goes before what was shown.
  mutating func succeed(_ shown: MCPStatus, at now: Now) {
    status.counters.probesOK = shown.counters.probesOK
    status.counters.probesNotOK = shown.counters.probesNotOK
    status.durations = shown.durations
    status.lastProbe = shown.lastProbe
    status.certificateExpiry = shown.certificateExpiry
    status.checks = shown.checks
    lastChecked = shown.checks.map(\.at).max().map { last in
      now.monotonic.advanced(by: .zero - max(.zero, last.duration(to: now.wall)))
    }
    arrangeChecks()
    status.lastSuccess = [status.lastSuccess, shown.lastSuccess].compactMap(\.self).max()
  }
}

extension AgentState {
  /// What the agent is made to hold by construction. A sentence when it does not: then its memory
  /// is not to be trusted.
  package var brokenInvariant: String? {
    if figures.inFlight < 0 || figures.inFlight > entries.count {
      return "\(figures.inFlight) probes in flight among \(entries.count) MCPs"
    }
    if indices.count != entries.count {
      return "\(indices.count) places of \(entries.count) MCPs"
    }
    return nil
  }
}
