/// What is wrong with a tree that was read without errors: types, counts of arguments, matching.
struct TypeCheck {
  private let bytes: [UInt8]
  private var errors: [ParseError] = []

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func errors(in expression: Expression, of bytes: [UInt8]) -> [ParseError] {
    var check = TypeCheck(bytes)
    check.check(expression)
    return check.errors
  }

  private mutating func report(_ message: String, _ range: ByteRange) {
    errors.append(ParseError(message, range))
  }

  /// One small function for each kind of node: what they hold on the stack adds up with the depth.
  private mutating func check(_ expression: Expression) {
    switch expression {
    case .number, .string: break
    case .vector: checkVector(expression)
    case .matrix: checkMatrix(expression)
    case .subquery: checkSubquery(expression)
    case .unary: checkUnary(expression)
    case .binary: checkBinary(expression)
    case .parentheses: checkParentheses(expression)
    case .aggregate: checkAggregate(expression)
    case .call: checkCall(expression)
    }
  }

  private mutating func expect(
    _ type: ValueType, _ expression: Expression, in context: String
  ) {
    check(expression)
    guard expression.type != type else { return }
    report(
      "expected type \(type.rawValue) in \(context), got \(expression.type.rawValue)",
      expression.range)
  }

  private mutating func checkVector(_ expression: Expression) {
    guard case .vector(let node) = expression else { return }
    check(node)
  }

  private mutating func check(_ node: VectorSelector) {
    guard let name = node.name else {
      if !node.matchers.contains(where: { !$0.matches("") }) {
        report("vector selector must contain at least one non-empty matcher", node.range)
      }
      return
    }
    for matcher in node.matchers.dropLast() where matcher.label == LabelSet.nameLabel {
      report(
        "metric name must not be set twice: \(name.quoted) or \(matcher.value.quoted)", node.range)
    }
  }

  private mutating func checkMatrix(_ expression: Expression) {
    guard case .matrix(let node) = expression else { return }
    check(node.selector)
  }

  private mutating func checkSubquery(_ expression: Expression) {
    guard case .subquery(let node) = expression else { return }
    check(node.inner)
    guard node.inner.type != .vector else { return }
    report(
      "subquery is only allowed on instant vector, got \(node.inner.type.shortName) instead",
      node.range)
  }

  private mutating func checkUnary(_ expression: Expression) {
    guard case .unary(let node) = expression else { return }
    check(node.operand)
    guard node.type != .scalar, node.type != .vector else { return }
    report(
      "unary expression only allowed on expressions of type scalar or instant vector, "
        + "got \(node.type.rawValue.quoted)", node.range)
  }

  private mutating func checkParentheses(_ expression: Expression) {
    guard case .parentheses(let node) = expression else { return }
    check(node.inner)
  }

  private mutating func checkAggregate(_ expression: Expression) {
    guard case .aggregate(let node) = expression else { return }
    expect(.vector, node.operand, in: "aggregation expression")
    guard let type = node.op.parameterType, let parameter = node.parameter else { return }
    expect(type, parameter, in: "aggregation parameter")
  }

  // MARK: - Binary operators

  private mutating func checkBinary(_ expression: Expression) {
    checkSides(of: expression)
    checkOperator(of: expression)
  }

  private mutating func checkSides(of expression: Expression) {
    guard case .binary(let node) = expression else { return }
    check(node.lhs)
    check(node.rhs)
  }

  private mutating func checkOperator(of expression: Expression) {
    guard case .binary(let node) = expression else { return }
    let (left, right) = (node.lhs.type, node.rhs.type)
    if node.returnsBool, !node.op.isComparison {
      report("bool modifier can only be used on comparison operators", operatorRange(of: node))
    }
    if node.op.isComparison, !node.returnsBool, left == .scalar, right == .scalar {
      report("comparisons between scalars must use BOOL modifier", operatorRange(of: node))
    }
    let matching = node.matching ?? VectorMatching()
    for label in matching.labels where matching.isOn && matching.include.contains(label) {
      report(
        "label \(label.quoted) must not occur in ON and GROUP clause at once",
        operatorRange(of: node))
    }
    for side in [node.lhs, node.rhs] where side.type != .scalar && side.type != .vector {
      report(
        "binary expression must contain only scalar and instant vector types", side.range)
    }
    checkMatching(matching, of: node, isBetweenVectors: left == .vector && right == .vector)
    if node.op.isSetOperator, left == .scalar || right == .scalar {
      report(
        "set operator \(node.op.rawValue.quoted) not allowed in binary scalar expression",
        node.range)
    }
  }

  private mutating func checkMatching(
    _ matching: VectorMatching, of node: BinaryExpression, isBetweenVectors: Bool
  ) {
    let fills = matching.fillLeft != nil || matching.fillRight != nil
    guard isBetweenVectors else {
      if !matching.labels.isEmpty {
        report("vector matching only allowed between instant vectors", node.range)
      }
      if fills {
        report("filling in missing series only allowed between instant vectors", node.range)
      }
      return
    }
    guard node.op.isSetOperator else { return }
    if matching.cardinality != .manyToMany {
      report("no grouping allowed for \(node.op.rawValue.quoted) operation", node.range)
      report("set operations must always be many-to-many", node.range)
    }
    if fills { report("filling in missing series not allowed for set operators", node.range) }
  }

  /// The bytes between the sides, without the blanks; the end as Prometheus counts it.
  private func operatorRange(of node: BinaryExpression) -> ByteRange {
    var start = node.lhs.range.upperBound
    while start < bytes.count, Lexer.isBlank(bytes[start]) { start += 1 }
    var end = node.rhs.range.lowerBound - 1
    while bytes.indices.contains(end), end > start, Lexer.isBlank(bytes[end]) { end -= 1 }
    return start..<max(start, end)
  }

  // MARK: - Calls

  private mutating func checkCall(_ expression: Expression) {
    checkCount(of: expression)
    guard case .call(let node) = expression else { return }
    let context = "call to function \(node.function.name.quoted)"
    for (index, argument) in node.arguments.enumerated() {
      guard let type = Self.type(ofArgument: index, of: node.function) else { break }
      if node.function.name == "info", index == 1, case .vector = argument {
        checkInfoLabels(argument)
      } else {
        expect(type, argument, in: context)
      }
    }
  }

  private static func type(ofArgument index: Int, of function: FunctionSignature) -> ValueType? {
    if index < function.arguments.count { return function.arguments[index] }
    return function.variadic == 0 ? nil : function.arguments.last
  }

  /// The labels of `info` may match anything, and there is no metric's name.
  private mutating func checkInfoLabels(_ argument: Expression) {
    guard case .vector(let node) = argument, node.name != nil else { return }
    report("expected label selectors only, got vector selector instead", node.range)
  }

  private mutating func checkCount(of expression: Expression) {
    guard case .call(let node) = expression else { return }
    let function = node.function
    let count = node.arguments.count
    let most = function.arguments.count - 1 + function.variadic
    var wanted: String?
    if function.variadic == 0 {
      if count != function.arguments.count { wanted = "\(function.arguments.count)" }
    } else if count < function.arguments.count - 1 {
      wanted = "at least \(function.arguments.count - 1)"
    } else if function.variadic > 0, count > most {
      wanted = "at most \(most)"
    }
    guard let wanted else { return }
    report(
      "expected \(wanted) argument(s) in call to \(function.name.quoted), got \(count)", node.range)
  }
}
