import PromQL
import Signals

/// Which group: of a node of the tree by labels, or one that no route makes.
enum GroupID: Hashable, Sendable {
  case routed(node: Int, labels: LabelSet)
  /// Alerts that the receiver was told of in this group and that no route takes there any more: it
  /// is told when they end.
  case stray(GroupKey, receiver: String)
  /// One alert of the agent's own, by its labels.
  case own(LabelSet)

  /// Not all groups are routed.
  var node: Int? {
    if case .routed(let node, _) = self { return node }
    return nil
  }
}

/// Alerts that are told of together.
struct AlertGroup: Sendable {
  struct Member: Sendable {
    var alert: Alert
    /// When it was handed over last.
    var updatedAt: Timestamp
  }

  let id: GroupID
  let key: GroupKey
  let labels: LabelSet
  /// The receiver of its route.
  let receiver: String
  var destinations: [Destination]
  /// By fingerprint.
  var alerts: [UInt64: Member] = [:]
  var nextFlush: MonotonicInstant
  var hasFlushed = false

  init(
    _ id: GroupID, key: GroupKey, labels: LabelSet, receiver: String,
    to destinations: [Destination],
    nextFlush: MonotonicInstant
  ) {
    self.id = id
    self.key = key
    self.labels = labels
    self.receiver = receiver
    self.destinations = destinations
    self.nextFlush = nextFlush
  }
}

extension [Alert] {
  /// Firing ones first; then by labels.
  var inOrder: [Alert] {
    sorted { left, right in
      left.isResolved == right.isResolved ? left.labels < right.labels : right.isResolved
    }
  }
}
