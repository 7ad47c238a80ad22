extension Expression {
  /// What the language has, the parser reads and the engine does not evaluate, in the order in
  /// which it was written: experimental functions and syntax. Each message ends in "is not
  /// supported".
  public var unsupported: [ParseError] {
    var found = Unsupported()
    found.visit(self)
    return found.all
  }
}

/// One small function for each kind of node: what they hold on the stack adds up with the depth.
private struct Unsupported {
  var all: [ParseError] = []

  private mutating func add(_ what: String, _ range: ByteRange) {
    all.append(ParseError("\(what) is not supported", range))
  }

  mutating func visit(_ expression: Expression) {
    switch expression {
    case .number, .string: break
    case .vector, .matrix: visitSelector(expression)
    case .subquery: visitSubquery(expression)
    case .unary: visitUnary(expression)
    case .binary: visitBinary(expression)
    case .parentheses: visitParentheses(expression)
    case .aggregate: visitAggregate(expression)
    case .call: visitCall(expression)
    }
  }

  private mutating func visit(_ times: TimeOperand?...) {
    for case let expression? in times.map({ $0?.expression }) {
      add("duration expression \"\(expression)\"", expression.range)
    }
  }

  private mutating func visitSelector(_ expression: Expression) {
    switch expression {
    case .vector(let node): visit(node, window: nil)
    case .matrix(let node): visit(node.selector, window: node.window)
    default: break
    }
  }

  private mutating func visit(_ node: VectorSelector, window: TimeOperand?) {
    visit(window)
    // An instant selector may be smoothed; windows are neither smoothed nor anchored yet.
    if let edge = node.edge, window != nil || edge == .anchored {
      add("modifier \"\(edge.rawValue)\"", node.range)
    }
    visit(node.offset)
  }

  private mutating func visitSubquery(_ expression: Expression) {
    guard case .subquery(let node) = expression else { return }
    visit(node.inner)
    visit(node.window, node.step, node.offset)
  }

  private mutating func visitUnary(_ expression: Expression) {
    guard case .unary(let node) = expression else { return }
    visit(node.operand)
  }

  private mutating func visitParentheses(_ expression: Expression) {
    guard case .parentheses(let node) = expression else { return }
    visit(node.inner)
  }

  private mutating func visitBinary(_ expression: Expression) {
    guard case .binary(let node) = expression else { return }
    visit(node.lhs)
    if node.op == .trimLower || node.op == .trimUpper {
      add("operator \"\(node.op.rawValue)\"", node.range)
    }
    if node.matching?.fillLeft != nil || node.matching?.fillRight != nil {
      add("modifier \"fill\"", node.range)
    }
    visit(node.rhs)
  }

  private mutating func visitAggregate(_ expression: Expression) {
    guard case .aggregate(let node) = expression else { return }
    if node.op.isExperimental { add("aggregation \"\(node.op.rawValue)\"", node.range) }
    if let parameter = node.parameter { visit(parameter) }
    visit(node.operand)
  }

  private mutating func visitCall(_ expression: Expression) {
    guard case .call(let node) = expression else { return }
    if node.function.isExperimental { add("function \"\(node.function.name)\"", node.range) }
    for argument in node.arguments { visit(argument) }
  }
}
