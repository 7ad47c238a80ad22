package import Signals

/// How a pending alert goes on after the agent was away, as in Prometheus.
package struct AlertRestore: Equatable, Sendable {
  /// Away for longer than this: alerts that did not fire yet start over.
  package var outageTolerance: Duration = .seconds(3600)
  /// Rules with a shorter `for` start over; others fire this long after the restart at the soonest.
  package var gracePeriod: Duration = .seconds(600)

  package init() {}

  /// Since when the alert counts as active; `nil`: it starts over.
  ///
  /// `lastSeen` is the last evaluation that gave it before the agent went away. The time away does
  /// not count as pending.
  package func activeAt(
    _ activeAt: Timestamp, lastSeen: Timestamp, holdDuration: Duration, now: Timestamp
  ) -> Timestamp? {
    let away = lastSeen.duration(to: now)
    guard holdDuration >= gracePeriod, away <= outageTolerance else { return nil }
    let left = holdDuration - activeAt.duration(to: lastSeen)
    if left <= .zero { return activeAt }
    if left < gracePeriod { return now.advanced(by: gracePeriod - holdDuration) }
    return activeAt.advanced(by: away)
  }
}
