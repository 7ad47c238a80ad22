import PromQL

/// What came of an evaluation.
package struct Outcome: Equatable, Sendable {
  package enum Verdict: Equatable, Sendable {
    case passed
    case failed(String)
    case skipped(String)
  }

  /// Of the `eval`, from 1; of a command that failed, its own.
  package var line: Int
  package var verdict: Verdict
}

extension Script {
  /// How Prometheus sets its engine for these tests.
  static let engine: EngineOptions = {
    var options = EngineOptions()
    options.lookbackDelta = 300_000
    options.subqueryStep = 60_000
    options.maximumSamples = 10_000
    options.delaysNameRemoval = true
    return options
  }()

  /// Runs all commands in order.
  ///
  /// Every instant evaluation is up to 12: also as the middle of a range, and pinned by `@` to its
  /// time and evaluated at others. Needs a stack of 16 MiB, as the parser does.
  package func run() -> [Outcome] {
    var run = ScriptRun()
    for command in commands {
      switch command {
      case .clear: run = ScriptRun(outcomes: run.outcomes)
      case .load(let load): run.load(load)
      case .evaluate(let evaluation): run.evaluate(evaluation)
      }
    }
    return run.outcomes
  }
}

/// The samples loaded so far and what came of the evaluations.
private struct ScriptRun {
  var outcomes: [Outcome] = []
  private var source = MemorySource()
  /// Series that could not be loaded.
  private var dropped: Set<LabelSet> = []

  init(outcomes: [Outcome] = []) { self.outcomes = outcomes }

  private mutating func note(_ line: Int, _ verdict: Outcome.Verdict) {
    outcomes.append(Outcome(line: line, verdict: verdict))
  }

  mutating func load(_ load: Script.Load) {
    for series in load.series where series.hasHistogram { dropped.insert(series.labels) }
    if load.hasNativeHistograms {
      dropped.formUnion(load.series.compactMap { Self.nativeHistogram(of: $0.labels) })
    }
    // Of two lines for one series the later one counts.
    var last: [LabelSet: Int] = [:]
    for (index, series) in load.series.enumerated() { last[series.labels] = index }
    for (index, series) in load.series.enumerated()
    where last[series.labels] == index && !dropped.contains(series.labels) {
      for (index, value) in series.values.enumerated() {
        guard case .number(let number) = value else { continue }
        let (time, overflows) = Int64(index).multipliedReportingOverflow(by: load.step)
        if overflows || !source.append(series.labels, time: time, value: number) {
          return note(load.line, .failed("\(series.labels) has another value at \(time) ms"))
        }
      }
    }
  }

  /// The histogram that a bucket belongs to.
  private static func nativeHistogram(of labels: LabelSet) -> LabelSet? {
    guard let name = labels.metricName, name.hasSuffix("_bucket"), labels["le"] != nil else {
      return nil
    }
    return labels.dropping(["le"]).setting(LabelSet.nameLabel, to: String(name.dropLast(7)))
  }

  mutating func evaluate(_ evaluation: Script.Evaluation) {
    note(evaluation.line, verdict(on: evaluation))
  }

  private func verdict(on evaluation: Script.Evaluation) -> Outcome.Verdict {
    let expression: Expression
    do throws(ParseErrors) {
      expression = try Expression(parsing: evaluation.query)
    } catch {
      return .failed(error.description)
    }
    if let reason = reasonToSkip(evaluation, expression) { return .skipped(reason) }
    do throws(Objection) {
      switch evaluation.mode {
      case .range: try check(evaluation, expression, text: evaluation.query)
      case .instant(let time):
        try check(evaluation, expression, text: evaluation.query)
        try checkPinned(evaluation, expression, at: time)
      }
      return .passed
    } catch {
      switch error {
      case .failed(let why): return .failed(why)
      case .skipped(let why): return .skipped(why)
      }
    }
  }

  private func reasonToSkip(
    _ evaluation: Script.Evaluation, _ expression: Expression
  ) -> String? {
    if let first = expression.unsupported.first { return first.text(in: evaluation.query) }
    if evaluation.expectations.hasHistogram { return "native histograms are not supported" }
    for selector in expression.selectors {
      let series = dropped.filter { labels in selector.matchers.allSatisfy { $0.matches(labels) } }
      if let first = series.min() { return "\(first) could not be loaded" }
    }
    return nil
  }

  enum Objection: Error {
    case failed(String)
    case skipped(String)
  }

