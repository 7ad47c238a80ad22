package import Signals

/// Decides what is left alone: what was in hand at three restarts within five minutes.
package enum Quarantine {
  /// What is not held yet and should be. `recent`: in the order of time, the last one now.
  package static func decide(
    _ recent: [CoordinatorRestart], held: [QuarantinedItem], at now: Timestamp
  ) -> [QuarantinedItem] {
    let since = now.advanced(by: .seconds(-300))
    let items = recent.filter { $0.at >= since }.flatMap(\.inHand)
    return (recent.last?.inHand ?? []).filter { item in
      !held.contains { $0.item == item } && items.count { $0 == item } >= 3
    }.map { QuarantinedItem($0, since: now, detail: "in hand at three restarts in five minutes") }
  }
}
