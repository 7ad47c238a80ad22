import PromQL
import Signals

/// In which groups a receiver is told of an alert.
struct Homes: Sendable {
  private let tree: RoutingTree?

  init(_ tree: RoutingTree?) { self.tree = tree }

  /// Where what was told of an alert in `lane` belongs: it stays where it is if that still tells of
  /// it, and where no route takes it to this receiver any more.
  func lanes(of alert: LabelSet, toldIn lane: Lane) -> [Lane] {
    guard let tree, !lane.group.isOwn else { return [lane] }
    var keys: [GroupKey] = []
    for index in tree.matches(alert) {
      let node = tree.nodes[index]
      guard node.route.receiver == lane.destination.receiver else { continue }
      let key = Grouping.key(for: node.route.groupBy.labels(of: alert), of: node.key)
      if key == lane.group { return [lane] }
      keys.append(key)
    }
    return keys.isEmpty ? [lane] : keys.map { Lane(group: $0, destination: lane.destination) }
  }

  /// Whether a route takes the alert to this receiver.
  func takes(_ alert: LabelSet, to receiver: String) -> Bool {
    tree?.matches(alert).contains { tree?.nodes[$0].route.receiver == receiver } ?? false
  }
}

extension Route.GroupBy {
  /// The labels that name the group of an alert; a label that the alert lacks is not among them.
  func labels(of alert: LabelSet) -> LabelSet {
    switch self {
    case .allLabels: alert
    case .labels(let names): alert.keeping(names)
    }
  }
}

/// How groups are called.
enum Grouping {
  /// `route`: the node's key.
  static func key(for labels: LabelSet, of route: String) -> GroupKey {
    let pairs = labels.labels.map { "\($0.name)=\($0.value.quoted)" }
    return GroupKey("\(route):{\(pairs.joined(separator: ", "))}")
  }

  /// Of alerts that the agent makes itself.
  static func ownKey(for labels: LabelSet) -> GroupKey { key(for: labels, of: own) }

  fileprivate static let own = "breakwater"
}

extension GroupKey {
  /// Of an alert that the agent makes itself; a route's key begins with a brace.
  var isOwn: Bool { text.hasPrefix(Grouping.own) }
}
