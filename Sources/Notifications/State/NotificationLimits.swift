/// Bounds of the notifications; what does not fit is counted, put off or cut with a mark.
package struct NotificationLimits: Equatable, Sendable {
  package var groups = 100_000
  package var alertsPerGroup = 10_000
  /// Of one alert's labels, in bytes; a larger alert is refused.
  package var labelBytes = 65_536
  /// Of one annotation, in bytes.
  package var annotationBytes = 16_384
  /// Of one alert's annotations, in bytes.
  package var annotationBytesInAll = 65_536
  /// Of one message's alerts, in bytes; those beyond are counted in `truncatedAlerts`.
  package var bodyBytes = 4_194_304
  /// Waiting messages; each destination has an equal share.
  package var messages = 10_000
  /// Bodies of waiting messages, in bytes; shared as `messages`.
  package var messageBytes = 67_108_864
  /// Tries under way to one destination.
  package var triesInFlight = 4
  /// Ended messages that the journal would not take and that are kept for it.
  package var unsavedEndings = 1_000
  /// Entries of the log above which idle ones go before their time.
  package var logEntries = 200_000

  /// How old an alert's beginning and its end must be for the end alone to be told, when neither
  /// has arrived.
  package var missedAfter: Duration = .seconds(900)
  package var messageLifetime: Duration = .seconds(24 * 3600)
  package var logRetention: Duration = .seconds(120 * 3600)
  /// How long nothing may arrive at a destination before others are told.
  package var failingFor: Duration = .seconds(300)
  /// How often they are told again.
  package var ownRepeatInterval: Duration = .seconds(4 * 3600)
  /// Numbers of messages sent again by hand that are remembered.
  package var redelivered = 10_000
  /// Records of flushes that are kept for the log, of one turn.
  package var flushRecords = 1_000
  /// Notes of failed tries and of messages given up that are kept for the log, of one turn.
  package var deliveryNotes = 1_000
  /// Alerts in one push to an Alertmanager, and those that wait for one.
  package var alertsPerPush = 256
  package var pushQueue = 100_000
  /// How soon a flush is tried again that found no place for its message.
  package var putOff: Duration = .seconds(10)
  /// How long after a start, or a new configuration, an alert that somebody was told of may go
  /// unmentioned before it counts as resolved.
  package var restoredGrace: Duration = .seconds(900)
  /// How long after its deadline a try's report is waited for.
  package var reportGrace: Duration = .seconds(30)

  package init() {}
}
