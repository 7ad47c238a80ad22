/// A query made ready to be evaluated, once or again and again.
///
/// What follows from labels alone (which series a selector means, groups, pairs) is kept as long as
/// the source has the same series, so that the second evaluation costs the arithmetic only. Use it
/// from one thread at a time. Deep expressions need a stack of 16 MiB, as the parser does.
public final class Query {
  public let expression: Expression
  private let options: EngineOptions
  private let root: Root

  private enum Root {
    case node(PlanNode)
    case window(PlannedWindow)
  }

  /// - Throws: `.notSupported` for what the language has and this engine does not evaluate,
  ///   `.execution` for an expression that the parser would not have made.
  public init(
    _ expression: Expression, options: EngineOptions = EngineOptions()
  ) throws(QueryError) {
    self.expression = expression
    self.options = options
    if let first = expression.unsupported.first { throw QueryError(.notSupported, first.message) }
    let planner = Planner(options: options)
    root =
      expression.type == .matrix
      ? .window(try planner.planWindow(expression)) : .node(try planner.plan(expression))
  }

  /// The value at one instant.
  ///
  /// - Parameters:
  ///   - time: milliseconds since the Unix epoch.
  ///   - source: what is read; must not change meanwhile.
  ///   - mayContinue: asked now and then; false ends the evaluation with `.timeout`.
  /// - Returns: a scalar, string, vector or matrix, by the expression's type.
  /// - Throws: `QueryError`.
  public func evaluate(
    at time: Int64, over source: any SampleSource,
    mayContinue: @escaping () -> Bool = { true }
  ) throws(QueryError) -> QueryResult {
    let context = EvaluationContext(
      source: source, options: options, start: time, end: time, mayContinue: mayContinue)
    let steps = Steps(at: time)
    let value: QueryValue
    switch root {
    case .window(let windowed):
      value = try .matrix(samples(of: windowed, context, steps))
    case .node(let node):
      switch try node.evaluate(context, steps) {
      case .scalar(let values):
        value = .scalar(Sample(time: time, value: values.first ?? .nan))
      case .string(let text): value = .string(time: time, text)
      case .vector(let block): value = try .vector(elements(of: block, at: time))
      }
    }
    return QueryResult(
      value: value, annotations: context.annotations, peakSamples: context.peakSamples)
  }

  /// The values at `from`, `from + step`, … up to `through`: always a matrix.
  ///
  /// - Parameters:
  ///   - from: the first instant, milliseconds since the Unix epoch.
  ///   - through: no instant is later than this.
  ///   - step: milliseconds, positive.
  ///   - source: what is read; must not change meanwhile.
  ///   - mayContinue: asked now and then; false ends the evaluation with `.timeout`.
  /// - Returns: a matrix, its series sorted by labels.
  /// - Throws: `QueryError`.
  public func evaluate(
    from: Int64, through: Int64, step: Int64, over source: any SampleSource,
    mayContinue: @escaping () -> Bool = { true }
  ) throws(QueryError) -> QueryResult {
    guard case .node(let node) = root, expression.type != .string else {
      throw QueryError(
        .execution,
        "invalid expression type \(expression.type.rawValue.quoted) for range query, "
          + "must be Scalar or instant Vector")
    }
    guard
      let steps = Steps(
        from: from, through: through, interval: step, limit: options.maximumSamples)
    else {
      throw QueryError(.tooManySamples, "the range has too many steps")
    }
    let context = EvaluationContext(
      source: source, options: options, start: from, end: through, mayContinue: mayContinue)
    guard steps.count > 0 else { return QueryResult(value: .matrix([])) }
    let block: Block
    switch try node.evaluate(context, steps) {
    case .scalar(let values):
      block = Block(SeriesTable([.empty]), steps: steps.count, values: values.map(\.asValue))
    case .vector(let vector): block = vector
    case .string: throw QueryError(.execution, "a string has no range")
    }
    return QueryResult(
      value: try .matrix(series(of: block, steps)), annotations: context.annotations,
      peakSamples: context.peakSamples)
  }
}

// MARK: Results

extension Query {
  private func elements(of block: Block, at time: Int64) throws(QueryError) -> [VectorElement] {
    let finished = try finished(block)
    var elements: [VectorElement] = []
    for row in finished.order ?? Array(0..<finished.rows) where finished.values[row].isPresent {
      elements.append(
        VectorElement(
          labels: finished.table[row],
          sample: Sample(time: time, value: finished.values[row])))
    }
    return elements
  }

  private func series(of block: Block, _ steps: Steps) throws(QueryError) -> [SampleSeries] {
    let finished = try finished(block)
    var result: [SampleSeries] = []
    for row in 0..<finished.rows {
      var samples: [Sample] = []
      for step in 0..<steps.count {
        let value = finished.values[row * steps.count + step]
        if value.isPresent { samples.append(Sample(time: steps[step], value: value)) }
      }
      if !samples.isEmpty {
        result.append(SampleSeries(labels: finished.table[row], samples: samples))
      }
    }
    return result.sorted { $0.labels < $1.labels }
  }

  /// Marked names dropped; equal label sets made one or refused.
  private func finished(_ block: Block) throws(QueryError) -> Block {
    var block = block
    guard block.table.dropsName.contains(true) else { return block }
    let table = block.table.finished
    block.table = table
    guard table.hasDuplicates else { return block }
    let order = block.order
    var merged = try RowMerge(table).apply(to: block)
    if order != nil { merged.order = nil }
    return merged
  }

  private func samples(
    of windowed: PlannedWindow, _ context: EvaluationContext, _ steps: Steps
  ) throws(QueryError) -> [SampleSeries] {
    var found: [(row: Int, samples: [Sample])] = []
    let table = try windowed.series.read(
      context, steps, window: windowed.window, prepare: { _ in },
      { row, buffer throws(QueryError) in
        guard buffer.count > 0 else { return }
        try context.take(buffer.count)
        found.append(
          (row, zip(buffer.times, buffer.values).map { Sample(time: $0, value: $1) }))
      })
    let finished = table.finished
    guard !finished.hasDuplicates || Set(found.map { finished[$0.row] }).count == found.count
    else { throw .sameLabels }
    return found.map { SampleSeries(labels: finished[$0.row], samples: $0.samples) }
      .sorted { $0.labels < $1.labels }
  }
}
