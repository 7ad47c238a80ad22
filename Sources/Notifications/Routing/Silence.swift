package import PromQL
package import Signals

/// Alerts that nobody wants to hear of for a while.
package struct Silence: Equatable, Sendable {
  package enum State: String, CaseIterable, Sendable { case pending, active, expired }

  /// In the form of a UUID.
  package var id: String
  /// At least one, of which one does not match an empty value.
  package var matchers: [Matcher]
  package var startsAt: Timestamp
  package var endsAt: Timestamp
  package var updatedAt: Timestamp
  package var createdBy: String
  package var comment: String
  /// Sorted by name.
  package var annotations: [Label]

  package init(
    id: String, matchers: [Matcher], startsAt: Timestamp, endsAt: Timestamp, updatedAt: Timestamp,
    createdBy: String, comment: String, annotations: [Label] = []
  ) {
    self.id = id
    self.matchers = matchers
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.comment = comment
    self.annotations = annotations
  }

  package func state(at now: Timestamp) -> State {
    if now < startsAt { return .pending }
    return now < endsAt ? .active : .expired
  }
}
