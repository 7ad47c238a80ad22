import PromQL

extension DifferingAnswers {
  /// Whether a topk or bottomk of the query has to choose between equal elements.
  var rankEqualElements: Bool {
    guard let expression = try? Expression(parsing: question.query) else { return false }
    return rankedOperands(in: expression).contains(where: hasEqualElements)
  }

  /// Looked at on both grids that a query sees: its own times, and those of subqueries.
  private func hasEqualElements(_ operand: Expression) -> Bool {
    let times: (from: Int64, through: Int64) =
      switch question.times {
      case .instant(let time): (time, time)
      case .range(let from, let through, _): (from, through)
      }
    return ([0, 9] as [Int64]).contains { shift in
      let result = try? Query(operand).evaluate(
        from: (times.from - 2_400 + shift) * 1_000, through: times.through * 1_000, step: 10_000,
        over: source)
      guard case .matrix(let series)? = result?.value else { return false }
      var seen: [Int64: Set<UInt64>] = [:]
      return series.contains { one in
        one.samples.contains { sample in
          let value = sample.value.isNaN ? Double.nan : sample.value + 0
          return !seen[sample.time, default: []].insert(value.bitPattern).inserted
        }
      }
    }
  }

  private func rankedOperands(in expression: Expression) -> [Expression] {
    switch expression {
    case .number, .string, .vector, .matrix: []
    case .subquery(let node): rankedOperands(in: node.inner)
    case .unary(let node): rankedOperands(in: node.operand)
    case .binary(let node): rankedOperands(in: node.lhs) + rankedOperands(in: node.rhs)
    case .parentheses(let node): rankedOperands(in: node.inner)
    case .call(let node): node.arguments.flatMap(rankedOperands)
    case .aggregate(let node):
      ([.topk, .bottomk].contains(node.op) ? [node.operand] : [])
        + rankedOperands(in: node.operand)
        + (node.parameter.map(rankedOperands) ?? [])
    }
  }
}
