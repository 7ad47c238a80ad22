/// Arithmetic and comparisons between an instant vector and a scalar.
final class VectorScalarNode: PlanNode {
  private let op: BinaryOperator
  private let vector: PlanNode
  private let scalar: PlanNode
  /// The scalar is on the left.
  private let isSwapped: Bool
  private let returnsBool: Bool
  private var tables = Memo<SeriesTable>()
  private var normalizer = Normalizer()

  init(
    _ op: BinaryOperator, vector: PlanNode, scalar: PlanNode, isSwapped: Bool, returnsBool: Bool,
    range: ByteRange
  ) {
    self.op = op
    self.vector = vector
    self.scalar = scalar
    self.isSwapped = isSwapped
    self.returnsBool = returnsBool
    super.init(range: range, isStepInvariant: vector.isStepInvariant && scalar.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    var block = try vector.vector(context, steps)
    let scalars = try scalar.scalar(context, steps)
    for row in 0..<block.rows {
      for step in 0..<block.steps {
        let index = row * block.steps + step
        let value = block.values[index]
        if value.isPresent { block.values[index] = result(value, scalars[step]) }
      }
    }
    guard returnsBool || !op.isComparison else { return .vector(block) }
    let table = block.table
    block.table = try tables.value(for: table) {
      LabelRules.droppingNames(table, delayed: context.options.delaysNameRemoval)
    }
    return try .vector(normalizer.apply(to: block))
  }

  private func result(_ value: Double, _ scalar: Double) -> Double {
    let (left, right) = isSwapped ? (scalar, value) : (value, scalar)
    guard op.isComparison else { return op.arithmetic(left, right).asValue }
    let holds = op.holds(left, right)
    if returnsBool { return holds ? 1 : 0 }
    return holds ? value : Block.absent
  }
}
