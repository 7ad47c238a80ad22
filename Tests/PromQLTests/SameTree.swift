import PromQL

extension Expression {
  /// Whether the two are the same tree, whatever the places and the order of matchers: the printed
  /// form says all the rest, and the debugger's form of a tree says even more.
  func isWritten(like other: Expression) -> Bool {
    description == other.description
      && TreeForm.difference(TreeForm.withoutPlaces(self), TreeForm.withoutPlaces(other)) == nil
      && TreeForm.difference(TreeForm.withoutPlaces(other), TreeForm.withoutPlaces(self)) == nil
  }
}

extension TreeForm {
  static func withoutPlaces(_ expression: Expression) -> Any { stripped(of(expression)) }

  private static func stripped(_ value: Any) -> Any {
    switch value {
    case let node as [String: Any]:
      return node.reduce(into: [String: Any]()) { out, pair in
        switch pair.key {
        case "pos", "end": break
        case "matchers":
          let matchers = pair.value as? [[String]] ?? []
          out["matchers"] = matchers.map { $0.joined(separator: "\u{0}") }.sorted()
        default: out[pair.key] = stripped(pair.value)
        }
      }
    case let list as [Any]: return list.map(stripped)
    default: return value
    }
  }
}
