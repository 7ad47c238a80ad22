/// The rows of a table in groups of equal grouping labels.
struct RowGroups {
  /// The group of each row.
  let ofRow: [Int]
  let table: SeriesTable
  var count: Int { table.count }

  init(_ table: SeriesTable, isWithout: Bool, _ names: [String]) {
    var numbers: [LabelSet: Int] = [:]
    var labels: [LabelSet] = []
    var drops: [Bool] = []
    var ofRow: [Int] = []
    let keys =
      isWithout
      ? table.labels(dropping: names + [LabelSet.nameLabel]) : table.labels(keeping: names)
    for (row, key) in keys.enumerated() {
      let group = numbers[key] ?? labels.count
      if group == labels.count {
        numbers[key] = group
        labels.append(key)
        drops.append(false)
      }
      if table.dropsName[row] { drops[group] = true }
      ofRow.append(group)
    }
    self.ofRow = ofRow
    self.table = SeriesTable(labels, dropsName: drops)
  }

  /// The rows of each group, in their order.
  var rows: [[Int]] {
    var rows = [[Int]](repeating: [], count: count)
    for (row, group) in ofRow.enumerated() { rows[group].append(row) }
    return rows
  }
}

/// `sum`, `avg`, `count`, `min`, `max`, `group`, `stddev`, `stdvar`, `quantile`: one value a group.
final class AggregateNode: PlanNode {
  private let op: AggregateOperator
  private let operand: PlanNode
  private let parameter: PlanNode?
  private let isWithout: Bool
  private let grouping: [String]
  private var groups = Memo<RowGroups>()

  init(_ node: AggregateExpression, _ operand: PlanNode, _ parameter: PlanNode?) {
    op = node.op
    self.operand = operand
    self.parameter = parameter
    isWithout = node.isWithout
    grouping = node.grouping
    super.init(
      range: node.range,
      isStepInvariant: operand.isStepInvariant && parameter?.isStepInvariant ?? true)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let parameters = try parameter?.scalar(context, steps)
    try context.take(parameters?.count ?? 0)
    let block = try operand.vector(context, steps)
    context.give(parameters?.count ?? 0)
    let groups = try groups.value(for: block.table) {
      RowGroups(block.table, isWithout: isWithout, grouping)
    }
    var result = Block(absent: groups.table, steps: steps.count)
    for step in 0..<steps.count {
      try context.checkTime(beforeTouching: block.rows)
      let column =
        op == .quantile
        ? quantiles(block, step, groups, parameters?[step] ?? .nan, context)
        : fold(block, step, groups)
      for group in column.indices { result.values[group * steps.count + step] = column[group] }
    }
    return .vector(result)
  }

  private func fold(_ block: Block, _ step: Int, _ groups: RowGroups) -> [Double] {
    switch op {
    case .sum: folded(block, step, groups, CompensatedSum())
    case .avg: folded(block, step, groups, Mean())
    case .count: folded(block, step, groups, Tally())
    case .group: folded(block, step, groups, Presence())
    case .min: folded(block, step, groups, Least())
    case .max: folded(block, step, groups, Greatest())
    case .stddev: folded(block, step, groups, StandardDeviation())
    default: folded(block, step, groups, Variance())
    }
  }

  private func folded<F: Fold>(
    _ block: Block, _ step: Int, _ groups: RowGroups, _ initial: F
  ) -> [Double] {
    var folds = [F](repeating: initial, count: groups.count)
    var isPresent = [Bool](repeating: false, count: groups.count)
    addAll(of: block, step, groups, to: folds.mutableSpan, isPresent.mutableSpan)
    return folds.indices.map { isPresent[$0] ? folds[$0].result.asValue : Block.absent }
  }

  private func addAll<F: Fold>(
    of block: Block, _ step: Int, _ groups: RowGroups, to folds: consuming MutableSpan<F>,
    _ isPresent: consuming MutableSpan<Bool>
  ) {
    let values = block.values.span
    let ofRow = groups.ofRow.span
    for row in ofRow.indices {
      let value = values[row * block.steps + step]
      guard value.isPresent else { continue }
      isPresent[ofRow[row]] = true
      folds[ofRow[row]].add(value)
    }
  }

  private func quantiles(
    _ block: Block, _ step: Int, _ groups: RowGroups, _ quantile: Double,
    _ context: EvaluationContext
  ) -> [Double] {
    if Quantile.isOutside(quantile) {
      context.annotate(.warning, Notes.badQuantile(quantile), parameter?.range ?? range)
    }
    var members = [[Double]](repeating: [], count: groups.count)
    for row in 0..<block.rows {
      let value = block.values[row * block.steps + step]
      if value.isPresent { members[groups.ofRow[row]].append(value) }
    }
    return members.map { values in
      var values = values
      return values.isEmpty ? Block.absent : Quantile.of(&values, at: quantile).asValue
    }
  }
}
