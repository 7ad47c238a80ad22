/// `topk` and `bottomk`: of each group the k elements of the largest or smallest values.
final class RankNode: PlanNode {
  private let isTop: Bool
  private let operand: PlanNode
  private let parameter: PlanNode
  private let isWithout: Bool
  private let grouping: [String]
  private var groups = Memo<[[Int]]>()

  init(_ node: AggregateExpression, _ operand: PlanNode, _ parameter: PlanNode) {
    isTop = node.op == .topk
    self.operand = operand
    self.parameter = parameter
    isWithout = node.isWithout
    grouping = node.grouping
    super.init(
      range: node.range, isStepInvariant: operand.isStepInvariant && parameter.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let parameters = try parameter.scalar(context, steps)
    try context.take(parameters.count)
    let block = try operand.vector(context, steps)
    context.give(parameters.count)
    for parameter in parameters { _ = try Self.limit(parameter, of: 0) }
    let groups = try groups.value(for: block.table) {
      RowGroups(block.table, isWithout: isWithout, grouping).rows
    }
    var result = Block(absent: block.table, steps: steps.count)
    var order: [Int] = []
    for step in 0..<steps.count {
      try context.checkTime(beforeTouching: block.rows)
      for rows in groups {
        var heap = RankHeap(
          isTop: isTop, limit: try Self.limit(parameters[step], of: rows.count))
        for row in rows {
          let value = block.values[row * steps.count + step]
          if value.isPresent { heap.show(row, value) }
        }
        let best = heap.ranked
        for row in best {
          result.values[row * steps.count + step] = block.values[row * steps.count + step]
        }
        if steps.isInstant { order.append(contentsOf: best) }
      }
    }
    if steps.isInstant { result.order = order }
    return .vector(result)
  }

  /// How many of `count` elements a parameter asks for.
  private static func limit(_ parameter: Double, of count: Int) throws(QueryError) -> Int {
    guard !parameter.isNaN else { throw QueryError(.execution, "Parameter value is NaN") }
    guard parameter > -0x1p63, parameter < 0x1p63 else {
      let direction = parameter < 0 ? "underflows" : "overflows"
      throw QueryError(
        .execution, "Scalar value \(FloatText.general(parameter)) \(direction) int64")
    }
    return Int(max(0, min(parameter, Double(count))))
  }
}
