/// Arithmetic and comparisons between an instant vector and a scalar.
final class VectorScalarNode: PlanNode {
  private let op: BinaryOperator
  private let vector: PlanNode
  private let scalar: PlanNode
  /// The scalar is on the left.
  private let isSwapped: Bool
  private let returnsBool: Bool
  private var names = NameDropper()

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
    try context.take(block.values.count)
    let scalars = try scalar.scalar(context, steps)
    context.give(block.values.count)
    switch op {
    case .equal: compare(&block, scalars, ==)
    case .notEqual: compare(&block, scalars, !=)
    case .less: compare(&block, scalars, <)
    case .lessOrEqual: compare(&block, scalars, <=)
    case .greater: compare(&block, scalars, >)
    case .greaterOrEqual: compare(&block, scalars, >=)
    default: update(&block, scalars) { self.op.arithmetic($0, $1).asValue }
    }
    guard returnsBool || !op.isComparison else { return .vector(block) }
    return try .vector(names.apply(to: block, context))
  }

  private func compare(
    _ block: inout Block, _ scalars: [Double], _ holds: (Double, Double) -> Bool
  ) {
    let isSwapped = isSwapped
    let returnsBool = returnsBool
    update(&block, scalars) { left, right in
      let isKept = holds(left, right)
      if returnsBool { return isKept ? 1 : 0 }
      return isKept ? (isSwapped ? right : left) : Block.absent
    }
  }

  private func update(
    _ block: inout Block, _ scalars: [Double], _ result: (Double, Double) -> Double
  ) {
    let steps = block.steps
    for row in 0..<block.rows {
      for step in 0..<steps {
        let value = block.values[row * steps + step]
        guard value.isPresent else { continue }
        block.values[row * steps + step] =
          isSwapped ? result(scalars[step], value) : result(value, scalars[step])
      }
    }
  }
}
