extension Expression: CustomStringConvertible {
  /// As Prometheus prints it: one form for all spellings, and parsing it gives the same tree.
  public var description: String {
    var printer = Printer()
    printer.write(self)
    return printer.text
  }
}

extension DurationExpression: CustomStringConvertible {
  public var description: String {
    switch self {
    case .literal(let literal): DurationText.literal(literal)
    case .step: "step()"
    case .range: "range()"
    case .parentheses(let inner, _): "(\(inner))"
    case .negated(let inner, _): "-\(inner)"
    case .binary(let op, let left, let right, _): "\(left) \(op.rawValue) \(right)"
    case .call(let name, let first, let second, _): "\(name)(\(first), \(second))"
    }
  }
}

/// One small function for each kind of node: what they hold on the stack adds up with the depth.
private struct Printer {
  var text = ""

  mutating func write(_ expression: Expression) {
    switch expression {
    case .number, .string, .vector, .matrix: writeLeaf(expression)
    case .subquery: writeSubquery(expression)
    case .unary: writeUnary(expression)
    case .binary: writeBinary(expression)
    case .parentheses: writeParentheses(expression)
    case .aggregate: writeAggregate(expression)
    case .call: writeCall(expression)
    }
  }

  private mutating func writeLeaf(_ expression: Expression) {
    switch expression {
    case .number(let literal): text += DurationText.literal(literal)
    case .string(let literal): text += literal.value.quoted
    case .vector(let node): write(node, window: nil)
    case .matrix(let node): write(node.selector, window: node.window)
    default: break
    }
  }

  // MARK: - Selectors

  private mutating func write(_ node: VectorSelector, window: TimeOperand?) {
    text += node.name ?? ""
    let shown = node.matchers.filter { matcher in
      matcher.label != LabelSet.nameLabel || matcher.op != .equal || matcher.value != node.name
    }.map(\.description).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    if !shown.isEmpty || node.name == nil { text += "{\(shown.joined(separator: ","))}" }
    if let window { text += "[\(Self.positive(window))]" }
    if let edge = node.edge { text += " \(edge.rawValue)" }
    writeModifiers(at: node.at, offset: node.offset)
  }

  /// A range or step; one below a millisecond keeps being above nothing.
  private static func positive(_ time: TimeOperand) -> String {
    if let expression = time.expression { return expression.description }
    return time.milliseconds == 0 ? "0.0001" : DurationText.text(milliseconds: time.milliseconds)
  }

  private mutating func writeModifiers(at: AtModifier?, offset: TimeOperand?) {
    switch at {
    case .time(let time):
      let fraction = String(time.magnitude % 1000)
      let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
      text += " @ \(time < 0 ? "-" : "")\(time.magnitude / 1000).\(zeros)\(fraction)"
    case .start: text += " @ start()"
    case .end: text += " @ end()"
    case nil: break
    }
    guard let offset else { return }
    text += " offset "
    text += offset.expression?.description ?? DurationText.text(milliseconds: offset.milliseconds)
  }

  private mutating func writeSubquery(_ expression: Expression) {
    guard case .subquery(let node) = expression else { return }
    write(node.inner)
    text += "[\(Self.positive(node.window)):\(node.step.map(Self.positive) ?? "")]"
    writeModifiers(at: node.at, offset: node.offset)
  }

  // MARK: - Operators

  private mutating func writeUnary(_ expression: Expression) {
    guard case .unary(let node) = expression else { return }
    text += node.isMinus ? "-" : "+"
    write(node.operand)
  }

  private mutating func writeParentheses(_ expression: Expression) {
    guard case .parentheses(let node) = expression else { return }
    text += "("
    write(node.inner)
    text += ")"
  }

  private mutating func writeBinary(_ expression: Expression) {
    guard case .binary(let node) = expression else { return }
    if node.op == .power, case .number(let literal) = node.lhs, literal.value == .infinity {
      text += "Inf"  // a sign would take the power in
    } else {
      write(node.lhs)
    }
    text += " \(node.op.rawValue)"
    if node.returnsBool { text += " bool" }
    if let matching = node.matching { write(matching) }
    text += " "
    write(node.rhs)
  }

  private mutating func write(_ matching: VectorMatching) {
    let isGrouped = [.manyToOne, .oneToMany].contains(matching.cardinality)
    if !matching.labels.isEmpty || matching.isOn || isGrouped {
      text += " \(matching.isOn ? "on" : "ignoring") (\(Self.list(matching.labels)))"
    }
    if isGrouped {
      let side = matching.cardinality == .manyToOne ? "left" : "right"
      text += " group_\(side) (\(Self.list(matching.include)))"
    }
    let left = matching.fillLeft.map(FloatText.decimal)
    let right = matching.fillRight.map(FloatText.decimal)
    if let left, left == right {
      text += " fill (\(left))"
    } else {
      if let left { text += " fill_left (\(left))" }
      if let right { text += " fill_right (\(right))" }
    }
  }

  private static func list(_ labels: [String]) -> String {
    labels.map { label in
      let isNumber = ["inf", "nan"].contains(label.lowercased())
      return Identifier.isLabelName(label) && !isNumber ? label : label.quoted
    }.joined(separator: ", ")
  }

  // MARK: - Calls and aggregations

  private mutating func writeAggregate(_ expression: Expression) {
    guard case .aggregate(let node) = expression else { return }
    text += node.op.rawValue
    if node.isWithout {
      text += " without (\(Self.list(node.grouping))) "
    } else if !node.grouping.isEmpty {
      text += " by (\(Self.list(node.grouping))) "
    }
    text += "("
    if let parameter = node.parameter {
      write(parameter)
      text += ", "
    }
    write(node.operand)
    text += ")"
  }

  private mutating func writeCall(_ expression: Expression) {
    guard case .call(let node) = expression else { return }
    text += node.function.name + "("
    for (index, argument) in node.arguments.enumerated() {
      if index > 0 { text += ", " }
      write(argument)
    }
    text += ")"
  }
}
