import Breaking
package import Signals

/// A place in the queue of MCPs that wait for the next trial of their circuit.
package struct RecoveryPlace: Equatable, Sendable {
  package var mcp: String
  /// From 1, in the order of the trials.
  package var position: Int
  package var retryAt: Timestamp
  /// Trials made since the circuit was last closed.
  package var attempts: Int
}

extension AgentSnapshot {
  /// The MCPs that are enabled and whose circuit is open, by the instant of their next trial and
  /// then by name. One whose trial is under way does not wait.
  package var recoveryQueue: [RecoveryPlace] {
    let waiting = mcps.compactMap { mcp -> RecoveryPlace? in
      guard mcp.isEnabled, mcp.circuit == .open, let retryAt = mcp.retryAt else { return nil }
      return RecoveryPlace(
        mcp: mcp.description.name, position: 0, retryAt: retryAt, attempts: mcp.trials)
    }
    let ordered = waiting.sorted { ($0.retryAt, $0.mcp) < ($1.retryAt, $1.mcp) }
    return ordered.enumerated().map { index, place in
      var place = place
      place.position = index + 1
      return place
    }
  }
}
