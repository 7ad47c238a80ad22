/// Ranges, steps and offsets: a number, a duration, or (experimental) arithmetic on them.
extension Parser {
  /// Durations are short; nobody nests them deeper.
  private static let mostNesting = 100
  /// 2^63 nanoseconds, in seconds.
  private static let mostSeconds = 0x1p63 / 1e9

  /// What to say of a token that has no place in a duration.
  struct Wish {
    var context: String
    var expected: String
  }

  mutating func positiveDuration(
    in context: String, expected: String
  ) throws(Stop) -> TimeOperand {
    let wish = Wish(context: context, expected: expected)
    let duration = try duration(wish, binding: 0, depth: 0)
    if case .literal(let literal) = duration, !(literal.value > 0) {
      report("duration must be greater than 0", literal.range)
    }
    return Self.operand(duration)
  }

  /// Behind `offset`: a signed number or duration, or a call, or something in parentheses. The
  /// operators behind it are not the offset's.
  mutating func offset() throws(Stop) -> TimeOperand {
    let wish = Wish(context: "offset", expected: "number, duration, step(), or range()")
    let isSigned = [.op(.add), .op(.subtract)].contains(peek().kind)
    let duration =
      isSigned
      ? try signed(wish, binding: .max, depth: 0) : try term(wish, depth: 0)
    return Self.operand(duration)
  }

  private static func operand(_ duration: DurationExpression) -> TimeOperand {
    guard case .literal(let literal) = duration else {
      return TimeOperand(milliseconds: 0, expression: duration)
    }
    let nanoseconds = (literal.value * 1e9).rounded()
    guard let whole = Int64(exactly: nanoseconds) else {
      return TimeOperand(milliseconds: (nanoseconds < 0 ? Int64.min : .max) / 1_000_000)
    }
    return TimeOperand(milliseconds: whole / 1_000_000)
  }

  /// Operators of at least the precedence `binding`, and their operands.
  private mutating func duration(
    _ wish: Wish, binding: Int, depth: Int
  ) throws(Stop) -> DurationExpression {
    let isSigned = [.op(.add), .op(.subtract)].contains(peek().kind)
    var left =
      isSigned
      ? try signed(wish, binding: BinaryOperator.power.precedence, depth: depth)
      : try term(wish, depth: depth)
    var count = depth
    while case .op(let op) = peek().kind, Self.isArithmetic(op), op.precedence >= binding {
      let sign = take()
      count += 1
      guard count < Self.mostNesting else { throw tooDeep() }
      let next = op == .power ? op.precedence : op.precedence + 1
      let right = try duration(wish, binding: next, depth: count)
      left = combine(left, op, sign, right)
    }
    return left
  }

  private static func isArithmetic(_ op: BinaryOperator) -> Bool {
    [.add, .subtract, .multiply, .divide, .modulo, .power].contains(op)
  }

  private mutating func combine(
    _ left: DurationExpression, _ op: BinaryOperator, _ sign: Token, _ right: DurationExpression
  ) -> DurationExpression {
    if op == .divide || op == .modulo, case .literal(let literal) = right, literal.value == 0 {
      report(op == .divide ? "division by zero" : "modulo by zero", sign.range)
      return .literal(NumberLiteral(value: 0, range: 0..<0))
    }
    let range = left.range.lowerBound..<max(left.range.lowerBound, right.range.upperBound)
    return .binary(op, left, right, range)
  }

  /// A sign and what it stands before; `binding` is the precedence of what binds tighter.
  private mutating func signed(
    _ wish: Wish, binding: Int, depth: Int
  ) throws(Stop) -> DurationExpression {
    let sign = take()
    let isMinus = sign.kind == .op(.subtract)
    guard depth < Self.mostNesting else { throw tooDeep() }
    let isSigned = [.op(.add), .op(.subtract)].contains(peek().kind)
    let inner =
      isSigned
      ? try signed(wish, binding: binding, depth: depth + 1)
      : try duration(wish, binding: binding, depth: depth + 1)
    let start = sign.range.lowerBound
    let range = start..<max(start, inner.range.upperBound)
    guard case .literal(var literal) = inner else {
      return isMinus ? .negated(inner, range) : inner
    }
    if isMinus { literal.value = -literal.value }
    literal.range = range
    return .literal(literal)
  }

  private mutating func term(_ wish: Wish, depth: Int) throws(Stop) -> DurationExpression {
    let token = peek()
    guard depth < Self.mostNesting else { throw tooDeep() }
    switch token.kind {
    case .number, .duration:
      let literal = number()
      guard abs(literal.value) <= Self.mostSeconds else {
        report("duration out of range", token.range)
        return .literal(NumberLiteral(value: 0, range: 0..<0))
      }
      return .literal(literal)
    case .leftParenthesis:
      take()
      let inner = try duration(wish, binding: 0, depth: depth + 1)
      try expect(.rightParenthesis, wish)
      return .parentheses(inner, token.range.lowerBound..<lastEnd)
    case .preprocessor(let word) where word != .start && word != .end:
      take()
      return try call(word, at: token.range.lowerBound, wish, depth: depth)
    default: throw unexpected(in: wish.context, expected: wish.expected)
    }
  }

  private mutating func call(
    _ word: Token.Preprocessor, at start: Int, _ wish: Wish, depth: Int
  ) throws(Stop) -> DurationExpression {
    try expect(.leftParenthesis, wish)
    switch word {
    case .minOf, .maxOf:
      let first = try duration(wish, binding: 0, depth: depth + 1)
      try expect(.comma, wish)
      let second = try duration(wish, binding: 0, depth: depth + 1)
      try expect(.rightParenthesis, wish)
      return .call(name: word.rawValue, first, second, start..<lastEnd)
    case .start, .end, .step, .range:
      try expect(.rightParenthesis, wish)
      return word == .step ? .step(start..<lastEnd) : .range(start..<lastEnd)
    }
  }

  private mutating func expect(_ kind: Token.Kind, _ wish: Wish) throws(Stop) {
    guard take(kind) != nil else {
      throw unexpected(in: wish.context, expected: wish.expected)
    }
  }
}
