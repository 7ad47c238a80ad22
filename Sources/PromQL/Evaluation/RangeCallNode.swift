import Signals

/// A function of windows: `rate(x[5m])`, `max_over_time(x[1h:])`.
final class RangeCallNode: PlanNode {
  private let function: RangeFunction
  private let series: WindowedSeries
  private let window: Int64
  private let parameter: PlanNode?
  /// Where the range vector is written.
  private let argumentRange: ByteRange
  private var names = NameDropper()
  private var notCounters = Memo<[(row: Int, name: String)]>()
  private var normalizer = Normalizer()

  init(
    _ function: RangeFunction, of series: WindowedSeries, window: Int64, parameter: PlanNode?,
    argumentRange: ByteRange, range: ByteRange, isStepInvariant: Bool
  ) {
    self.function = function
    self.series = series
    self.window = window
    self.parameter = parameter
    self.argumentRange = argumentRange
    super.init(range: range, isStepInvariant: isStepInvariant)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    guard steps.count > 0 else { return .vector(.empty(steps: 0)) }
    let parameters = try parameter?.scalar(context, steps)
    try context.take(parameters?.count ?? 0)
    defer { context.give(parameters?.count ?? 0) }
    noteQuantiles(parameters, context)
    if case .selector(let series, _) = series {
      let block =
        function.needsEndsOnly
        ? try fromEnds(series, context, steps) : try fromColumns(series, context, steps)
      if let block { return try .vector(finish(block, context)) }
    }
    var values: [Double] = []
    let table = try series.read(
      context, steps, window: window,
      prepare: { table throws(QueryError) in
        try context.take(table.count * steps.count)
        context.give(table.count * steps.count)
        values = [Double](repeating: Block.absent, count: table.count * steps.count)
      },
      { row, samples throws(QueryError) in
        try apply(to: samples, row: row, into: &values, context, steps, parameters)
      })
    return try .vector(finish(Block(table, steps: steps.count, values: values), context))
  }

  /// Slides the window over the samples of a row.
  private func apply(
    to samples: SampleBuffer, row: Int, into values: inout [Double], _ context: EvaluationContext,
    _ steps: Steps, _ parameters: [Double]?
  ) throws(QueryError) {
    var low = 0
    var high = 0
    let count = samples.count
    for step in 0..<steps.count {
      let end = series.reference(steps[step], context)
      let start = end.subtractingSaturating(window)
      while high < count, samples.times[high] <= end { high += 1 }
      while low < high, samples.times[low] <= start { low += 1 }
      try context.checkTime(beforeTouching: high - low)
      guard low < high else { continue }
      let result = function.apply(
        samples.times.span.extracting(low..<high), samples.values.span.extracting(low..<high),
        WindowContext(
          window: window, end: end, evaluationTime: steps[step],
          parameter: parameters?[step] ?? 0))
      if let result { values[row * steps.count + step] = result.asValue }
    }
  }

  /// The fast path: a source that knows the ends of windows.
  private func fromEnds(
    _ series: SelectedSeries, _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Block? {
    let first = series.reference(steps.start, context).subtractingSaturating(window)
    let (table, handles) = series.select(
      context, from: first.addingSaturating(1), through: series.reference(steps.last, context))
    try context.take(table.count * steps.count)
    context.give(table.count * steps.count)
    var block = Block(absent: table, steps: steps.count)
    var ends = [WindowEnds](repeating: WindowEnds(), count: handles.count)
    for step in 0..<steps.count {
      try context.checkTime(beforeTouching: handles.count)
      let end = series.reference(steps[step], context)
      guard
        context.source.ends(
          handles, after: end.subtractingSaturating(window), through: end, into: &ends)
      else { return nil }
      let window = WindowContext(
        window: window, end: end, evaluationTime: steps[step], parameter: 0)
      for row in ends.indices {
        if let value = function.extrapolated(ends[row], window) {
          block.values[row * steps.count + step] = value.asValue
        }
      }
    }
    return block
  }

  /// The fast path of an instant query: a source that keeps columns is read column by column.
  private func fromColumns(
    _ series: SelectedSeries, _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Block? {
    guard steps.isInstant else { return nil }
    let through = series.reference(steps.start, context)
    let after = through.subtractingSaturating(window)
    let (table, handles) = series.select(
      context, from: after.addingSaturating(1), through: through)
    let values = function.applyToColumns(
      of: context.source, handles, after: after, through: through)
    return values.map { Block(table, steps: 1, values: $0) }
  }

  private func finish(
    _ block: Block, _ context: EvaluationContext
  ) throws(QueryError) -> Block {
    try noteIfNoCounter(block, context)
    return try function.keepsName
      ? normalizer.apply(to: block) : names.apply(to: block, context)
  }

  private func noteQuantiles(_ parameters: [Double]?, _ context: EvaluationContext) {
    guard function == .quantileOverTime, let parameters else { return }
    for quantile in parameters where Quantile.isOutside(quantile) {
      context.annotate(.warning, Notes.badQuantile(quantile), parameter?.range ?? range)
    }
  }

  /// Rows of metrics that are no counters by their names, and those names.
  private static func notCounters(_ table: SeriesTable) -> [(row: Int, name: String)] {
    let suffixes = ["_total", "_sum", "_count", "_bucket"]
    return table.labels.enumerated().compactMap { row, labels in
      guard let name = labels.metricName, !suffixes.contains(where: { name.hasSuffix($0) }) else {
        return nil
      }
      return (row, name)
    }
  }

  private func noteIfNoCounter(
    _ block: Block, _ context: EvaluationContext
  ) throws(QueryError) {
    guard function.isForCounters else { return }
    let table = block.table
    for (row, name) in try notCounters.value(for: table, make: { Self.notCounters(table) })
    where block.hasSamples(row: row) {
      context.annotate(.info, Notes.noCounter(name), argumentRange)
    }
  }
}
