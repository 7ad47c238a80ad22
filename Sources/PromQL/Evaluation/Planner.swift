/// Turns expressions without anything unsupported into nodes. What the parser's type check lets
/// through is planned; an expression built otherwise is refused, never trusted.
struct Planner {
  let options: EngineOptions

  func plan(_ expression: Expression) throws(QueryError) -> PlanNode {
    switch expression {
    case .number(let node): return NumberNode(node)
    case .string(let node): return StringNode(node)
    case .vector(let node):
      return node.edge == .smoothed ? SmoothedNode(node) : SelectorNode(node)
    case .matrix, .subquery:
      throw QueryError(.execution, "a range vector where an instant vector is expected")
    case .parentheses(let node): return try plan(node.inner)
    case .unary(let node):
      let operand = try plan(node.operand)
      return node.isMinus ? MinusNode(operand, range: node.range) : operand
    case .binary(let node): return try plan(node)
    case .aggregate(let node): return try plan(node)
    case .call(let node): return try plan(node)
    }
  }

  private func plan(_ node: BinaryExpression) throws(QueryError) -> PlanNode {
    let lhs = try plan(node.lhs)
    let rhs = try plan(node.rhs)
    switch (node.lhs.type, node.rhs.type) {
    case (.scalar, .scalar): return ScalarBinaryNode(node.op, lhs, rhs, range: node.range)
    case (.vector, .scalar):
      return VectorScalarNode(
        node.op, vector: lhs, scalar: rhs, isSwapped: false, returnsBool: node.returnsBool,
        range: node.range)
    case (.scalar, .vector):
      return VectorScalarNode(
        node.op, vector: rhs, scalar: lhs, isSwapped: true, returnsBool: node.returnsBool,
        range: node.range)
    default:
      let matching = node.matching ?? VectorMatching()
      return node.op.isSetOperator
        ? SetOperatorNode(node.op, lhs, rhs, matching, range: node.range)
        : VectorBinaryNode(node, lhs, rhs, matching)
    }
  }

  private func plan(_ node: AggregateExpression) throws(QueryError) -> PlanNode {
    let operand = try plan(node.operand)
    switch node.op {
    case .limitk, .limitRatio:
      throw QueryError(.notSupported, "aggregation \(node.op.rawValue.quoted) is not supported")
    case .countValues:
      guard case .string(let label)? = node.parameter?.unwrapped else {
        throw QueryError(.execution, "count_values needs a label name")
      }
      return CountValuesNode(node, operand, label: label.value)
    case .topk, .bottomk:
      guard let parameter = node.parameter else {
        throw QueryError(.execution, "\(node.op.rawValue) needs a number")
      }
      return try RankNode(node, operand, plan(parameter))
    default:
      var parameter: PlanNode?
      if let expression = node.parameter { parameter = try plan(expression) }
      return AggregateNode(node, operand, parameter)
    }
  }
}

/// A range vector made ready.
struct PlannedWindow {
  var series: WindowedSeries
  /// Milliseconds, positive.
  var window: Int64
  var range: ByteRange
  var isStepInvariant: Bool
}

extension Planner {
  /// Plans a range selector or a subquery, in parentheses or not.
  func planWindow(_ expression: Expression) throws(QueryError) -> PlannedWindow {
    switch expression.unwrapped {
    case .matrix(let node):
      return PlannedWindow(
        series: .selector(SelectedSeries(node.selector), range: node.range),
        window: try positive(node.window), range: expression.range,
        isStepInvariant: node.selector.at != nil)
    case .subquery(let node):
      var step: Int64?
      if let written = node.step { step = try positive(written) }
      return PlannedWindow(
        series: .subquery(
          inner: try plan(node.inner), step: step, offset: node.offset?.milliseconds ?? 0,
          at: node.at),
        window: try positive(node.window), range: expression.range, isStepInvariant: node.at != nil)
    default:
      throw QueryError(.execution, "a range vector was expected")
    }
  }

  private func positive(_ time: TimeOperand) throws(QueryError) -> Int64 {
    guard time.milliseconds > 0 else {
      throw QueryError(.execution, "duration must be greater than 0")
    }
    return time.milliseconds
  }
}
