package import Signals

/// Counts since the start, and what is there now.
package struct NotificationFigures: Equatable, Sendable {
  /// Of one destination.
  package struct PerDestination: Equatable, Sendable {
    package var destination: Destination
    package var delivered: UInt64 = 0
    package var tries: UInt64 = 0
    /// Tries without success, by why; all but `expired` and `receiverRemoved`.
    package var failedTries: [FailureReason: UInt64] = [:]
    /// Messages that ended undelivered, by why.
    package var failed: [FailureReason: UInt64] = [:]
    package var collapsed: UInt64 = 0
    /// Messages that were too large, and for which a smaller one was made.
    package var replaced: UInt64 = 0
    /// Messages that a template failed in, and that were sent in the default form.
    package var templateFailures: UInt64 = 0
    /// 1 while its circuit is not closed: it is left alone but for a try now and then.
    package var open = 0
    package var waiting = 0
    package var waitingBytes = 0
    package var inFlight = 0
    /// From the decision to the answer.
    package var latency = DurationHistogram()

    package init(destination: Destination) { self.destination = destination }
  }

  /// Of one Alertmanager.
  package struct PerAlertmanager: Equatable, Sendable {
    /// Its address without what may be secret.
    package var address = ""
    package var sent: UInt64 = 0
    /// Alerts of tries without success, by why.
    package var failed: [FailureReason: UInt64] = [:]
    /// Alerts that there was no room for.
    package var dropped: UInt64 = 0
    package var waiting = 0
    /// From the try to the answer.
    package var latency = DurationHistogram()

    package init() {}
  }

  /// Sorted by destination; those of the configuration.
  package var destinations: [PerDestination] = []
  /// What flushes decided, one a destination.
  package var decisions: [NotifyDecision: UInt64] = [:]
  /// Decisions put off since the destination has too much waiting.
  package var flushesPutOff: UInt64 = 0
  /// Alerts not taken: each is counted every time it is handed over.
  package var alertsRefused: [AlertRefusal: UInt64] = [:]
  /// Reports of tries that ended otherwise before.
  package var lateReports: UInt64 = 0
  /// Ends of messages that were forgotten before the journal took them.
  package var endingsDropped: UInt64 = 0
  package var groups = 0
  package var alerts = 0
  package var logEntries = 0
  /// Messages that were given up and are kept, to be sent by hand.
  package var deadLetters = 0
  package var silences: [Silence.State: Int] = [:]
  /// In the order of the configuration.
  package var pushes: [PerAlertmanager] = []

  package var queueLength: Int { destinations.reduce(0) { $0 + $1.waiting } }

  package init() {}
}

/// Why an alert was not taken.
package enum AlertRefusal: String, CaseIterable, Sendable {
  case groups, alertsPerGroup = "alerts_per_group"
  /// Its labels are more than `NotificationLimits.labelBytes`, or none.
  case labels
}
