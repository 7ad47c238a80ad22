package import Notifications

/// What one transaction of the journal holds of alerts and messages: an alert's change and the
/// message that tells of it are in it together. Committing the last ones again, in order, changes
/// nothing.
package struct AlertingBatch: Equatable, Sendable {
  /// Grows by one with each batch of a process.
  package var sequence: UInt64
  package var changed: [AlertRecord] = []
  package var gone: [AlertID] = []
  package var notifications: NotificationChanges?

  package init(sequence: UInt64) { self.sequence = sequence }
}

/// What the journal gives back at a start.
package struct AlertingContents: Equatable, Sendable {
  package var alerts: [AlertRecord] = []
  package var notifications = NotificationContents()

  package init() {}
}

/// What the journal says to batches of alerts and messages.
package enum AlertingAnswer: Equatable, Sendable {
  case committed(through: UInt64)
  case refused(through: UInt64)
  /// The journal was damaged and is a new one, with nothing in it of what was committed before.
  case replaced
}
