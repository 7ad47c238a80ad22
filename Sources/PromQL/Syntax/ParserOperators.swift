/// `bool`, `on (…)`, `group_left (…)`, `fill (…)`.
struct BinaryModifiers {
  var returnsBool = false
  var matching = VectorMatching()
}

extension VectorMatching {
  fileprivate var isWritten: Bool { !labels.isEmpty || fillLeft != nil || fillRight != nil }
}

extension BinaryOperator {
  /// Operators of a higher precedence bind tighter.
  var precedence: Int {
    switch self {
    case .or: 1
    case .and, .unless: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
    case .add, .subtract: 4
    case .multiply, .divide, .modulo, .atan2, .trimUpper, .trimLower: 5
    case .power: 6
    }
  }
  /// A sign binds like `*`: `-1^2` is `-(1^2)`.
  static let signPrecedence = 5
}

/// Operators, calls and aggregations.
extension Parser {
  // MARK: - Reducing

  /// Completes the operators that bind tighter than `op` does, to its left.
  mutating func reduce(before op: BinaryOperator) throws(Stop) {
    while true {
      switch frames.last {
      case .unary where BinaryOperator.signPrecedence >= op.precedence: break
      case .binary(let left, _) where left.precedence >= op.precedence && left != .power: break
      case .binary(.power, _) where op != .power: break
      default: return
      }
      try reduceOne()
    }
  }

  mutating func reduceAll() throws(Stop) {
    while true {
      switch frames.last {
      case .unary, .binary: try reduceOne()
      default: return
      }
    }
  }

  private mutating func reduceOne() throws(Stop) {
    guard let frame = frames.popLast(), let right = operands.popLast() else { return }
    switch frame {
    case .unary(let isMinus, let start): try finishUnary(isMinus: isMinus, start: start, right)
    case .binary(let op, let modifiers):
      guard let left = operands.popLast() else { return }
      try finishBinary(left, op, modifiers, right)
    case .parentheses, .call, .aggregate: break
    }
  }

  private mutating func finishUnary(isMinus: Bool, start: Int, _ operand: Operand) throws(Stop) {
    let range = start..<operand.expression.range.upperBound
    if case .number(var literal) = operand.expression {
      if isMinus { literal.value = -literal.value }
      literal.range = range
      return try push(.number(literal), height: operand.height)
    }
    let node = UnaryExpression(isMinus: isMinus, operand: operand.expression, range: range)
    try push(.unary(node), height: operand.height + 1)
  }

  private mutating func finishBinary(
    _ left: Operand, _ op: BinaryOperator, _ modifiers: BinaryModifiers, _ right: Operand
  ) throws(Stop) {
    let lhs = left.expression
    let rhs = right.expression
    var matching = modifiers.matching
    if op.isSetOperator, matching.cardinality == .oneToOne { matching.cardinality = .manyToMany }
    let start = lhs.range.lowerBound
    // One that has no place between these sides stays until the type check has seen it.
    let isKept = (lhs.type == .vector && rhs.type == .vector) || matching.isWritten
    let node = BinaryExpression(
      op: op, lhs: lhs, rhs: rhs, returnsBool: modifiers.returnsBool,
      matching: isKept ? matching : nil,
      range: start..<max(start, rhs.range.upperBound))
    try push(.binary(node), height: max(left.height, right.height) + 1)
  }

  // MARK: - Modifiers

  mutating func binaryModifiers() throws(Stop) -> BinaryModifiers {
    var modifiers = BinaryModifiers()
    modifiers.returnsBool = take(.keyword(.bool)) != nil
    let isOn = peek().kind == .keyword(.on)
    if isOn || peek().kind == .keyword(.ignoring) {
      take()
      modifiers.matching.isOn = isOn
      modifiers.matching.labels = try groupingLabels()
      let isLeft = peek().kind == .keyword(.groupLeft)
      if isLeft || peek().kind == .keyword(.groupRight) {
        take()
        modifiers.matching.cardinality = isLeft ? .manyToOne : .oneToMany
        if peek().kind == .leftParenthesis {
          modifiers.matching.include = try groupingLabels()
        }
      }
    }
    try parseFills(into: &modifiers.matching)
    return modifiers
  }

