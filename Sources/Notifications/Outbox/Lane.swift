import Signals

/// A group's name: the route's matchers and the group's labels, `{}:{alertname="Down"}`, as
/// Alertmanager writes it. Compared by bytes.
package struct GroupKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String
  private let fingerprint: UInt64

  package init(_ text: String) {
    self.text = text
    fingerprint = StableHash(of: text).value
  }

  package var description: String { text }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    guard lhs.fingerprint == rhs.fingerprint else { return false }
    let (left, right) = (lhs.text.utf8Span.span, rhs.text.utf8Span.span)
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
  package static func < (lhs: Self, rhs: Self) -> Bool {
    lhs.text.utf8.lexicographicallyPrecedes(rhs.text.utf8)
  }
}

/// One integration of one receiver: where messages go.
package struct Destination: Hashable, Comparable, Sendable {
  package var receiver: String
  package var kind: IntegrationKind
  /// Place among the receiver's integrations of this kind, from 0.
  package var integration: Int

  package init(receiver: String, kind: IntegrationKind = .webhook, integration: Int) {
    self.receiver = receiver
    self.kind = kind
    self.integration = integration
  }

  package static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.receiver, lhs.kind, lhs.integration) < (rhs.receiver, rhs.kind, rhs.integration)
  }
}

/// What a group has to say to one destination, in order; the key of the notification log.
package struct Lane: Hashable, Comparable, Sendable {
  package var group: GroupKey
  package var destination: Destination

  package init(group: GroupKey, destination: Destination) {
    self.group = group
    self.destination = destination
  }

  package static func < (lhs: Self, rhs: Self) -> Bool {
    lhs.group == rhs.group ? lhs.destination < rhs.destination : lhs.group < rhs.group
  }
}
