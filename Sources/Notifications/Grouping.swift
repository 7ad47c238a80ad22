import PromQL
import Signals

/// How a route makes groups of alerts.
struct Grouping: Equatable, Sendable {
  /// The root's matchers, before the labels in a group's key.
  private static let root = "{}"

  private let groupBy: Route.GroupBy

  init(_ groupBy: Route.GroupBy) { self.groupBy = groupBy }

  /// The labels that name the group of an alert; a label that the alert lacks is not among them.
  func labels(of alert: LabelSet) -> LabelSet {
    switch groupBy {
    case .allLabels: alert
    case .labels(let names): alert.keeping(names)
    }
  }

  func key(of alert: LabelSet) -> GroupKey { Self.key(for: labels(of: alert)) }

  static func key(for labels: LabelSet) -> GroupKey {
    let pairs = labels.labels.map { "\($0.name)=\($0.value.quoted)" }
    return GroupKey("\(root):{\(pairs.joined(separator: ", "))}")
  }
}
