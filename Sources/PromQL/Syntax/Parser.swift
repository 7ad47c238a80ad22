/// From tokens to a tree.
///
/// An operator-precedence parser with its stacks on the heap: the depth of a query costs memory,
/// not stack. It is held to Prometheus's grammar, with the errors that its recovery rules give.
struct Parser {
  /// The text is no query; why has been noted in `errors`.
  struct Stop: Error {}

  /// What an operator or bracket waits for.
  enum Frame {
    case unary(isMinus: Bool, start: Int)
    case binary(BinaryOperator, BinaryModifiers)
    case parentheses(start: Int)
    /// The arguments are the operands from `first` on.
    case call(name: Token, first: Int)
    case aggregate(AggregateStart, first: Int)
  }

  struct AggregateStart {
    var op: AggregateOperator
    var start: Int
    var grouping: Grouping?
  }

  struct Grouping {
    var isWithout: Bool
    var labels: [String]
  }

  struct Operand {
    var expression: Expression
    /// Levels of the tree.
    var height: Int
  }

  let limits: ParseLimits
  private(set) var errors: [ParseError] = []
  private var lexer: Lexer
  private var ahead: Token?
  /// The end of the last token that may close an expression.
  private(set) var lastEnd = 0
  /// Regular expressions that there may still be.
  private var patternsLeft: Int
  var frames: [Frame] = []
  var operands: [Operand] = []

  private static let mostErrors = 1000

  init(_ bytes: [UInt8], limits: ParseLimits) {
    self.limits = limits
    patternsLeft = limits.patterns
    lexer = Lexer(bytes)
  }

  /// Before a regular expression is compiled, which may be dear: false, and an error, for one too
  /// many.
  mutating func mayCompilePattern(at range: ByteRange) -> Bool {
    patternsLeft -= 1
    if patternsLeft == -1 {
      report("query has more than \(limits.patterns) regular expressions", range)
    }
    return patternsLeft >= 0
  }

  mutating func parse() -> Expression? {
    if peek().kind == .end {
      report("no expression found in input", 0..<0)
      return nil
    }
    do throws(Stop) {
      repeat { try parseOperand() } while try parseTail()
    } catch {
      return nil
    }
    return operands.last?.expression
  }

  // MARK: - Tokens and errors

  mutating func peek() -> Token {
    if let ahead { return ahead }
    let token = lexer.next()
    if token.kind == .error { report(token.text, token.range) }
    ahead = token
    return token
  }

  @discardableResult
  mutating func take() -> Token {
    let token = peek()
    if token.kind != .end, token.kind != .error {
      ahead = nil
      lastEnd = token.range.upperBound
    }
    return token
  }

  /// Takes the next token if it is of that kind.
  mutating func take(_ kind: Token.Kind) -> Token? { peek().kind == kind ? take() : nil }

  /// Whether the token behind the next one is of that kind.
  mutating func isNextFollowed(by kind: Token.Kind) -> Bool {
    _ = peek()
    var lexer = lexer
    return lexer.next().kind == kind
  }

  mutating func report(_ message: String, _ range: ByteRange) {
    if errors.count < Self.mostErrors { errors.append(ParseError(message, range)) }
  }

  /// Notes that the next token has no place here, unless the lexer has said so already.
  mutating func unexpected(in context: String, expected: String = "") -> Stop {
    let token = peek()
    guard token.kind != .error else { return Stop() }
    let place = context.isEmpty ? "" : " in \(context)"
    let wish = expected.isEmpty ? "" : ", expected \(expected)"
    report("unexpected \(token.described)\(place)\(wish)", token.range)
    return Stop()
  }

  /// The same where the grammar has no better words: the innermost aggregation takes the blame.
  mutating func unexpected() -> Stop {
    for frame in frames.reversed() {
      guard case .aggregate(let aggregate, _) = frame else { continue }
      return unexpectedInAggregation(start: aggregate.start)
    }
    return unexpected(in: "")
  }

  mutating func unexpectedInAggregation(start: Int) -> Stop {
    let stop = unexpected(in: "aggregation")
    let range = start..<max(start, lastEnd)
    report("no arguments for aggregate expression provided", range)
    return stop
  }

  mutating func tooDeep() -> Stop {
    report("expression nested too deeply", peek().range)
    return Stop()
  }

  mutating func push(_ frame: Frame) throws(Stop) {
    guard frames.count < limits.depth else { throw tooDeep() }
    frames.append(frame)
  }

  mutating func push(_ expression: Expression, height: Int = 1) throws(Stop) {
    guard height <= limits.depth else { throw tooDeep() }
    operands.append(Operand(expression: expression, height: height))
  }

