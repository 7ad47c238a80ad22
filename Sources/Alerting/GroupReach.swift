import PromQL

/// Which metrics a group reads and which it writes: what brings about an evaluation besides its
/// slots.
struct GroupReach: Equatable {
  private var read: Set<String> = []
  /// A selector is not bound to one name.
  private var readsAll = false
  private(set) var written: Set<String> = []

  init(_ group: RuleGroup) {
    for rule in group.rules {
      if rule.isAlerting {
        written.formUnion(["ALERTS", "ALERTS_FOR_STATE"])
      } else {
        written.insert(rule.name)
      }
      for selector in rule.expression.selectors {
        if let names = selector.metricNames {
          read.formUnion(names)
        } else {
          readsAll = true
        }
      }
    }
  }

  func reads(_ changed: Set<String>) -> Bool {
    readsAll ? !changed.isEmpty : !read.isDisjoint(with: changed)
  }
}

extension VectorSelector {
  /// The only metrics whose series can match; `nil` when any can.
  fileprivate var metricNames: [String]? { name.map { [$0] } ?? matchers.metricNames }
}
