package import Signals

extension [RuleGroup] {
  /// Names and labels that more than one rule has, each once, sorted: their results mix.
  package var duplicates: [(name: String, labels: [Label])] {
    var counts: [RuleIdentity: Int] = [:]
    for rule in lazy.flatMap(\.rules) {
      counts[RuleIdentity(name: rule.name, labels: rule.labels), default: 0] += 1
    }
    return counts.filter { $0.value > 1 }.keys.sorted().map { ($0.name, $0.labels) }
  }
}

private struct RuleIdentity: Hashable, Comparable {
  var name: String
  var labels: [Label]

  static func < (lhs: Self, rhs: Self) -> Bool {
    if lhs.name != rhs.name { return lhs.name < rhs.name }
    return lhs.labels.lexicographicallyPrecedes(rhs.labels) {
      ($0.name, $0.value) < ($1.name, $1.value)
    }
  }
}
