import Signals

/// An instant selector: of each series the newest sample within the lookback.
final class SelectorNode: PlanNode {
  private let series: SelectedSeries
  /// Gives the samples' times in seconds instead of their values: `timestamp(selector)`.
  private let givesTimes: Bool

  init(_ selector: VectorSelector, givesTimes: Bool = false) {
    series = SelectedSeries(selector)
    self.givesTimes = givesTimes
    super.init(range: selector.range, isStepInvariant: selector.at != nil)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    guard steps.count > 0 else { return .vector(.empty(steps: 0)) }
    let lookback = context.options.lookbackDelta
    let first = series.reference(steps.start, context).subtractingSaturating(lookback)
    let last = series.reference(steps.last, context)
    let (table, handles) = series.select(
      context, from: first.addingSaturating(1), through: last)
    if steps.isInstant, let block = newest(context, table, handles, after: first, through: last) {
      return .vector(block)
    }
    try context.take(table.count * steps.count)
    context.give(table.count * steps.count)
    var block = Block(absent: table, steps: steps.count)
    try context.read(handles, after: first, through: last, keepingStaleMarkers: true) {
      row, samples throws(QueryError) in
      try context.checkTime(beforeTouching: samples.count + steps.count)
      fill(&block, row: row, from: samples, context, steps)
    }
    return .vector(block)
  }

  /// The fast path: a source that keeps columns gives one at once.
  private func newest(
    _ context: EvaluationContext, _ table: SeriesTable, _ handles: [Int], after: Int64,
    through: Int64
  ) -> Block? {
    var times = [Int64](repeating: 0, count: handles.count)
    var values = [Double](repeating: Block.absent, count: handles.count)
    guard
      context.source.latest(
        handles, after: after, through: through, times: &times, values: &values)
    else { return nil }
    if givesTimes {
      for row in values.indices where values[row].isPresent {
        values[row] = Double(times[row]) / 1000
      }
    }
    return Block(table, steps: 1, values: values)
  }

  private func fill(
    _ block: inout Block, row: Int, from samples: SampleBuffer, _ context: EvaluationContext,
    _ steps: Steps
  ) {
    guard samples.count > 0 else { return }
    var next = 0  // the first sample later than the step
    for step in 0..<steps.count {
      let reference = series.reference(steps[step], context)
      while next < samples.count, samples.times[next] <= reference { next += 1 }
      guard next > 0 else { continue }
      let time = samples.times[next - 1]
      let value = samples.values[next - 1]
      guard time > reference.subtractingSaturating(context.options.lookbackDelta),
        !value.isStaleMarker
      else { continue }
      block.values[row * steps.count + step] = givesTimes ? Double(time) / 1000 : value
    }
  }
}
