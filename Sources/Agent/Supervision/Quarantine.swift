package import Signals

/// Decides what is left alone because the agent has crashed over it again and again.
package enum Quarantine {
  /// Restarts with an item in hand that put it in quarantine, and within how long.
  package static let restartsMax = 3
  package static let window: Duration = .seconds(5 * 60)

  /// What goes into quarantine at a start: each item that was in hand at enough of the recent
  /// restarts, the one of this start among them. Whether a coordinator crashed, stood still or its
  /// process ended makes no difference: who ends a process has no time to say why.
  ///
  /// - Parameters:
  ///   - recent: oldest first, that of this start last; those that are too old do not count.
  ///   - held: what is in quarantine already.
  ///   - now: the start. A restart that is later by more than the window does not count either: a
  ///     clock that was set back must not blame for days.
  /// - Returns: what joins it, in order of kind and name.
  package static func decide(
    _ recent: [CoordinatorRestart], held: [QuarantinedItem], at now: Timestamp
  ) -> [QuarantinedItem] {
    var counts: [WorkItem: Int] = [:]
    for restart in recent {
      let age = restart.at.duration(to: now)
      guard age <= window, age >= .zero - window else { continue }
      for item in Set(restart.inHand) { counts[item, default: 0] += 1 }
    }
    // Only what this restart may be blamed on: what was released since is not held again.
    let latest = Set(recent.last?.inHand ?? [])
    counts = counts.filter { latest.contains($0.key) }
    for known in held { counts[known.item] = nil }
    return counts.filter { $0.value >= restartsMax }.sorted { $0.key < $1.key }.map { item, count in
      QuarantinedItem(item, since: now, detail: "in hand at \(count) crashes within 5 minutes")
    }
  }
}

extension WorkItem: Comparable {
  /// MCPs first, each kind by name.
  package static func < (lhs: Self, rhs: Self) -> Bool {
    switch (lhs, rhs) {
    case (.mcp, .rule): true
    case (.rule, .mcp): false
    case (.mcp(let lhs), .mcp(let rhs)), (.rule(let lhs), .rule(let rhs)): lhs < rhs
    }
  }
}

extension QuarantinedItem {
  private static let prefix = "quarantined: "

  /// Why an MCP is disabled or a rule not evaluated, in the words that both are shown with.
  package var reason: String { Self.prefix + detail }

  /// Whether an MCP's `autoDisabledReason` is that of a quarantine.
  static func isReason(_ text: String) -> Bool { text.hasPrefix(prefix) }
}