  /// Without a parenthesis behind it, `fill` is a metric.
  private mutating func parseFills(into matching: inout VectorMatching) throws(Stop) {
    guard case .keyword = peek().kind, isNextFollowed(by: .leftParenthesis) else { return }
    if take(.keyword(.fill)) != nil {
      let value = try fillValue()
      matching.fillLeft = value
      matching.fillRight = value
      return
    }
    for _ in 0..<2 {
      if matching.fillLeft == nil, take(.keyword(.fillLeft)) != nil {
        matching.fillLeft = try fillValue()
      } else if matching.fillRight == nil, take(.keyword(.fillRight)) != nil {
        matching.fillRight = try fillValue()
      }
    }
  }

  private mutating func fillValue() throws(Stop) -> Double {
    guard take(.leftParenthesis) != nil else { throw unexpected() }
    let isMinus = take(.op(.subtract)) != nil
    if !isMinus { _ = take(.op(.add)) }
    guard [.number, .duration].contains(peek().kind) else { throw unexpected() }
    let value = number().value
    guard take(.rightParenthesis) != nil else { throw unexpected() }
    return isMinus ? -value : value
  }

  /// `by (…)` or `without (…)`, if that is what comes next.
  mutating func grouping() throws(Stop) -> Grouping? {
    let isWithout = peek().kind == .keyword(.without)
    guard isWithout || peek().kind == .keyword(.by) else { return nil }
    take()
    return Grouping(isWithout: isWithout, labels: try groupingLabels())
  }

  private mutating func groupingLabels() throws(Stop) -> [String] {
    guard take(.leftParenthesis) != nil else {
      throw unexpected(in: "grouping opts", expected: "\"(\"")
    }
    var labels: [String] = []
    while take(.rightParenthesis) == nil {
      let token = peek()
      let isString = token.kind == .string
      let label = isString ? LiteralText.unquoted(token.text) : token.text
      guard isString || token.isLabelName else {
        throw unexpected(in: "grouping opts", expected: "label")
      }
      take()
      if label.isEmpty {
        report("invalid label name for grouping: \(token.text.quoted)", token.range)
      }
      labels.append(label)
      if take(.comma) == nil, peek().kind != .rightParenthesis {
        throw unexpected(in: "grouping opts", expected: "\",\" or \")\"")
      }
    }
    return labels
  }

  // MARK: - Calls and aggregations

  /// The operands from `first` on, taken off the stack, with the height of the tree they go in.
  private mutating func arguments(from first: Int) -> (list: [Expression], height: Int) {
    let arguments = operands[first...]
    let height = 1 + (arguments.map(\.height).max() ?? 0)
    let list = arguments.map(\.expression)
    operands.removeSubrange(first...)
    return (list, height)
  }

  mutating func finishCall(of name: Token, first: Int) throws(Stop) {
    let function = FunctionSignature.named(name.text)
    if function == nil {
      report("unknown function with name \(name.text.quoted)", name.range)
    }
    if name.text == "label_replace" { _ = mayCompilePattern(at: name.range) }
    let (arguments, height) = arguments(from: first)
    let node = FunctionCall(
      function: function ?? FunctionSignature(name.text, []), arguments: arguments,
      range: name.range.lowerBound..<lastEnd)
    try push(.call(node), height: height)
  }

  mutating func finishAggregate(_ start: AggregateStart, first: Int) throws(Stop) {
    var grouping = start.grouping
    if grouping == nil { grouping = try self.grouping() }
    let (arguments, height) = arguments(from: first)
    let range = start.start..<lastEnd
    let wanted = start.op.parameterType == nil ? 1 : 2
    if arguments.isEmpty {
      report("no arguments for aggregate expression provided", range)
    } else if arguments.count != wanted {
      report(
        "wrong number of arguments for aggregate expression provided, "
          + "expected \(wanted), got \(arguments.count)", range)
    }
    let nothing = Expression.number(NumberLiteral(value: 0, range: range))
    let node = AggregateExpression(
      op: start.op, operand: arguments.last ?? nothing,
      parameter: wanted == 2 ? arguments.first : nil,
      isWithout: grouping?.isWithout ?? false, grouping: grouping?.labels ?? [], range: range)
    try push(.aggregate(node), height: height)
  }
}
