import Patterns
import PromQL

/// Holds results to expectations, as Prometheus's test engine does.
package enum Comparison {
  private static let tolerance = 1e-6

  /// Whether the two count as the same number. Only a stale marker equals a stale marker; nothing
  /// but 0 equals 0.
  package static func isAlmost(_ left: Double, _ right: Double) -> Bool {
    if left.isStaleMarker || right.isStaleMarker {
      return left.isStaleMarker && right.isStaleMarker
    }
    if left == right || (left.isNaN && right.isNaN) { return true }
    let smallest = Double.leastNormalMagnitude
    let sum = abs(left) + abs(right)
    let difference = abs(left - right)
    if left == 0 || right == 0 || sum < smallest { return difference < tolerance * smallest }
    return difference / min(sum, .greatestFiniteMagnitude) < tolerance
  }

  /// Why the value is not the expected one; `nil` when it is.
  static func difference(
    _ value: QueryValue, from expected: Expectations, mode: Script.Mode
  ) -> String? {
    switch value {
    case .scalar(let sample): scalar(sample.value, from: expected)
    case .string(_, let text): string(text, from: expected)
    case .vector(let elements): vector(elements, from: expected)
    case .matrix(let series): matrix(series, from: expected, mode: mode)
    }
  }

  private static func scalar(_ value: Double, from expected: Expectations) -> String? {
    guard let wanted = expected.scalar else {
      return "expected \(expected.kind), got the scalar \(FloatText.general(value))"
    }
    return isAlmost(wanted, value)
      ? nil : "expected \(FloatText.general(wanted)), got \(FloatText.general(value))"
  }

  private static func string(_ text: String, from expected: Expectations) -> String? {
    guard let wanted = expected.string else { return "expected \(expected.kind), got a string" }
    return wanted == text ? nil : "expected the string '\(wanted)', got '\(text)'"
  }

  private static func vector(_ elements: [VectorElement], from expected: Expectations) -> String? {
    guard expected.scalar == nil, expected.string == nil, expected.window == nil else {
      return "expected \(expected.kind), got a vector"
    }
    var places = Dictionary(
      expected.series.enumerated().map { ($0.element.labels, $0.offset) }
    ) { first, _ in first }
    for (place, element) in elements.enumerated() {
      let labels = element.labels
      guard let wantedPlace = places.removeValue(forKey: labels) else {
        return "unexpected \(labels) with \(FloatText.general(element.sample.value))"
      }
      if expected.isOrdered, wantedPlace != place {
        return "expected \(labels) at position \(wantedPlace + 1), it is at \(place + 1)"
      }
      let wanted = expected.series[wantedPlace].values.first ?? .gap
      guard case .number(let number) = wanted else { return "no value is expected for \(labels)" }
      if !isAlmost(number, element.sample.value) {
        let got = FloatText.general(element.sample.value)
        return "expected \(FloatText.general(number)) for \(labels), got \(got)"
      }
    }
    return missing(places, in: expected)
  }

  private static func missing(_ places: [LabelSet: Int], in expected: Expectations) -> String? {
    places.values.min().map { "expected \(expected.series[$0].labels), which is not there" }
  }

  private static func matrix(
    _ series: [SampleSeries], from expected: Expectations, mode: Script.Mode
  ) -> String? {
    guard expected.scalar == nil, expected.string == nil else {
      return "expected \(expected.kind), got a matrix"
    }
    guard !expected.isOrdered else { return "a matrix has no order to expect" }
    let span: Script.Span
    switch (mode, expected.window) {
    case (_, let window?): span = window
    case (.range(let range), nil): span = range
    case (.instant, nil): return "expected \(expected.kind), got a range vector"
    }
    guard zip(series, series.dropFirst()).allSatisfy({ $0.labels < $1.labels }) else {
      return "the series are not sorted by their labels"
    }
    var places = Dictionary(
      expected.series.enumerated().map { ($0.element.labels, $0.offset) }
    ) { first, _ in first }
    for found in series {
      guard let place = places.removeValue(forKey: found.labels) else {
        return "unexpected \(found.labels) with \(found.samples.count) samples"
      }
      let wanted = samples(expected.series[place].values, span)
      if let why = difference(found.samples, from: wanted) { return "\(found.labels): \(why)" }
    }
    return missing(places, in: expected)
  }

  private static func samples(_ values: [SeriesDescription.Value], _ span: Script.Span) -> [Sample]
  {
    values.enumerated().compactMap { index, value in
      guard case .number(let number) = value else { return nil }
      return Sample(time: span.start &+ Int64(index) &* span.step, value: number)
    }
  }

  private static func difference(_ samples: [Sample], from wanted: [Sample]) -> String? {
    for (sample, wanted) in zip(samples, wanted) {
      if sample.time != wanted.time {
        return "expected a sample at \(wanted.time) ms, it is at \(sample.time) ms"
      }
      if !isAlmost(sample.value, wanted.value) {
        let (want, got) = (FloatText.general(wanted.value), FloatText.general(sample.value))
        return "expected \(want) at \(wanted.time) ms, got \(got)"
      }
    }
    return samples.count == wanted.count
      ? nil : "expected \(wanted.count) samples, got \(samples.count)"
  }

  // MARK: - Texts

  static func matches(_ text: String, _ expected: Expectations.Text) -> Bool {
    switch expected {
    case .any: true
    case .exactly(let wanted): text == wanted
    case .pattern(let pattern):
      (try? Pattern("(?s:.*)(?:\(pattern))(?s:.*)"))?.matches(text) ?? false
    }
  }

  /// Why the annotations are not the expected ones; `nil` when they are.
  static func difference(
    _ annotations: Annotations, in query: String, from expected: Expectations
  ) -> String? {
    difference(
      annotations, .warning, in: query, wanted: expected.warnings, isNone: expected.hasNoWarning)
      ?? difference(
        annotations, .info, in: query, wanted: expected.infos, isNone: expected.hasNoInfo)
  }

  private static func difference(
    _ annotations: Annotations, _ level: Annotation.Level, in query: String,
    wanted: [Expectations.Text], isNone: Bool
  ) -> String? {
    let texts = annotations.all.filter { $0.level == level }.map { $0.text(in: query) }
    if isNone, let first = texts.first { return "expected no \(level.rawValue), got: \(first)" }
    for want in wanted where !texts.contains(where: { matches($0, want) }) {
      return "expected \(level.rawValue) \(want), got \(texts.isEmpty ? "none" : "\(texts)")"
    }
    guard !wanted.isEmpty else { return nil }
    return texts.first { text in !wanted.contains { matches(text, $0) } }
      .map { "unexpected \(level.rawValue): \($0)" }
  }
}

extension Expectations.Text: CustomStringConvertible {
  var description: String {
    switch self {
    case .any: "of any text"
    case .exactly(let text): "'\(text)'"
    case .pattern(let pattern): "like '\(pattern)'"
    }
  }
}

extension Expectations {
  var kind: String {
    if scalar != nil { return "a scalar" }
    if string != nil { return "a string" }
    if window != nil { return "a range vector" }
    return series.isEmpty ? "nothing" : "a vector or matrix"
  }
}
