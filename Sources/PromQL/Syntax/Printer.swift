extension Expression: CustomStringConvertible {
  /// As Prometheus prints it: one form for all spellings, and parsing it gives the same tree.
  public var description: String {
    var printer = Printer(self)
    return printer.run()
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

/// Prints with a list of what is still to come, not by recursion: trees may be deeper than stacks.
private struct Printer {
  private enum Piece {
    case text(String)
    case expression(Expression)
  }

  private var text = ""
  /// The next piece last.
  private var pending: [Piece]

  init(_ expression: Expression) { pending = [.expression(expression)] }

  mutating func run() -> String {
    while let piece = pending.popLast() {
      switch piece {
      case .text(let more): text += more
      case .expression(let expression): write(expression)
      }
    }
    return text
  }

  /// What comes after the text so far, before everything that was pending.
  private mutating func follow(_ pieces: Piece...) { pending.append(contentsOf: pieces.reversed()) }

  private mutating func write(_ expression: Expression) {
    switch expression {
    case .number, .string, .vector, .matrix: writeLeaf(expression)
    case .subquery(let node):
      let step = node.step.map(Self.positive) ?? ""
      follow(
        .expression(node.inner),
        .text("[\(Self.positive(node.window)):\(step)]" + Self.modifiers(node.at, node.offset)))
    case .unary(let node):
      text += node.isMinus ? "-" : "+"
      follow(.expression(node.operand))
    case .binary(let node): writeBinary(node)
    case .parentheses(let node):
      text += "("
      follow(.expression(node.inner), .text(")"))
    case .aggregate(let node): writeAggregate(node)
    case .call(let node): writeCall(node)
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
    text += Self.modifiers(node.at, node.offset)
  }

  /// A range or step; one below a millisecond keeps being above nothing.
  private static func positive(_ time: TimeOperand) -> String {
    if let expression = time.expression { return expression.description }
    return time.milliseconds == 0 ? "0.0001" : DurationText.text(milliseconds: time.milliseconds)
  }

  private static func modifiers(_ at: AtModifier?, _ offset: TimeOperand?) -> String {
    var text = ""
    switch at {
    case .time(let time):
      let fraction = String(time.magnitude % 1000)
      let zeros = String(repeating: "0", count: 3 - fraction.utf8.count)
      text += " @ \(time < 0 ? "-" : "")\(time.magnitude / 1000).\(zeros)\(fraction)"
    case .start: text += " @ start()"
    case .end: text += " @ end()"
    case nil: break
    }
    guard let offset else { return text }
    let written =
      offset.expression?.description ?? DurationText.text(milliseconds: offset.milliseconds)
    return text + " offset " + written
  }

  // MARK: - Operators

  private mutating func writeBinary(_ node: BinaryExpression) {
    var between = " \(node.op.rawValue)" + (node.returnsBool ? " bool" : "")
    between += node.matching.map(Self.matching) ?? ""
    if node.op == .power, case .number(let literal) = node.lhs, literal.value == .infinity {
      text += "Inf"  // a sign would take the power in
      follow(.text(between + " "), .expression(node.rhs))
    } else {
      follow(.expression(node.lhs), .text(between + " "), .expression(node.rhs))
    }
  }

  private static func matching(_ matching: VectorMatching) -> String {
    var text = ""
    let isGrouped = [.manyToOne, .oneToMany].contains(matching.cardinality)
    if !matching.labels.isEmpty || matching.isOn || isGrouped {
      text += " \(matching.isOn ? "on" : "ignoring") (\(list(matching.labels)))"
    }
    if isGrouped {
      let side = matching.cardinality == .manyToOne ? "left" : "right"
      text += " group_\(side) (\(list(matching.include)))"
    }
    let left = matching.fillLeft.map(FloatText.decimal)
    let right = matching.fillRight.map(FloatText.decimal)
    if let left, left == right { return text + " fill (\(left))" }
    if let left { text += " fill_left (\(left))" }
    if let right { text += " fill_right (\(right))" }
    return text
  }

  private static func list(_ labels: [String]) -> String {
    labels.map { label in
      let isNumber = ["inf", "nan"].contains(label.lowercased())
      return Identifier.isLabelName(label) && !isNumber ? label : label.quoted
    }.joined(separator: ", ")
  }

  // MARK: - Calls and aggregations

  private mutating func writeAggregate(_ node: AggregateExpression) {
    text += node.op.rawValue
    if node.isWithout {
      text += " without (\(Self.list(node.grouping))) "
    } else if !node.grouping.isEmpty {
      text += " by (\(Self.list(node.grouping))) "
    }
    text += "("
    follow(.expression(node.operand), .text(")"))
    if let parameter = node.parameter { follow(.expression(parameter), .text(", ")) }
  }

  private mutating func writeCall(_ node: FunctionCall) {
    text += node.function.name + "("
    pending.append(.text(")"))
    for (index, argument) in node.arguments.enumerated().reversed() {
      pending.append(.expression(argument))
      if index > 0 { pending.append(.text(", ")) }
    }
  }
}