  // MARK: - Operands

  /// Reads up to the end of an operand, with all that opens before it.
  private mutating func parseOperand() throws(Stop) {
    while true {
      let token = peek()
      switch token.kind {
      case .op(.add), .op(.subtract):
        take()
        try push(.unary(isMinus: token.kind == .op(.subtract), start: token.range.lowerBound))
      case .leftParenthesis:
        take()
        try push(.parentheses(start: token.range.lowerBound))
      case .number, .duration: return try push(.number(number()))
      case .string:
        take()
        let value = LiteralText.unquoted(token.text)
        return try push(.string(StringLiteral(value: value, range: token.range)))
      case .leftBrace: return try push(.vector(selector(named: nil)))
      default:
        guard token.isMetricName else { throw unexpected() }
        take()
        if try parseWord(token) { return }
      }
    }
  }

  /// A metric's name, or the start of a call or aggregation; true when the operand is complete.
  private mutating func parseWord(_ word: Token) throws(Stop) -> Bool {
    switch word.kind {
    case .aggregate(let op):
      let opens = peek().kind == .leftParenthesis
      let grouping = try self.grouping()
      if opens || grouping != nil {
        let start = AggregateStart(op: op, start: word.range.lowerBound, grouping: grouping)
        guard take(.leftParenthesis) != nil else {
          throw unexpectedInAggregation(start: start.start)
        }
        try push(.aggregate(start, first: operands.count))
        return try closesAtOnce()
      }
    case .identifier, .preprocessor:
      if take(.leftParenthesis) != nil {
        try push(.call(name: word, first: operands.count))
        return try closesAtOnce()
      }
    default: break
    }
    try push(.vector(selector(named: word)))
    return true
  }

  private mutating func closesAtOnce() throws(Stop) -> Bool {
    guard peek().kind == .rightParenthesis else { return false }
    try close()
    return true
  }

  /// The next token must be a number or a duration.
  mutating func number() -> NumberLiteral {
    let token = take()
    do throws(LiteralError) {
      guard token.kind == .duration else {
        return NumberLiteral(value: try LiteralText.number(token.text), range: token.range)
      }
      let nanoseconds = try LiteralText.duration(token.text)
      let seconds = nanoseconds / 1_000_000_000
      let value = Double(seconds) + Double(nanoseconds % 1_000_000_000) / 1e9
      return NumberLiteral(value: value, isDuration: true, range: token.range)
    } catch {
      let isNumber = token.kind == .number
      report(isNumber ? "error parsing number: \(error.message)" : error.message, token.range)
      return NumberLiteral(value: 0, isDuration: !isNumber, range: token.range)
    }
  }

  // MARK: - Behind an operand

  /// Reads what follows a complete operand; true when another operand must follow.
  private mutating func parseTail() throws(Stop) -> Bool {
    while true {
      let token = peek()
      switch token.kind {
      case .leftBracket: try parseBrackets()
      case .at: try parseAt()
      case .keyword(.offset): try parseOffset()
      case .keyword(.anchored): parseEdge(.anchored)
      case .keyword(.smoothed): parseEdge(.smoothed)
      case .op(let op):
        try reduce(before: op)
        take()
        let modifiers = try binaryModifiers()
        try push(.binary(op, modifiers))
        return true
      case .comma: if try parseComma(token) { return true }
      case .rightParenthesis: try close()
      case .end:
        try reduceAll()
        guard frames.isEmpty else { throw unexpected() }
        return false
      default: throw unexpected()
      }
    }
  }

  private mutating func parseComma(_ comma: Token) throws(Stop) -> Bool {
    try reduceAll()
    switch frames.last {
    case .call, .aggregate: break
    default: throw unexpected()
    }
    take()
    if peek().startsOperand { return true }
    report("trailing commas not allowed in function call args", comma.range)
    return false
  }

  /// Takes the closing parenthesis and makes a tree of what is in it.
  private mutating func close() throws(Stop) {
    try reduceAll()
    guard let frame = frames.last else { throw unexpected() }
    take()
    frames.removeLast()
    switch frame {
    case .parentheses(let start):
      guard let inner = operands.popLast() else { return }
      let node = ParenthesizedExpression(inner: inner.expression, range: start..<lastEnd)
      try push(.parentheses(node), height: inner.height + 1)
    case .call(let name, let first): try finishCall(of: name, first: first)
    case .aggregate(let start, let first): try finishAggregate(start, first: first)
    case .unary, .binary: break  // reduced before
    }
  }
}
