extension Expression {
  /// The expressions right below, in reading order.
  package var children: [Expression] {
    switch self {
    case .number, .string, .vector, .matrix: []
    case .subquery(let node): [node.inner]
    case .unary(let node): [node.operand]
    case .binary(let node): [node.lhs, node.rhs]
    case .parentheses(let node): [node.inner]
    case .aggregate(let node): (node.parameter.map { [$0] } ?? []) + [node.operand]
    case .call(let node): node.arguments
    }
  }

  /// All selectors, in reading order.
  package var selectors: [VectorSelector] {
    switch self {
    case .vector(let node): [node]
    case .matrix(let node): [node.selector]
    default: children.flatMap(\.selectors)
    }
  }
}
