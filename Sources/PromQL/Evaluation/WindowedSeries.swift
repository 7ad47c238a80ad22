import Signals

/// Where a range function's windows come from: a range selector or a subquery.
enum WindowedSeries {
  case selector(SelectedSeries, range: ByteRange)
  case subquery(inner: PlanNode, step: Int64?, offset: Int64, at: AtModifier?)

  /// The metric's name as it is written, for annotations.
  var metricName: String {
    if case .selector(let series, _) = self { series.metricName } else { "" }
  }

  /// The end of the window when the query is evaluated at `time`.
  func reference(_ time: Int64, _ context: EvaluationContext) -> Int64 {
    switch self {
    case .selector(let series, _): series.reference(time, context)
    case .subquery(_, _, let offset, let at):
      context.fixed(time, at: at).subtractingSaturating(offset)
    }
  }

  /// Reads the series whose samples fall into a window of one of the steps; `body` gets each with
  /// everything between the first window's start and the last one's end, without stale markers.
  ///
  /// - Returns: the rows' labels.
  func read(
    _ context: EvaluationContext, _ steps: Steps, window: Int64,
    prepare: (SeriesTable) throws(QueryError) -> Void,
    _ body: (_ row: Int, _ samples: SampleBuffer) throws(QueryError) -> Void
  ) throws(QueryError) -> SeriesTable {
    let after = reference(steps.start, context).subtractingSaturating(window)
    let through = reference(steps.last, context)
    switch self {
    case .selector(let series, _):
      let (table, handles) = series.select(
        context, from: after.addingSaturating(1), through: through)
      try prepare(table)
      try context.read(handles, after: after, through: through, body)
      return table
    case .subquery(let inner, let step, _, _):
      let block = try Self.evaluate(
        inner, context, step: step ?? context.options.subqueryStep, after: after, through: through)
      try prepare(block.block.table)
      try context.take(block.block.values.count)
      try block.forEachRow(context, body)
      context.give(block.block.values.count)
      return block.block.table
    }
  }

  /// The inner expression at the multiples of the step in `after < time <= through`.
  private static func evaluate(
    _ inner: PlanNode, _ context: EvaluationContext, step: Int64, after: Int64, through: Int64
  ) throws(QueryError) -> SubqueryBlock {
    guard step > 0 else {
      throw QueryError(.execution, "the step of a subquery must be greater than 0")
    }
    var start = (after / step).multipliedSaturating(by: step)
    if start <= after { start = start.addingSaturating(step) }
    guard
      let steps = Steps(
        from: start, through: through, interval: step, limit: context.options.maximumSamples)
    else {
      throw QueryError(
        .tooManySamples,
        "query processing would load too many samples into memory in query execution")
    }
    guard steps.count > 0 else { return SubqueryBlock(block: .empty(steps: 0), steps: steps) }
    switch try inner.evaluate(context, steps) {
    case .vector(let block):
      context.give(block.values.count)
      return SubqueryBlock(block: block, steps: steps)
    case .scalar(let values):
      context.give(values.count)
      let block = Block(SeriesTable([.empty]), steps: steps.count, values: values)
      return SubqueryBlock(block: block, steps: steps)
    case .string:
      throw QueryError(.execution, "a subquery of a string")
    }
  }
}

/// What a subquery's inner expression came to.
private struct SubqueryBlock {
  let block: Block
  let steps: Steps

  func forEachRow(
    _ context: EvaluationContext,
    _ body: (_ row: Int, _ samples: SampleBuffer) throws(QueryError) -> Void
  ) throws(QueryError) {
    var samples = SampleBuffer()
    for row in 0..<block.rows {
      try context.checkTime(beforeTouching: steps.count)
      samples.removeAll()
      for step in 0..<steps.count {
        let value = block.values[row * steps.count + step]
        if value.isPresent { samples.append(time: steps[step], value: value) }
      }
      try body(row, samples)
    }
  }
}

extension Int64 {
  /// The product, or the end of the range that it would have left.
  func multipliedSaturating(by other: Int64) -> Int64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}
