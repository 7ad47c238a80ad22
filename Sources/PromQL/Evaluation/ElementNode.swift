/// A function of one element at a time: `abs(v)`, `round(v, 5)`, `clamp(v, 0, 1)`, `hour(v)`.
final class ElementNode: PlanNode {
  /// The value, the instant of the step, and the scalar arguments at that step; `nil`: no element.
  typealias Transform = (_ value: Double, _ time: Int64, _ parameters: [Double]) -> Double?

  private let operand: PlanNode
  private let parameters: [PlanNode]
  private let transform: Transform
  private var names = NameDropper()

  /// `dependsOnTime`: `transform` looks at the step's instant.
  init(
    _ operand: PlanNode, parameters: [PlanNode] = [], range: ByteRange, dependsOnTime: Bool = false,
    _ transform: @escaping Transform
  ) {
    self.operand = operand
    self.parameters = parameters
    self.transform = transform
    super.init(
      range: range,
      isStepInvariant: !dependsOnTime && operand.isStepInvariant
        && parameters.allSatisfy(\.isStepInvariant))
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let columns = try context.take(parameters, steps)
    var block = try operand.vector(context, steps)
    context.give(columns.count * steps.count)
    for step in 0..<block.steps {
      let arguments = columns.map { $0[step] }
      for row in 0..<block.rows {
        let index = row * block.steps + step
        let value = block.values[index]
        guard value.isPresent else { continue }
        block.values[index] =
          transform(value, steps[step], arguments).map(\.asValue) ?? Block.absent
      }
    }
    return try .vector(names.apply(to: block, context))
  }
}

/// A function of floats that gives nothing for them: those of native histograms.
final class NothingNode: PlanNode {
  private let operand: PlanNode

  init(_ operand: PlanNode, range: ByteRange) {
    self.operand = operand
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    _ = try operand.vector(context, steps)
    return .vector(.empty(steps: steps.count))
  }
}
