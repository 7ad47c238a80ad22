/// What a node comes to over the steps of an evaluation.
enum Evaluated {
  /// A value for each step.
  case scalar([Double])
  case string(String)
  case vector(Block)

  /// Samples that it holds, as the budget counts them.
  var samples: Int {
    switch self {
    case .scalar(let values): values.count
    case .string: 0
    case .vector(let block): block.values.count
    }
  }
}

/// An expression made ready to be evaluated, again and again: what follows from labels alone is
/// kept from one evaluation to the next. Not shared between threads.
class PlanNode {
  /// The bytes of the query that the node came from.
  let range: ByteRange
  /// Whether every step gives the same: all times below are fixed by `@`.
  let isStepInvariant: Bool

  init(range: ByteRange, isStepInvariant: Bool) {
    self.range = range
    self.isStepInvariant = isStepInvariant
  }

  /// Evaluates at each of the steps. To be overridden; callers use `evaluate`.
  func compute(_ context: EvaluationContext, _ steps: Steps) throws(QueryError) -> Evaluated {
    preconditionFailure("\(type(of: self)) computes nothing")
  }

  /// Evaluates at each of the steps, what does not depend on them once.
  final func evaluate(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    try context.checkTime(beforeTouching: steps.count)
    guard isStepInvariant, steps.count > 1 else {
      let result = try compute(context, steps)
      try context.take(result.samples)
      return result
    }
    let once = try compute(context, Steps(at: steps.start)).repeated(steps.count, context)
    try context.take(once.samples)
    return once
  }

  final func vector(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Block {
    guard case .vector(let block) = try evaluate(context, steps) else {
      throw QueryError(.execution, "an instant vector was expected")
    }
    context.give(block.values.count)
    return block.inOrder
  }

  final func scalar(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> [Double] {
    guard case .scalar(let values) = try evaluate(context, steps) else {
      throw QueryError(.execution, "a scalar was expected")
    }
    context.give(values.count)
    return values
  }
}

extension Evaluated {
  /// The value of one step at each of `count` steps.
  fileprivate func repeated(
    _ count: Int, _ context: EvaluationContext
  ) throws(QueryError) -> Evaluated {
    switch self {
    case .scalar(let values):
      return .scalar([Double](repeating: values.first ?? .nan, count: count))
    case .string: return self
    case .vector(let block):
      try context.take(block.values.count * count)
      context.give(block.values.count * count)
      var values: [Double] = []
      values.reserveCapacity(block.values.count * count)
      for value in block.values { values.append(contentsOf: repeatElement(value, count: count)) }
      return .vector(Block(block.table, steps: count, values: values))
    }
  }
}
