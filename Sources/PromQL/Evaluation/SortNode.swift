/// `sort` and `sort_desc`: the order of an instant query's elements; NaN comes last in both.
final class SortNode: PlanNode {
  private let operand: PlanNode
  private let isDescending: Bool

  init(_ operand: PlanNode, isDescending: Bool, range: ByteRange) {
    self.operand = operand
    self.isDescending = isDescending
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    var block = try operand.vector(context, steps)
    guard context.start == context.end else {
      context.annotate(.warning, Notes.sortInRange, range)
      return .vector(block)
    }
    guard steps.isInstant else { return .vector(block) }
    let values = block.values
    let rows = block.order ?? Array(0..<block.rows)
    block.order = rows.enumerated().sorted { left, right in
      let (a, b) = (values[left.element], values[right.element])
      if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? left.offset < right.offset : b.isNaN }
      if a != b { return isDescending ? a > b : a < b }
      return left.offset < right.offset
    }.map(\.element)
    return .vector(block)
  }
}
