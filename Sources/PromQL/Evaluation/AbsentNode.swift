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

  /// The labels of `absent(selector)`: of each label that has one matcher, an equality, its value.
  static func labels(of expression: Expression) -> LabelSet {
    let matchers: [Matcher]
    switch expression {
    case .vector(let selector): matchers = selector.matchers
    case .matrix(let matrix): matchers = matrix.selector.matchers
    default: return .empty
    }
    let labels = matchers.filter { matcher in
      matcher.op == .equal && matcher.label != LabelSet.nameLabel
        && matchers.count { $0.label == matcher.label } == 1
    }
    return LabelSet(labels.map { Label(name: $0.label, value: $0.value) })
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
