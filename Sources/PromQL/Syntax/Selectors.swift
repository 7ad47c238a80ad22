import Signals

/// A selector of an expression, and when it is evaluated.
package struct SelectorUse {
  package var selector: VectorSelector
  /// Milliseconds before its time that it reads; `nil` for the newest sample alone.
  package var window: Int64?
  /// The most milliseconds by which subqueries and offsets put its time before the query's; negative
  /// when it is later, `nil` when `@` fixes it.
  package var earlier: Int64?
}

extension Expression {
  /// The selectors in the order in which they are written.
  package var selectors: [SelectorUse] {
    var walk = SelectorWalk()
    walk.visit(self, earlier: 0)
    return walk.found
  }

  /// How far before its own time an evaluation may need samples.
  ///
  /// `lookback` is how long a sample stands for its series. What `@` fixes in time is left out.
  package func reach(lookback: Duration = .seconds(300)) -> Duration {
    let newest = lookback.wholeMilliseconds
    return .milliseconds(
      selectors.reduce(Int64(0)) { longest, use in
        guard let earlier = use.earlier else { return longest }
        return max(longest, earlier.addingSaturating(use.window ?? newest))
      })
  }
}

/// One small function for each kind of node: what they hold on the stack adds up with the depth.
private struct SelectorWalk {
  var found: [SelectorUse] = []

  mutating func visit(_ expression: Expression, earlier: Int64?) {
    switch expression {
    case .number, .string: break
    case .vector, .matrix: visitSelector(expression, earlier)
    case .subquery: visitSubquery(expression, earlier)
    case .unary(let node): visit(node.operand, earlier: earlier)
    case .parentheses(let node): visit(node.inner, earlier: earlier)
    case .binary: visitBinary(expression, earlier)
    case .aggregate: visitAggregate(expression, earlier)
    case .call: visitCall(expression, earlier)
    }
  }

  private mutating func visitSelector(_ expression: Expression, _ earlier: Int64?) {
    switch expression {
    case .vector(let node): add(node, window: nil, earlier)
    case .matrix(let node): add(node.selector, window: node.window.milliseconds, earlier)
    default: break
    }
  }

  private mutating func add(_ selector: VectorSelector, window: Int64?, _ earlier: Int64?) {
    let time = Self.earlier(earlier, selector.offset, selector.at)
    found.append(SelectorUse(selector: selector, window: window, earlier: time))
  }

  private mutating func visitSubquery(_ expression: Expression, _ earlier: Int64?) {
    guard case .subquery(let node) = expression else { return }
    let end = Self.earlier(earlier, node.offset, node.at)
    visit(node.inner, earlier: end.map { $0.addingSaturating(node.window.milliseconds) })
  }

  /// `start()` and `end()` are no earlier than the query's time.
  private static func earlier(
    _ earlier: Int64?, _ offset: TimeOperand?, _ at: AtModifier?
  ) -> Int64? {
    if case .time = at { return nil }
    return (at == nil ? earlier : 0)?.addingSaturating(offset?.milliseconds ?? 0)
  }

  private mutating func visitBinary(_ expression: Expression, _ earlier: Int64?) {
    guard case .binary(let node) = expression else { return }
    visit(node.lhs, earlier: earlier)
    visit(node.rhs, earlier: earlier)
  }

  private mutating func visitAggregate(_ expression: Expression, _ earlier: Int64?) {
    guard case .aggregate(let node) = expression else { return }
    if let parameter = node.parameter { visit(parameter, earlier: earlier) }
    visit(node.operand, earlier: earlier)
  }

  private mutating func visitCall(_ expression: Expression, _ earlier: Int64?) {
    guard case .call(let node) = expression else { return }
    for argument in node.arguments { visit(argument, earlier: earlier) }
  }
}
