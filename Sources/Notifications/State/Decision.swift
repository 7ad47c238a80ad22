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
  /// What is new is held by an alert of an inhibit rule that fires.
  case inhibited = "inhibited"
  /// What is new is held by a silence.
  case silenced = "silenced"
  /// The time is in one of the route's `mute_time_intervals`.
  case muteTimeInterval = "in a mute time interval"
  /// The time is in none of the route's `active_time_intervals`.
  case activeTimeInterval = "outside the active time intervals"
  /// No route takes it to this receiver any more; its end will be told.
  case notRouted = "not routed"
}

/// Why one alert is held; the worst comes first.
package enum Hold: Int, Comparable, Sendable {
  case inhibited, silenced

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

  var reason: SilenceReason {
    switch self {
    case .inhibited: .inhibited
    case .silenced: .silenced
    }
  }
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
  /// What fires and is not held.
  package var firing: Set<UInt64> = []
  package var resolved: Set<UInt64> = []
  /// What fires and is held.
  package var held: [UInt64: Hold] = [:]
  /// Why nothing of the route is sent at this time, if so.
  package var closed: SilenceReason?
  /// No route takes it here any more.
  package var isStray = false
  /// The log's; `nil`: nothing was ever told.
  package var told: Told?
  package var sendResolved = true
  package var repeatInterval: Duration = .seconds(4 * 3600)
  /// Messages of the lane that are not delivered yet.
  package var isWaiting = false

  package init() {}

  /// Alertmanager's rule, in its order, but for what is held: who was told that an alert fires is
  /// told of its end, whatever holds it by then; and a time without messages puts it off.
  package func decision(at now: Timestamp) -> NotifyDecision {
    let open = openDecision(at: now)
    switch open {
    case .send, .silent(.resolvedNotWanted):
      return closed.map(NotifyDecision.silent) ?? open
    case .silent(.nothingFires), .silent(.alreadyTold):
      let news = held.filter { !(told?.fires($0.key) ?? false) }
      return news.values.min().map { .silent($0.reason) } ?? open
    case .silent:
      return open
    }
  }

  private func openDecision(at now: Timestamp) -> NotifyDecision {
    guard let told else {
      if isStray { return .silent(.notRouted) }
      return firing.isEmpty ? .silent(.nothingFires) : .send(.firstNotification)
    }
    let toldFiring = Set(told.firing.map(\.fingerprint))
    if !isStray && !firing.isSubset(of: toldFiring) { return .send(.newAlertsAdded) }
    let ended = toldFiring.intersection(resolved)
    if firing.isEmpty {
      if ended.isEmpty { return .silent(isStray ? .notRouted : .nothingFires) }
      guard sendResolved else { return .silent(.resolvedNotWanted) }
      return .send(held.isEmpty ? .allAlertsResolved : .someAlertsResolved)
    }
    if sendResolved && !resolved.isSubset(of: Set(told.resolved.map(\.fingerprint))) {
      return .send(.someAlertsResolved)
    }
    if isStray { return .silent(.notRouted) }
    // A clock that was set back makes one repetition, not none for long.
    let elapsed = told.at.duration(to: now)
    guard elapsed >= repeatInterval || elapsed < .zero else { return .silent(.alreadyTold) }
    return isWaiting ? .silent(.notDelivered) : .send(.repeatIntervalElapsed)
  }
}
