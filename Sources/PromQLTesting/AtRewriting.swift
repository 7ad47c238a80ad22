package import PromQL

/// The same query pinned to an instant: whenever it is evaluated, it must give the same.
package enum AtRewriting {
  /// Functions whose result changes with the evaluation time, whatever their arguments.
  private static let ofTheEvaluationTime: Set = [
    "day_of_month", "day_of_week", "day_of_year", "days_in_month", "end", "hour", "minute",
    "month", "predict_linear", "range", "start", "step", "time", "timestamp", "year",
  ]

  /// Functions whose result depends on the range of the query, too.
  private static let ofTheRange: Set = ["end", "range", "start", "step"]

  package static func dependsOnTime(_ expression: Expression) -> Bool {
    calls(any: ofTheEvaluationTime, in: expression)
  }

  static func dependsOnRange(_ expression: Expression) -> Bool {
    calls(any: ofTheRange, in: expression)
  }

  private static func calls(any names: Set<String>, in expression: Expression) -> Bool {
    if case .call(let node) = expression, names.contains(node.function.name) { return true }
    return expression.children.contains { calls(any: names, in: $0) }
  }

  /// With `@ time` at every selector and subquery that has no fixed time, not within a subquery.
  package static func pinned(_ expression: Expression, at time: Int64) -> Expression {
    switch expression {
    case .number, .string: return expression
    case .vector(var node):
      pin(&node, at: time)
      return .vector(node)
    case .matrix(var node):
      pin(&node.selector, at: time)
      return .matrix(node)
    case .subquery(var node):
      if !isFixed(node.at) { node.at = .time(time) }
      return .subquery(node)
    case .unary(var node):
      node.operand = pinned(node.operand, at: time)
      return .unary(node)
    case .binary(var node):
      node.lhs = pinned(node.lhs, at: time)
      node.rhs = pinned(node.rhs, at: time)
      return .binary(node)
    case .parentheses(var node):
      node.inner = pinned(node.inner, at: time)
      return .parentheses(node)
    case .aggregate(var node):
      node.parameter = node.parameter.map { pinned($0, at: time) }
      node.operand = pinned(node.operand, at: time)
      return .aggregate(node)
    case .call(var node):
      node.arguments = node.arguments.map { pinned($0, at: time) }
      return .call(node)
    }
  }

  private static func pin(_ node: inout VectorSelector, at time: Int64) {
    if !isFixed(node.at) { node.at = .time(time) }
  }

  /// `start()` and `end()` move with the evaluation.
  private static func isFixed(_ at: AtModifier?) -> Bool {
    if case .time? = at { true } else { false }
  }
}
