package import Signals

/// One message of the outbox. Nothing of it changes from try to try.
package struct NotificationMessage: Equatable, Sendable {
  /// Grows from message to message.
  package var number: UInt64
  /// What a receiver knows it by, on every try and across restarts: the agent, the number, and a
  /// hash, since a number is used again when it was lost before it was saved.
  package var key: String
  package var lane: Lane
  package var reason: NotifyReason
  package var told: Told
  /// When it was decided.
  package var created: Timestamp
  /// Given up then.
  package var expires: Timestamp
  /// JSON.
  package var body: [UInt8]

  package init(
    number: UInt64, key: String, lane: Lane, reason: NotifyReason, told: Told,
    created: Timestamp, expires: Timestamp, body: [UInt8]
  ) {
    self.number = number
    self.key = key
    self.lane = lane
    self.reason = reason
    self.told = told
    self.created = created
    self.expires = expires
    self.body = body
  }

  /// Estimated memory, in bytes: the body, and the alerts that it tells of.
  var cost: Int { body.count + 64 * (told.firing.count + told.resolved.count) }

  static func key(agentID: String, number: UInt64, lane: Lane, told: Told) -> String {
    var hash = StableHash(of: lane.group.text)
    hash.combine(lane.destination.receiver)
    hash.combine(lane.destination.kind.rawValue)
    hash.combine(UInt64(truncatingIfNeeded: lane.destination.integration))
    hash.combine(UInt64(bitPattern: told.at.milliseconds))
    for alert in told.all { hash.combine(alert.fingerprint) }
    return "\(agentID)-\(number)-\(hash.mixed.hexadecimal.prefix(8))"
  }
}

/// How a message left the outbox.
package enum MessageEnd: Hashable, Sendable {
  case delivered
  case failed(FailureReason)
  /// It told only of ends, and of no beginning that may have arrived; or of beginnings long over,
  /// whose ends the next message tells.
  case collapsed
  /// It was too large, and a smaller one takes its place.
  case replaced
  /// It had failed, and is sent again as another message, by hand.
  case redelivered

  /// The case, or the reason of the failure.
  package var name: String {
    switch self {
    case .delivered: "delivered"
    case .failed(let reason): reason.rawValue
    case .collapsed: "collapsed"
    case .replaced: "replaced"
    case .redelivered: "redelivered"
    }
  }

  /// `nil` when `name` is not one of the names.
  package init?(name: String) {
    switch name {
    case "delivered": self = .delivered
    case "collapsed": self = .collapsed
    case "replaced": self = .replaced
    case "redelivered": self = .redelivered
    default:
      guard let reason = FailureReason(rawValue: name) else { return nil }
      self = .failed(reason)
    }
  }
}

/// Why a try, or in the end a message, has failed. Values of the label `reason`.
package enum FailureReason: String, CaseIterable, Sendable {
  /// 3xx (redirects are not followed) and 4xx that are none of the others.
  case clientError = "client_error"
  case serverError = "server_error"
  case timeout
  /// 401, 403
  case authError = "auth_error"
  /// 429
  case rateLimited = "rate_limited"
  /// No response: name, connection, TLS.
  case network
  case local
  /// 413: a smaller one is made.
  case tooLarge = "too_large"
  /// Its time was over before it could be delivered.
  case expired
  /// The configuration knows the receiver no more.
  case receiverRemoved = "receiver_removed"
}

/// A message that has left the outbox.
package struct MessageEnding: Equatable, Sendable {
  package var number: UInt64
  package var end: MessageEnd
  package var at: Timestamp

  package init(number: UInt64, end: MessageEnd, at: Timestamp) {
    self.number = number
    self.end = end
    self.at = at
  }
}
