import PromQL

/// What must hold for every result, whatever the samples and the expression.
public enum EvaluatorFuzz {
  /// Byte between the choices (samples, times) and a text; without it the choices make the text.
  public static let separator: UInt8 = 0xff

  /// The input that evaluates `text` over samples made from `choices`.
  public static func input(_ choices: [UInt8], text: String) -> [UInt8] {
    choices.filter { $0 != separator } + [separator] + Array(text.utf8)
  }

  /// What does not hold; nil when all does, or the input has no expression that can be evaluated.
  public static func problem(with bytes: [UInt8]) -> String? {
    let end = bytes.firstIndex(of: separator)
    var reader = ByteReader(Array(bytes[..<(end ?? bytes.count)]))
    let source = RandomStore.make(&reader)
    let times = Times(&reader)
    let text: [UInt8]
    if let end {
      text = Array(bytes[(end + 1)...])
    } else {
      let type = reader.pick([ValueType.vector, .vector, .vector, .scalar, .matrix])
      var expression = RandomExpression(reader)
      text = Array(expression.text(of: type, depth: 3).utf8)
    }
    let expression: Expression
    do {
      expression = try Expression(parsing: text, limits: ParserFuzz.limits)
    } catch {
      return end == nil ? "\(String(decoding: text, as: UTF8.self)): \(error)" : nil
    }
    var options = EngineOptions()
    options.maximumSamples = 5_000
    options.delaysNameRemoval = reader.number(below: 2) == 1
    guard let query = try? Query(expression, options: options) else { return nil }
    let found = ResultCheck(query: query, source: source).problem(times)
    return found.map { "\(expression): \($0)" }
  }

  struct Times {
    var from: Int64
    var step: Int64
    var count: Int64

    /// No later than there are times.
    var through: Int64 {
      let (end, overflows) = from.addingReportingOverflow(step * count)
      return overflows ? .max : end
    }

    init(_ reader: inout ByteReader) {
      from = 600_000 + Int64(reader.number(below: 40)) * 7_500
      if reader.number(below: 24) == 23 {
        from = reader.pick([
          .min, .max, -9_007_199_254_740_992, 9_007_199_254_740_992, 0, -1, .min + 300_000,
        ])
      }
      step = reader.pick([60_000, 1, 15_000, 299_999, 600_000, 7_500])
      count = Int64(reader.number(below: 5))
    }
  }
}

/// One query's results, held against the rules of results.
struct ResultCheck {
  let query: Query
  let source: MemorySource

  func problem(_ times: EvaluatorFuzz.Times) -> String? {
    let remembered = RememberedSource(source: source)
    let ranged = try? query.evaluate(
      from: times.from, through: times.through, step: times.step, over: source)
    var series: [SampleSeries]?
    if let ranged {
      guard case .matrix(let found) = ranged.value else { return "a range is no matrix" }
      if let problem = problem(in: found, times) { return "range: " + problem }
      series = found
    }
    var time = times.from
    for step in 0...times.count {
      if let instant = try? query.evaluate(at: time, over: remembered) {
        if let problem = problem(in: instant.value, at: time) { return "at \(time): " + problem }
        if let series, let problem = difference(instant.value, series, at: time) {
          return "at \(time): " + problem
        }
      } else if let series, series.contains(where: { $0.samples.contains { $0.time == time } }),
        isSameEverywhere
      {
        return "at \(time): fails, and the range does not"
      }
      let (next, overflows) = time.addingReportingOverflow(times.step)
      if overflows || step == times.count { break }
      time = next
    }
    return nil
  }

  /// Whether an instant means the same alone and in a range: `start()` and `end()` are other times,
  /// and the order that sort and topk leave decides how a sum above them is rounded.
  private var isSameEverywhere: Bool {
    let text = query.expression.description
    return !["start()", "end()", "sort", "topk", "bottomk"].contains { text.contains($0) }
  }

  private func problem(in series: [SampleSeries], _ times: EvaluatorFuzz.Times) -> String? {
    for (first, second) in zip(series, series.dropFirst()) where !(first.labels < second.labels) {
      return "not sorted: \(first.labels), \(second.labels)"
    }
    for one in series {
      if one.samples.isEmpty { return "nothing in \(one.labels)" }
      for (first, second) in zip(one.samples, one.samples.dropFirst())
      where first.time >= second.time {
        return "times go back in \(one.labels)"
      }
      for sample in one.samples {
        if sample.value.isStaleMarker { return "a stale marker in \(one.labels)" }
        let isOn =
          sample.time >= times.from && sample.time <= times.through
          && sample.time.subtractingReportingOverflow(times.from).partialValue % times.step == 0
        if !isOn { return "\(sample.time) is no step" }
      }
    }
    return nil
  }

  private func problem(in value: QueryValue, at time: Int64) -> String? {
    switch value {
    case .scalar(let sample):
      return sample.time != time || sample.value.isStaleMarker ? "scalar \(sample)" : nil
    case .string(let stamp, _): return stamp == time ? nil : "string at \(stamp)"
    case .vector(let elements):
      if Set(elements.map(\.labels)).count != elements.count { return "a label set twice" }
      return elements.first { $0.sample.time != time || $0.sample.value.isStaleMarker }
        .map { "\($0)" }
    case .matrix(let series):
      for (first, second) in zip(series, series.dropFirst()) where !(first.labels < second.labels) {
        return "not sorted: \(first.labels), \(second.labels)"
      }
      return series.first { one in
        one.samples.isEmpty || one.samples.contains { $0.value.isStaleMarker }
          || zip(one.samples, one.samples.dropFirst()).contains { $0.time >= $1.time }
      }.map { "\($0)" }
    }
  }

  private func difference(_ value: QueryValue, _ series: [SampleSeries], at time: Int64) -> String?
  {
    guard isSameEverywhere else { return nil }
    var instant: [LabelSet: Double] = [:]
    switch value {
    case .scalar(let sample): instant[.empty] = sample.value
    case .vector(let elements):
      for element in elements { instant[element.labels] = element.sample.value }
    default: return nil
    }
    var ranged: [LabelSet: Double] = [:]
    for one in series {
      for sample in one.samples where sample.time == time { ranged[one.labels] = sample.value }
    }
    for (labels, value) in instant {
      guard let other = ranged[labels] else { return "\(labels) is not in the range" }
      if value != other && !(value.isNaN && other.isNaN) {
        return "\(labels) \(value), in the range \(other)"
      }
    }
    return ranged.keys.first { instant[$0] == nil }.map { "\($0) is in the range only" }
  }
}

/// A source whose series the query may remember from one evaluation to the next.
private struct RememberedSource: SampleSource {
  let source: MemorySource
  var seriesVersion: UInt64? { 1 }

  func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList {
    source.select(matchers, from: from, through: through)
  }

  func read(series: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer) {
    source.read(series: series, after: after, through: through, into: &buffer)
  }
}
