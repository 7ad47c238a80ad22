import Patterns

/// Selectors and what may stand behind them.
extension Parser {
  /// The next token is a brace, or the name was all.
  mutating func selector(named name: Token?) throws(Stop) -> VectorSelector {
    let start = name?.range.lowerBound ?? peek().range.lowerBound
    var matchers = peek().kind == .leftBrace ? try self.matchers() : []
    if let name { matchers.append(Matcher(LabelSet.nameLabel, equals: name.text)) }
    return VectorSelector(name: name?.text, matchers: matchers, range: start..<lastEnd)
  }

  private mutating func matchers() throws(Stop) -> [Matcher] {
    take()
    var matchers: [Matcher] = []
    while take(.rightBrace) == nil {
      if let matcher = try matcher() { matchers.append(matcher) }
      if take(.comma) == nil, peek().kind != .rightBrace {
        throw unexpected(in: "label matching", expected: "\",\" or \"}\"")
      }
    }
    return matchers
  }

  private mutating func matcher() throws(Stop) -> Matcher? {
    let label = peek()
    guard label.kind == .identifier || label.kind == .string else {
      throw unexpected(in: "label matching", expected: "identifier or \"}\"")
    }
    take()
    let isQuoted = label.kind == .string
    let name = isQuoted ? LiteralText.unquoted(label.text) : label.text
    guard let op = matchOperator(peek().kind) else {
      if isQuoted { return Matcher(LabelSet.nameLabel, equals: name) }
      throw unexpected(in: "label matching", expected: "label matching operator")
    }
    take()
    guard let value = take(.string) else {
      throw unexpected(in: "label matching", expected: "string")
    }
    if op == .matches || op == .doesNotMatch, !mayCompilePattern(at: label.range) { return nil }
    do throws(PatternError) {
      return try Matcher(name, op, LiteralText.unquoted(value.text), limits: limits.pattern)
    } catch {
      report(error.detail, label.range.lowerBound..<value.range.upperBound)
      return nil
    }
  }

  private func matchOperator(_ kind: Token.Kind) -> Matcher.Operator? {
    switch kind {
    case .equal: .equal
    case .op(.notEqual): .notEqual
    case .matches: .matches
    case .doesNotMatch: .doesNotMatch
    default: nil
    }
  }

  // MARK: - Ranges and subqueries

  mutating func parseBrackets() throws(Stop) {
    let bracket = take()
    let window = try positiveDuration(
      in: "subquery or range selector", expected: "number, duration, step(), or range()")
    guard take(.colon) != nil else {
      guard take(.rightBracket) != nil else {
        throw unexpected(in: "subquery or range", expected: "\":\" or \"]\"")
      }
      return try finishRange(window, bracket)
    }
    var step: TimeOperand?
    if peek().kind != .rightBracket {
      step = try positiveDuration(
        in: "subquery selector", expected: "number, duration, step(), range(), or \"]\"")
    }
    guard take(.rightBracket) != nil else {
      throw unexpected(in: "subquery selector", expected: "\"]\"")
    }
    guard let inner = operands.popLast() else { return }
    let start = inner.expression.range.lowerBound
    let node = Subquery(
      inner: inner.expression, window: window, step: step, range: start..<max(start, lastEnd))
    try push(.subquery(node), height: inner.height + 1)
  }

  private mutating func finishRange(_ window: TimeOperand, _ bracket: Token) throws(Stop) {
    guard let operand = operands.popLast() else { return }
    var objection: String?
    var selector = VectorSelector(
      name: Self.notASelector, matchers: [], range: operand.expression.range)
    if case .vector(let node) = operand.expression {
      selector = node
      if node.offset != nil {
        objection = "no offset modifiers allowed before range"
      } else if node.at != nil {
        objection = "no @ modifiers allowed before range"
      }
    } else {
      objection = "ranges only allowed for vector selectors"
    }
    if let objection { report(objection, bracket.range.lowerBound..<lastEnd) }
    let start = selector.range.lowerBound
    let node = MatrixSelector(
      selector: selector, window: window, range: start..<max(start, lastEnd))
    try push(.matrix(node), height: operand.height + 1)
  }

