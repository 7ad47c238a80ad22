package import Notifications
package import Signals

// MARK: - What the API asks

extension AlertingState {
  /// Alerts, groups and silences as they are now. Those who ask in one turn share one look.
  package mutating func view(at now: Now) -> NotificationView {
    if let look, look.at == now { return look.view }
    let view = notifications.view(at: now)
    look = (now, view)
    return view
  }

  /// Creates or changes a silence and gives its id.
  package mutating func setSilence(
    _ draft: Silence, at now: Now
  ) throws(SilenceProblem) -> String {
    look = nil
    return try notifications.setSilence(draft, at: now)
  }

  package mutating func expireSilence(_ id: String, at now: Now) throws(SilenceProblem) {
    look = nil
    try notifications.expireSilence(id, at: now)
  }

  /// Sends a message again that was given up, and gives the number of the new one.
  package mutating func redeliver(
    _ stored: StoredMessage, at now: Now
  ) throws(RedeliveryProblem) -> UInt64 {
    look = nil
    return try notifications.redeliver(stored, at: now)
  }
}
