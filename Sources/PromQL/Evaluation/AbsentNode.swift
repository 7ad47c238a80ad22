import Signals

/// `absent(v)`: 1 where the vector is empty, labelled with what the selector says for sure.
final class AbsentNode: PlanNode {
  private let operand: PlanNode
  private let table: SeriesTable

  init(_ operand: PlanNode, labels: LabelSet, range: ByteRange) {
    self.operand = operand
    table = SeriesTable([labels])
    super.init(range: range, isStepInvariant: operand.isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    let block = try operand.vector(context, steps)
    var result = Block(absent: table, steps: steps.count)
    for step in 0..<steps.count {
      let isEmpty = (0..<block.rows).allSatisfy {
        !block.values[$0 * block.steps + step].isPresent
      }
      if isEmpty { result.values[step] = 1 }
    }
    return .vector(result)
  }

  /// The labels of `absent(selector)`: of each label whose last matcher is its first equality, the
  /// value.
  static func labels(of expression: Expression) -> LabelSet {
    let matchers: [Matcher]
    switch expression.unwrapped {
    case .vector(let selector): matchers = selector.matchers
    case .matrix(let matrix): matchers = matrix.selector.matchers
    default: return .empty
    }
    var labels = LabelSet.empty
    var known: Set<LabelSet> = []
    for matcher in matchers where matcher.label != LabelSet.nameLabel {
      let name = LabelSet.empty.setting(matcher.label, to: "1")
      let isFirst = matcher.op == .equal && known.insert(name).inserted
      labels = labels.setting(matcher.label, to: isFirst ? matcher.value : "")
    }
    return labels
  }
}

/// `absent_over_time(v[5m])`: 1 where no series has a sample in the window.
final class AbsentOverTimeNode: PlanNode {
  private let series: WindowedSeries
  private let window: Int64
  private let table: SeriesTable

  init(
    _ series: WindowedSeries, window: Int64, labels: LabelSet, range: ByteRange,
    isStepInvariant: Bool
  ) {
    self.series = series
    self.window = window
    table = SeriesTable([labels])
    super.init(range: range, isStepInvariant: isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    guard steps.count > 0 else { return .vector(.empty(steps: 0)) }
    var result = Block(
      table, steps: steps.count, values: [Double](repeating: 1, count: steps.count))
    _ = try series.read(
      context, steps, window: window, prepare: { _ in },
      { _, samples in
        var next = 0  // the first sample later than the window's end
        for step in 0..<steps.count {
          let end = series.reference(steps[step], context)
          while next < samples.count, samples.times[next] <= end { next += 1 }
          if next > 0, samples.times[next - 1] > end.subtractingSaturating(window) {
            result.values[step] = Block.absent
          }
        }
      })
    return .vector(result)
  }
}
