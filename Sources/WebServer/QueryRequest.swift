import Patterns
import PromQL
import Signals

/// One request of the query API, answered on a thread for queries.
struct QueryRequest: Sendable {
  let parameters: QueryParameters
  let source: any QuerySource
  /// Most bytes of the answer.
  let mostBytes: Int

  /// Points of one series that a range query may ask for.
  private static let mostPoints: Int64 = 11_000

  func answer(
    _ route: QueryRoute, _ clock: QueryClock, _ prepared: PreparedQueries
  ) throws(Problem) -> [[UInt8]] {
    var writer = ResultWriter(mostBytes: mostBytes)
    switch route {
    case .query: return try instant(clock, prepared, &writer)
    case .queryRange: return try range(clock, prepared, &writer)
    case .series: return try series(clock, &writer)
    case .labels: return try labels(nil, clock, &writer)
    case .labelValues(let name): return try labels(EscapedName.unescaped(name), clock, &writer)
    case .formatQuery:
      let expression = try QueryEngine.parse(parameters["query"])
      return try writer.success { out throws(Problem) in out.string(expression.description) }
    case .parseQuery:
      let expression = try QueryEngine.parse(parameters["query"])
      return try writer.success { out throws(Problem) in out.tree(expression) }
    case .metadata, .buildInfo, .rules, .alerts: throw .notFound("no such page")
    }
  }

  private func instant(
    _ clock: QueryClock, _ prepared: PreparedQueries, _ writer: inout ResultWriter
  ) throws(Problem) -> [[UInt8]] {
    let limit = try parameters.limit()
    let time = try parameters.time("time", default: source.now().milliseconds)
    let options = try options()
    let text = parameters["query"]
    let engine = try QueryEngine(text, options, prepared, isRange: false)
    let result = try engine.evaluate(at: time, over: source.samples(), clock)
    return try writer.result(result, of: text, limit: limit)
  }

  private func range(
    _ clock: QueryClock, _ prepared: PreparedQueries, _ writer: inout ResultWriter
  ) throws(Problem) -> [[UInt8]] {
    let limit = try parameters.limit()
    let start = try parameters.requiredTime("start")
    let end = try parameters.requiredTime("end")
    guard end >= start else {
      throw .invalid("end", "end timestamp must not be before start time")
    }
    let step = try parameters.duration("step")
    guard step > 0 else {
      throw .invalid(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer")
    }
    guard (end - start) / step <= Self.mostPoints else {
      throw .badData(
        "exceeded maximum resolution of 11,000 points per timeseries. "
          + "Try decreasing the query resolution (?step=XX)")
    }
    let options = try options()
    let text = parameters["query"]
    let engine = try QueryEngine(text, options, prepared, isRange: true)
    let result = try engine.evaluate(
      from: start, through: end, step: step, over: source.samples(), clock)
    return try writer.result(result, of: text, limit: limit)
  }

  private func options() throws(Problem) -> EngineOptions {
    var options = source.engineOptions
    let text = parameters["lookback_delta"]
    if !text.isEmpty {
      guard let lookback = TimeParameter.duration(text) else {
        throw .badData(
          "error parsing lookback delta duration: cannot parse \(text.shortened.quoted) "
            + "to a valid duration")
      }
      if lookback > 0 { options.lookbackDelta = lookback }
    }
    return options
  }
}

// MARK: Series and labels

extension QueryRequest {
  /// `match[]` of one request.
  private static let mostSelectors = 64

  private func series(_ clock: QueryClock, _ writer: inout ResultWriter) throws(Problem)
    -> [[UInt8]]
  {
    guard !parameters.all("match[]").isEmpty else {
      throw .badData("no match[] parameter provided")
    }
    let limit = try parameters.limit()
    let found = try selected(clock)
    let shown = found.prefix(limit ?? .max)
    let mostBytes = self.mostBytes
    let warnings = shown.count < found.count ? [ResultWriter.truncated] : []
    return try writer.success(warnings: warnings) { out throws(Problem) in
      out.byte("[")
      for (index, labels) in shown.enumerated() {
        if index > 0 { out.byte(",") }
        out.labels(labels)
        guard out.byteCount <= mostBytes else { throw .resultTooLarge(mostBytes) }
        out.breakIfFull()
      }
      out.byte("]")
    }
  }

  /// The names of labels, or the values of the label called `name`.
  private func labels(
    _ name: String?, _ clock: QueryClock, _ writer: inout ResultWriter
  ) throws(Problem) -> [[UInt8]] {
    let limit = try parameters.limit()
    var found: Set<ByteText> = []
    for labels in try selected(clock) {
      if let name {
        if let value = labels[name] { found.insert(ByteText(text: value)) }
      } else {
        for label in labels.labels { found.insert(ByteText(text: label.name)) }
      }
    }
    let sorted = found.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let shown = Array(sorted.prefix(limit ?? .max))
    let warnings = shown.count < sorted.count ? [ResultWriter.truncated] : []
    return try writer.success(warnings: warnings) { out throws(Problem) in out.strings(shown) }
  }

  /// The label sets that any of `match[]` selects (all when there is none), sorted, each once.
  private func selected(_ clock: QueryClock) throws(Problem) -> [LabelSet] {
    let start = try parameters.time("start", default: TimeParameter.range.lowerBound)
    let end = try parameters.time("end", default: TimeParameter.range.upperBound)
    let texts = parameters.all("match[]")
    guard texts.count <= Self.mostSelectors else {
      throw .badData("more than \(Self.mostSelectors) match[] parameters")
    }
    var selectors: [[Matcher]] = []
    for text in texts { selectors.append(try QueryEngine.matchers(text)) }
    let samples = source.samples()
    guard selectors.count > 1 else {
      return samples.select(selectors.first ?? [], from: start, through: end).labels
    }
    var all: Set<LabelSet> = []
    for matchers in selectors {
      try clock.check(during: "series selection")
      all.formUnion(samples.select(matchers, from: start, through: end).labels)
    }
    return all.sorted()
  }
}

/// A text that equals another when they are the same bytes.
private struct ByteText: Hashable {
  let text: String

  static func == (lhs: Self, rhs: Self) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
