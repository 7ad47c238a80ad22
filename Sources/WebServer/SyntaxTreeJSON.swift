import PromQL

/// A query's syntax tree in the shape of Prometheus's `/api/v1/parse_query`.
extension JSONBlocks {
  mutating func tree(_ expression: Expression) {
    breakIfFull()
    switch expression {
    case .number(let node):
      raw(#"{"type":"numberLiteral","val":"#)
      number(node.value, .plain)
    case .string(let node):
      raw(#"{"type":"stringLiteral","val":"#)
      string(node.value)
    case .vector(let node):
      raw("{")
      selector(node)
      raw(#","type":"vectorSelector""#)
    case .matrix(let node):
      raw("{")
      selector(node.selector)
      raw(#","range":"#)
      integer(node.window.milliseconds)
      raw(#","type":"matrixSelector""#)
    case .subquery(let node): subquery(node)
    case .unary(let node):
      raw(#"{"expr":"#)
      tree(node.operand)
      raw(#","op":"#)
      string(node.isMinus ? "-" : "+")
      raw(#","type":"unaryExpr""#)
    case .binary(let node): binary(node)
    case .parentheses(let node):
      raw(#"{"expr":"#)
      tree(node.inner)
      raw(#","type":"parenExpr""#)
    case .aggregate(let node): aggregate(node)
    case .call(let node): call(node)
    }
    byte("}")
  }

  private mutating func selector(_ node: VectorSelector) {
    raw(#""matchers":["#)
    for (index, matcher) in node.matchers.enumerated() {
      index > 0 ? raw(#",{"name":"#) : raw(#"{"name":"#)
      string(matcher.label)
      raw(#","type":"#)
      string(matcher.op.rawValue)
      raw(#","value":"#)
      string(matcher.value)
      byte("}")
    }
    raw(#"],"name":"#)
    string(node.name ?? "")
    time(node.at, offset: node.offset)
    if let edge = node.edge {
      edge == .anchored ? raw(#","anchored":true"#) : raw(#","smoothed":true"#)
    }
  }

  private mutating func time(_ modifier: AtModifier?, offset: TimeOperand?) {
    raw(#","offset":"#)
    integer(offset?.milliseconds ?? 0)
    raw(#","startOrEnd":"#)
    switch modifier {
    case .start: raw(#""start""#)
    case .end: raw(#""end""#)
    case .time, nil: raw("null")
    }
    raw(#","timestamp":"#)
    if case .time(let milliseconds) = modifier { integer(milliseconds) } else { raw("null") }
  }

  private mutating func subquery(_ node: Subquery) {
    raw(#"{"expr":"#)
    tree(node.inner)
    time(node.at, offset: node.offset)
    raw(#","range":"#)
    integer(node.window.milliseconds)
    raw(#","step":"#)
    integer(node.step?.milliseconds ?? 0)
    raw(#","type":"subquery""#)
  }

  private mutating func binary(_ node: BinaryExpression) {
    raw(#"{"bool":"#)
    boolean(node.returnsBool)
    raw(#","lhs":"#)
    tree(node.lhs)
    raw(#","matching":"#)
    if let matching = node.matching { self.matching(matching) } else { raw("null") }
    raw(#","op":"#)
    string(node.op.rawValue)
    raw(#","rhs":"#)
    tree(node.rhs)
    raw(#","type":"binaryExpr""#)
  }

  private mutating func matching(_ matching: VectorMatching) {
    raw(#"{"card":"#)
    string(matching.cardinality.rawValue)
    raw(#","include":"#)
    strings(matching.include)
    raw(#","labels":"#)
    strings(matching.labels)
    raw(#","on":"#)
    boolean(matching.isOn)
    byte("}")
  }

  private mutating func aggregate(_ node: AggregateExpression) {
    raw(#"{"expr":"#)
    tree(node.operand)
    raw(#","grouping":"#)
    strings(node.grouping)
    raw(#","op":"#)
    string(node.op.rawValue)
    raw(#","param":"#)
    if let parameter = node.parameter { tree(parameter) } else { raw("null") }
    raw(#","type":"aggregation","without":"#)
    boolean(node.isWithout)
  }

  private mutating func call(_ node: FunctionCall) {
    raw(#"{"args":["#)
    for (index, argument) in node.arguments.enumerated() {
      if index > 0 { byte(",") }
      tree(argument)
    }
    raw(#"],"func":{"argTypes":"#)
    strings(node.function.arguments.map(\.shortName))
    raw(#","name":"#)
    string(node.function.name)
    raw(#","returnType":"#)
    string(node.function.returns.shortName)
    raw(#","variadic":"#)
    integer(Int64(node.function.variadic))
    raw(#"},"type":"call""#)
  }
}
