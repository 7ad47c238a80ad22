import CMath

/// A number, the same at every step.
final class NumberNode: PlanNode {
  private let value: Double

  init(_ literal: NumberLiteral) {
    value = literal.value
    super.init(range: literal.range, isStepInvariant: true)
  }

  override func compute(_ context: EvaluationContext, _ steps: Steps) -> Evaluated {
    .scalar([Double](repeating: value, count: steps.count))
  }
}

final class StringNode: PlanNode {
  let value: String

  init(_ literal: StringLiteral) {
    value = literal.value
    super.init(range: literal.range, isStepInvariant: true)
  }

  override func compute(_ context: EvaluationContext, _ steps: Steps) -> Evaluated {
    .string(value)
  }
}

/// `time()`: the instant of the step in seconds.
final class TimeNode: PlanNode {
  init(range: ByteRange) { super.init(range: range, isStepInvariant: false) }

  override func compute(_ context: EvaluationContext, _ steps: Steps) -> Evaluated {
    .scalar((0..<steps.count).map { Double(steps[$0]) / 1000 })
  }
}

/// Arithmetic and comparisons between scalars.
final class ScalarBinaryNode: PlanNode {
  private let op: BinaryOperator
  private let lhs: PlanNode
  private let rhs: PlanNode

  init(_ op: BinaryOperator, _ lhs: PlanNode, _ rhs: PlanNode, range: ByteRange) {
    self.op = op
    self.lhs = lhs
    self.rhs = rhs
    super.init(range: range, isStepInvariant: lhs.isStepInvariant && rhs.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let left = try lhs.scalar(context, steps)
    try context.take(left.count)
    let right = try rhs.scalar(context, steps)
    context.give(left.count)
    return .scalar(
      zip(left, right).map { left, right in
        op.isComparison ? (op.holds(left, right) ? 1 : 0) : op.arithmetic(left, right)
      })
  }
}

/// `-x` and `+x`.
final class MinusNode: PlanNode {
  private let operand: PlanNode
  private var names = NameDropper()

  init(_ operand: PlanNode, range: ByteRange) {
    self.operand = operand
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let result = try operand.evaluate(context, steps)
    context.give(result.samples)
    switch result {
    case .scalar(let values): return .scalar(values.map { -$0 })
    case .string: throw QueryError(.execution, "a number or vector was expected")
    case .vector(let block):
      return try .vector(names.apply(to: block.mapped { (-$0).asValue }, context))
    }
  }
}

/// `scalar(v)`: the only sample, or NaN when there is not exactly one.
final class ToScalarNode: PlanNode {
  private let operand: PlanNode

  init(_ operand: PlanNode, range: ByteRange) {
    self.operand = operand
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let block = try operand.vector(context, steps)
    return .scalar(
      (0..<steps.count).map { step in
        var found: Double?
        for row in 0..<block.rows {
          let value = block.values[row * block.steps + step]
          guard value.isPresent else { continue }
          if found != nil { return .nan }
          found = value
        }
        return found ?? .nan
      })
  }
}

/// `vector(s)`: a scalar as a vector of one element without labels.
final class ToVectorNode: PlanNode {
  private let operand: PlanNode
  private let table = SeriesTable([.empty])

  init(_ operand: PlanNode, range: ByteRange) {
    self.operand = operand
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let values = try operand.scalar(context, steps)
    return .vector(Block(table, steps: steps.count, values: values.map(\.asValue)))
  }
}
