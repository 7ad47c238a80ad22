package import PromQL
package import Signals

package enum AlertState: String, CaseIterable, Sendable {
  /// Resolved; kept for a while, so that it is told again.
  case inactive
  case pending, firing
}

/// One alert of a rule: one element of its result, for as long as there is something to tell.
package struct ActiveAlert: Equatable, Sendable {
  /// Its identity: the result's labels without the metric's name, the rule's, and `alertname`.
  package var labels: LabelSet
  /// Sorted by name.
  package var annotations: [Label]
  package var state = AlertState.pending
  package var value: Double
  /// When the expression first gave it.
  package var activeAt: Timestamp
  package var firedAt: Timestamp?
  package var resolvedAt: Timestamp?
  /// Since when it is missing and fires all the same (`keep_firing_for`).
  package var keepFiringSince: Timestamp?
  package var lastSentAt: Timestamp?

  package init(labels: LabelSet, annotations: [Label], value: Double, activeAt: Timestamp) {
    self.labels = labels
    self.annotations = annotations
    self.value = value
    self.activeAt = activeAt
  }

  /// Whether the receivers of alerts should hear of it now.
  func needsSending(at now: Timestamp, resendDelay: Duration) -> Bool {
    if state == .pending { return false }
    guard let lastSentAt else { return true }
    if let resolvedAt, resolvedAt > lastSentAt { return true }
    return lastSentAt.advanced(by: resendDelay) < now
  }

  /// After the clock was set back: nothing of it is later than `now`, and what it has lasted it has
  /// lasted.
  mutating func rewind(to now: Timestamp) {
    if let lastSentAt, lastSentAt > now { self.lastSentAt = nil }
    let newest = [activeAt, firedAt, resolvedAt, keepFiringSince].compactMap { $0 }.max()
    guard let newest, newest > now else { return }
    let shift = newest.duration(to: now)
    activeAt = activeAt.advanced(by: shift)
    firedAt = firedAt?.advanced(by: shift)
    resolvedAt = resolvedAt?.advanced(by: shift)
    keepFiringSince = keepFiringSince?.advanced(by: shift)
  }

  /// Whether what outlives a restart differs.
  func differsDurably(from other: Self) -> Bool {
    state != other.state || activeAt != other.activeAt || firedAt != other.firedAt
      || resolvedAt != other.resolvedAt || keepFiringSince != other.keepFiringSince
  }
}

/// An alert as the journal keeps it. Written when its state changes, not with each value.
package struct AlertRecord: Equatable, Sendable {
  package var rule: RuleKey
  /// Only `lastSentAt` is not kept.
  package var alert: ActiveAlert

  package init(rule: RuleKey, alert: ActiveAlert) {
    self.rule = rule
    self.alert = alert
  }

  package var id: AlertID { AlertID(rule: rule, labels: alert.labels) }
}

package struct AlertID: Hashable, Sendable {
  package var rule: RuleKey
  package var labels: LabelSet

  package init(rule: RuleKey, labels: LabelSet) {
    self.rule = rule
    self.labels = labels
  }
}
