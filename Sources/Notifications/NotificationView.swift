package import PromQL
package import Signals

/// One look at alerts, their groups and the silences: what Alertmanager's API shows.
package struct NotificationView: Sendable {
  package var alerts: [AlertView] = []
  package var groups: [GroupView] = []
  /// In any order.
  package var silences: [Silence] = []
  /// Names of all receivers, in the order of the configuration.
  package var receivers: [String] = []

  package init() {}

  /// An alert, and what holds it.
  package struct AlertView: Sendable {
    package enum State: String, CaseIterable, Sendable { case active, suppressed }

    package var alert: Alert
    /// Of its labels.
    package var fingerprint: UInt64
    /// When it was last handed over.
    package var updatedAt: Timestamp
    /// Names of the receivers that are told of it.
    package var receivers: [String] = []
    /// Ids of silences.
    package var silencedBy: [String] = []
    /// Fingerprints of alerts.
    package var inhibitedBy: [UInt64] = []

    package init(alert: Alert, fingerprint: UInt64, updatedAt: Timestamp) {
      self.alert = alert
      self.fingerprint = fingerprint
      self.updatedAt = updatedAt
    }

    package var state: State {
      silencedBy.isEmpty && inhibitedBy.isEmpty ? .active : .suppressed
    }
  }

  /// Alerts that one receiver is told of together.
  package struct GroupView: Sendable {
    package var labels: LabelSet
    package var receiver: String
    /// Names of the time intervals that keep it quiet now.
    package var mutedBy: [String] = []
    /// Places in `alerts`.
    package var alerts: [Int] = []

    package init(labels: LabelSet, receiver: String) {
      self.labels = labels
      self.receiver = receiver
    }
  }
}
