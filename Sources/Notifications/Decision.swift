package import Signals

/// Why a message is sent; the values of `notification_reason`, as Alertmanager words them.
package enum NotifyReason: String, CaseIterable, Sendable {
  case firstNotification = "first notification"
  case newAlertsAdded = "new alerts added"
  case someAlertsResolved = "some alerts resolved"
  case allAlertsResolved = "all alerts resolved"
  case repeatIntervalElapsed = "repeat interval elapsed"
}

/// Why none is.
package enum SilenceReason: String, CaseIterable, Sendable {
  /// Nobody was told of what has ended.
  case nothingFires = "nothing fires"
  /// It is known, and the repeat interval has not passed.
  case alreadyTold = "already told"
  /// All has ended, and `send_resolved` is off.
  case resolvedNotWanted = "resolved not wanted"
  /// A repetition has no use while the message before is not delivered.
  case notDelivered = "the message before is not delivered"
}

/// Send or not, and why.
package enum NotifyDecision: Hashable, Sendable {
  case send(NotifyReason)
  case silent(SilenceReason)

  package var reason: String {
    switch self {
    case .send(let reason): reason.rawValue
    case .silent(let reason): reason.rawValue
    }
  }
}

/// What is known of a group when it is flushed.
package struct Flush: Equatable, Sendable {
  package var firing: Set<UInt64> = []
  package var resolved: Set<UInt64> = []
  /// The log's; `nil`: nothing was ever told.
  package var told: Told?
  package var sendResolved = true
  package var repeatInterval: Duration = .seconds(4 * 3600)
  /// Messages of the lane that are not delivered yet.
  package var isWaiting = false

  package init() {}

  /// Alertmanager's rule, in its order.
  package func decision(at now: Timestamp) -> NotifyDecision {
    guard let told else {
      return firing.isEmpty ? .silent(.nothingFires) : .send(.firstNotification)
    }
    let toldFiring = Set(told.firing.map(\.fingerprint))
    if !firing.isSubset(of: toldFiring) { return .send(.newAlertsAdded) }
    if firing.isEmpty {
      if toldFiring.isDisjoint(with: resolved) { return .silent(.nothingFires) }
      return sendResolved ? .send(.allAlertsResolved) : .silent(.resolvedNotWanted)
    }
    if sendResolved && !resolved.isSubset(of: Set(told.resolved.map(\.fingerprint))) {
      return .send(.someAlertsResolved)
    }
    // A clock that was set back makes one repetition, not none for long.
    let elapsed = told.at.duration(to: now)
    guard elapsed >= repeatInterval || elapsed < .zero else { return .silent(.alreadyTold) }
    return isWaiting ? .silent(.notDelivered) : .send(.repeatIntervalElapsed)
  }
}
