import Signals

/// `selector smoothed`: between two samples the value on the line from one to the other; after the
/// last one its value, as long as the lookback goes.
final class SmoothedNode: PlanNode {
  private let series: SelectedSeries

  init(_ selector: VectorSelector) {
    series = SelectedSeries(selector)
    super.init(range: selector.range, isStepInvariant: selector.at != nil)
  }

  override func compute(
    _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> Evaluated {
    guard steps.count > 0 else { return .vector(.empty(steps: 0)) }
    let lookback = context.options.lookbackDelta
    let after = series.reference(steps.start, context).subtractingSaturating(lookback)
    let through = series.reference(steps.last, context).addingSaturating(lookback)
    let (table, handles) = series.select(
      context, from: after.addingSaturating(1), through: through)
    try context.take(table.count * steps.count)
    context.give(table.count * steps.count)
    var block = Block(absent: table, steps: steps.count)
    try context.read(handles, after: after, through: through) { row, samples throws(QueryError) in
      try context.checkTime(beforeTouching: samples.count + steps.count)
      for step in 0..<steps.count {
        let time = series.reference(steps[step], context)
        if let value = Self.value(at: time, in: samples, lookback: lookback) {
          block.values[row * steps.count + step] = value.asValue
        }
      }
    }
    return .vector(block)
  }

  private static func value(at time: Int64, in samples: SampleBuffer, lookback: Int64) -> Double? {
    let next = firstIndex(in: samples.times, after: time)
    guard next > 0, samples.times[next - 1] > time.subtractingSaturating(lookback) else {
      return nil
    }
    let (start, first) = (samples.times[next - 1], samples.values[next - 1])
    guard start < time, next < samples.count,
      samples.times[next] <= time.addingSaturating(lookback)
    else { return first }
    let share =
      Double(time.subtractingSaturating(start))
      / Double(samples.times[next].subtractingSaturating(start))
    return first + (samples.values[next] - first) * share
  }
}