  // MARK: - One evaluation in one way

  /// As it is written.
  private func check(
    _ evaluation: Script.Evaluation, _ expression: Expression, text: String
  ) throws(Objection) {
    let result = try run(expression, evaluation.mode, evaluation.expectations)
    guard let result else { return }
    if let why = Comparison.difference(
      result.annotations, in: text, from: evaluation.expectations)
    {
      throw .failed(why)
    }
    try compare(result.value, evaluation.expectations, evaluation.mode)
    if case .instant(let time) = evaluation.mode {
      try checkInRange(result.value, evaluation.expectations, expression, at: time)
    }
  }

  /// The result; `nil` when it failed as it should.
  private func run(
    _ expression: Expression, _ mode: Script.Mode, _ expectations: Expectations
  ) throws(Objection) -> QueryResult? {
    let result: QueryResult
    do throws(QueryError) {
      let query = try Query(expression, options: Script.engine)
      switch mode {
      case .instant(let time): result = try query.evaluate(at: time, over: source)
      case .range(let span):
        result = try query.evaluate(
          from: span.start, through: span.end, step: span.step, over: source)
      }
    } catch {
      if error.reason == .notSupported { throw .skipped(error.message) }
      guard let failure = expectations.failure else { throw .failed(error.message) }
      guard Comparison.matches(error.message, failure) else {
        throw .failed("expected the error \(failure), got: \(error.message)")
      }
      return nil
    }
    if expectations.failure != nil { throw .failed("expected an error, there is none") }
    return result
  }

  private func compare(
    _ value: QueryValue, _ expectations: Expectations, _ mode: Script.Mode
  ) throws(Objection) {
    if let why = Comparison.difference(value, from: expectations, mode: mode) {
      throw .failed(why)
    }
  }

  // MARK: - The same in other ways

  /// As the middle of a range from a minute before to a minute after.
  private func checkInRange(
    _ value: QueryValue, _ expectations: Expectations, _ expression: Expression, at time: Int64
  ) throws(Objection) {
    let isScalar: Bool
    switch value {
    case .scalar: isScalar = true
    case .vector: isScalar = false
    case .string, .matrix: return
    }
    guard !expectations.isOrdered, !AtRewriting.dependsOnRange(expression) else { return }
    let span = Script.Span(start: time - 60_000, end: time + 60_000, step: 60_000)
    do throws(Objection) {
      guard case .matrix(let series)? = try run(expression, .range(span), Expectations())?.value
      else { return }
      let middle = series.compactMap { series in
        series.samples.first { $0.time == time }
          .map { VectorElement(labels: series.labels, sample: $0) }
      }
      let number = middle.first.map { QueryValue.scalar($0.sample) }
      try compare(
        isScalar ? number ?? .vector([]) : .vector(middle), expectations, .instant(time))
    } catch {
      throw error.prefixed("in a range query: ")
    }
  }

  private func checkPinned(
    _ evaluation: Script.Evaluation, _ expression: Expression, at time: Int64
  ) throws(Objection) {
    guard !AtRewriting.dependsOnTime(expression) else { return }
    let text = AtRewriting.pinned(expression, at: time).description
    let others =
      time == 0
      ? [-1000, 0, 1000]
      : [time.times(-10), 0, time / 5, time, time.times(10)]
    do throws(Objection) {
      let pinned: Expression
      do throws(ParseErrors) {
        pinned = try Expression(parsing: text)
      } catch {
        throw .failed(error.description)
      }
      for other in others {
        do throws(Objection) {
          let result = try run(pinned, .instant(other), evaluation.expectations)
          guard let result else { continue }
          try compare(result.value, evaluation.expectations, .instant(other))
          try checkInRange(result.value, evaluation.expectations, pinned, at: other)
        } catch {
          throw error.prefixed("at \(other) ms: ")
        }
      }
    } catch {
      throw error.prefixed("as \(text): ")
    }
  }
}

extension ScriptRun.Objection {
  fileprivate func prefixed(_ prefix: String) -> Self {
    switch self {
    case .failed(let why): .failed(prefix + why)
    case .skipped(let why): .skipped(prefix + why)
    }
  }
}

extension Int64 {
  /// Times beyond all reason stay as they are.
  fileprivate func times(_ factor: Int64) -> Int64 {
    let (product, overflows) = multipliedReportingOverflow(by: factor)
    return overflows ? self : product
  }
}