  /// Stands for what has a range but cannot have one. No name is empty; no such tree is returned.
  private static let notASelector = ""

  // MARK: - Modifiers

  mutating func parseOffset() throws(Stop) {
    take()
    let offset = try self.offset()
    let isNothing = offset.milliseconds == 0 && offset.expression == nil
    modify(by: "offset", twice: "offset may not be set multiple times") { current, _ in
      guard current == nil else { return false }
      current = isNothing ? nil : offset
      return true
    }
  }

  mutating func parseAt() throws(Stop) {
    take()
    let at = try atModifier()
    modify(by: "@", twice: "@ <timestamp> may not be set multiple times") { _, current in
      guard current == nil else { return false }
      current = at
      return true
    }
  }

  private mutating func atModifier() throws(Stop) -> AtModifier {
    if case .preprocessor(let word) = peek().kind, word == .start || word == .end {
      take()
      guard take(.leftParenthesis) != nil, take(.rightParenthesis) != nil else {
        throw unexpected(in: "@", expected: "timestamp")
      }
      return word == .start ? .start : .end
    }
    let isMinus = take(.op(.subtract)) != nil
    if !isMinus { _ = take(.op(.add)) }
    guard [.number, .duration].contains(peek().kind) else {
      throw unexpected(in: "@", expected: "timestamp")
    }
    let value = number().value
    let seconds = isMinus ? -value : value
    guard let time = Int64(exactly: (seconds * 1000).rounded()) else {
      let range = operands.last?.expression.range ?? 0..<0
      let shown = FloatText.fixed(seconds)
      report("timestamp out of bounds for @ modifier: \(shown)", range)
      return .time(0)
    }
    return .time(time)
  }

  private mutating func modify(
    by modifier: String, twice: String,
    _ change: (inout TimeOperand?, inout AtModifier?) -> Bool
  ) {
    guard var operand = operands.popLast() else { return }
    defer { operands.append(operand) }
    let range = operand.expression.range
    let extended = range.lowerBound..<max(range.upperBound, lastEnd)
    var isChanged = true
    switch operand.expression {
    case .vector(var node):
      isChanged = change(&node.offset, &node.at)
      node.range = extended
      operand.expression = .vector(node)
    case .matrix(var node):
      guard node.selector.name != Self.notASelector else {
        return report("ranges only allowed for vector selectors", range)
      }
      isChanged = change(&node.selector.offset, &node.selector.at)
      node.range = extended
      operand.expression = .matrix(node)
    case .subquery(var node):
      isChanged = change(&node.offset, &node.at)
      node.range = extended
      operand.expression = .subquery(node)
    default:
      let wanted = "an instant vector selector or range vector selector or a subquery"
      return report("\(modifier) modifier must be preceded by \(wanted)", range)
    }
    if !isChanged { report(twice, range) }
  }

  mutating func parseEdge(_ edge: WindowEdge) {
    take()
    guard var operand = operands.popLast() else { return }
    defer { operands.append(operand) }
    let range = operand.expression.range
    switch operand.expression {
    case .vector(var node):
      set(edge, on: &node, range)
      operand.expression = .vector(node)
    case .matrix(var node):
      set(edge, on: &node.selector, range)
      operand.expression = .matrix(node)
    case .subquery: report("\(edge.rawValue) modifier is not supported for subqueries", range)
    default: report("\(edge.rawValue) modifier not implemented", range)
    }
  }

  private mutating func set(
    _ edge: WindowEdge, on selector: inout VectorSelector, _ range: ByteRange
  ) {
    if let other = selector.edge, other != edge {
      report("anchored and smoothed modifiers cannot be used together", range)
    }
    selector.edge = edge
  }
}
