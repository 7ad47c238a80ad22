package import PromQL
package import Signals

/// An alert as the rules hand it over to be notified: what Prometheus sends to an Alertmanager.
package struct Alert: Equatable, Sendable {
  /// `alertname` and the external labels are among them; its identity.
  package var labels: LabelSet
  /// Sorted by name.
  package var annotations: [Label]
  /// When it began to fire.
  package var startsAt: Timestamp
  /// When it was resolved; while it fires, until when it is taken to fire if nothing more is heard.
  package var endsAt: Timestamp
  package var isResolved: Bool
  /// Where its expression can be looked at.
  package var generatorURL: String

  package init(
    labels: LabelSet, annotations: [Label], startsAt: Timestamp, endsAt: Timestamp,
    isResolved: Bool, generatorURL: String
  ) {
    self.labels = labels
    self.annotations = annotations
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.isResolved = isResolved
    self.generatorURL = generatorURL
  }
}
