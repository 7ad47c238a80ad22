package import PromQL

extension [Matcher] {
  /// Whether all of them match; none always do.
  package func match(_ labels: LabelSet) -> Bool { allSatisfy { $0.matches(labels) } }

  /// `{a="1",b=~"2"}`, sorted, as Alertmanager writes a route's key.
  package var text: String {
    let inOrder = sorted { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }
    return "{" + inOrder.map(\.description).joined(separator: ",") + "}"
  }
}

extension Matcher {
  /// By the bytes of name and value, then by the operator.
  fileprivate var sortKey: [UInt8] {
    let place = Matcher.Operator.allCases.firstIndex(of: op) ?? 0
    return Array(label.utf8) + [0] + Array(value.utf8) + [0, UInt8(clamping: place)]
  }
}
