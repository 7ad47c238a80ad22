package import Signals

/// A message as the journal has it, with its end if it has one.
package struct StoredMessage: Equatable, Sendable {
  /// What has become of a message, for a person.
  package enum State: String, CaseIterable, Sendable {
    /// It waits, or is being tried.
    case queued
    /// It has arrived, or has nothing to tell any more, or another has taken its place.
    case delivered
    /// It was given up, and can be sent again by hand.
    case dead
  }

  package var message: NotificationMessage
  package var end: MessageEnd?

  package init(message: NotificationMessage, end: MessageEnd? = nil) {
    self.message = message
    self.end = end
  }

  package var state: State { State(end) }
}

extension StoredMessage.State {
  package init(_ end: MessageEnd?) {
    switch end {
    case nil: self = .queued
    case .delivered?, .collapsed?, .replaced?, .redelivered?: self = .delivered
    case .failed?: self = .dead
    }
  }
}

/// What a list of messages shows of one; not what it says.
package struct MessageSummary: Equatable, Sendable {
  package var number: UInt64
  package var lane: Lane
  package var reason: NotifyReason
  package var created: Timestamp
  package var expires: Timestamp
  package var end: MessageEnd?
  package var ended: Timestamp?
  /// How many alerts it tells of.
  package var firing: Int
  package var resolved: Int

  package init(
    number: UInt64, lane: Lane, reason: NotifyReason, created: Timestamp, expires: Timestamp,
    end: MessageEnd?, ended: Timestamp?, firing: Int, resolved: Int
  ) {
    self.number = number
    self.lane = lane
    self.reason = reason
    self.created = created
    self.expires = expires
    self.end = end
    self.ended = ended
    self.firing = firing
    self.resolved = resolved
  }

  package var state: StoredMessage.State { StoredMessage.State(end) }
}

/// A page of the list, and how many messages there are in all.
package struct MessagePage: Equatable, Sendable {
  /// In the order of `StoredMessage.State.allCases`.
  package var counts = StoredMessage.State.allCases.map { _ in 0 }
  /// Newest first.
  package var messages: [MessageSummary] = []

  package init() {}
}

/// Why a message is not sent again.
package enum RedeliveryProblem: Error, Equatable, Sendable, CustomStringConvertible {
  case notFound
  case notDead(StoredMessage.State)
  /// The configuration has no such receiver, or it has no such integration any more.
  case receiverRemoved
  /// Too many messages wait already.
  case full

  package var description: String {
    switch self {
    case .notFound: "no message of this id"
    case .notDead(.queued): "the message is still being tried"
    case .notDead: "the message has been delivered"
    case .receiverRemoved: "the configuration does not have its receiver any more"
    case .full: "too many messages wait already"
    }
  }
}
