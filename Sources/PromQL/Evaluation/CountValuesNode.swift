import Signals

/// `count_values`: how many elements of a group have each value, the value as a label.
final class CountValuesNode: PlanNode {
  private let label: String
  private let operand: PlanNode
  private let isWithout: Bool
  private let grouping: [String]

  init(_ node: AggregateExpression, _ operand: PlanNode, label: String) {
    self.label = label
    self.operand = operand
    isWithout = node.isWithout
    grouping = node.grouping
    super.init(range: node.range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    guard !label.isEmpty else {
      throw QueryError(.execution, "invalid label name \(label.quoted)")
    }
    let block = try operand.vector(context, steps)
    var places: [LabelSet: Int] = [:]
    var labels: [LabelSet] = []
    var drops: [Bool] = []
    var counts: [[Double]] = []
    for row in 0..<block.rows {
      try context.checkTime(beforeTouching: steps.count)
      for step in 0..<steps.count {
        let value = block.values[row * steps.count + step]
        guard value.isPresent else { continue }
        let key = key(block.table[row], value)
        let place = places[key] ?? labels.count
        if place == labels.count {
          try context.take(steps.count)
          places[key] = place
          labels.append(key)
          drops.append(false)
          counts.append([Double](repeating: Block.absent, count: steps.count))
        }
        if block.table.dropsName[row] { drops[place] = true }
        let count = counts[place][step]
        counts[place][step] = count.isPresent ? count + 1 : 1
      }
    }
    context.give(labels.count * steps.count)
    return .vector(
      Block(
        SeriesTable(labels, dropsName: drops), steps: steps.count, values: counts.flatMap { $0 }))
  }

  /// `without` drops the new label too when it names it; `by` always keeps it.
  private func key(_ labels: LabelSet, _ value: Double) -> LabelSet {
    let text = FloatText.decimal(value)
    return isWithout
      ? labels.setting(label, to: text).dropping(grouping + [LabelSet.nameLabel])
      : labels.keeping(grouping).setting(label, to: text)
  }
}
