import Signals

/// A selector of an expression, and when it is evaluated.
package struct SelectorUse {
  package var selector: VectorSelector
  /// Milliseconds before its time that it reads; `nil` for the newest sample alone.
  package var window: Int64?
  /// The most milliseconds by which subqueries and offsets put its time before the query's;
  /// negative when it is later, `nil` when `@` fixes it.
  package var earlier: Int64?
}

extension Expression {
  /// All selectors with their times, in reading order.
  package var selectorUses: [SelectorUse] {
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
      selectorUses.reduce(Int64(0)) { longest, use in
        guard let earlier = use.earlier else { return longest }
        return max(longest, earlier.addingSaturating(use.window ?? newest))
      })
  }
}

private struct SelectorWalk {
  var found: [SelectorUse] = []

  mutating func visit(_ expression: Expression, earlier: Int64?) {
    switch expression {
    case .vector, .matrix: visitSelector(expression, earlier)
    case .subquery: visitSubquery(expression, earlier)
    default: for child in expression.children { visit(child, earlier: earlier) }
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
}
