/// `and`, `or` and `unless` between instant vectors.
final class SetOperatorNode: PlanNode {
  private let op: BinaryOperator
  private let lhs: PlanNode
  private let rhs: PlanNode
  private let matching: VectorMatching
  private var matches = Memo<SeriesMatch>()
  private var unions = Memo<SeriesTable>()
  private var normalizer = Normalizer()

  init(
    _ op: BinaryOperator, _ lhs: PlanNode, _ rhs: PlanNode, _ matching: VectorMatching,
    range: ByteRange
  ) {
    self.op = op
    self.lhs = lhs
    self.rhs = rhs
    self.matching = matching
    super.init(range: range, isStepInvariant: lhs.isStepInvariant && rhs.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let left = try lhs.vector(context, steps)
    try context.take(left.values.count)
    let right = try rhs.vector(context, steps)
    context.give(left.values.count)
    let match = try matches.value(for: left.table, right.table) {
      SeriesMatch(matching, left.table, right.table)
    }
    switch op {
    case .and:
      return .vector(filtered(left, match.left, by: right, match.right, match, keeps: true))
    case .unless:
      return .vector(filtered(left, match.left, by: right, match.right, match, keeps: false))
    default:
      return try .vector(normalizer.apply(to: union(left, right, match)))
    }
  }

  /// The samples of `block` whose signature is (or is not) among those of `other` at the step.
  private func filtered(
    _ block: Block, _ signatures: [Int], by other: Block, _ otherSignatures: [Int],
    _ match: SeriesMatch, keeps: Bool
  ) -> Block {
    var result = block
    var seen = [Bool](repeating: false, count: match.signatureCount)
    for step in 0..<block.steps {
      for index in seen.indices { seen[index] = false }
      for row in 0..<other.rows where other.values[row * other.steps + step].isPresent {
        seen[otherSignatures[row]] = true
      }
      for row in 0..<block.rows where seen[signatures[row]] != keeps {
        result.values[row * block.steps + step] = Block.absent
      }
    }
    return result
  }

  /// All of the left, and of the right what has no signature of the left.
  private func union(
    _ left: Block, _ right: Block, _ match: SeriesMatch
  ) throws(QueryError) -> Block {
    let rest = filtered(right, match.right, by: left, match.left, match, keeps: false)
    let table = try unions.value(for: left.table, right.table) {
      SeriesTable(
        left.table.labels + right.table.labels,
        dropsName: left.table.dropsName + right.table.dropsName)
    }
    return Block(table, steps: left.steps, values: left.values + rest.values)
  }
}
