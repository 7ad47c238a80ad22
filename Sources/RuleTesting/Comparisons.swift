import Alerting
import PromQL
import PromQLTesting
import Signals

/// The alerts that should fire beside those that do.
struct AlertComparison {
  private let expected: [AlertFace]
  private let got: [AlertFace]

  init(_ check: AlertCheck, with firing: [AlertFace]) {
    expected = check.alerts.map { $0.named(check.alertName) }.sorted { $0.precedes($1) }
    got = firing.sorted { $0.precedes($1) }
  }

  var isEqual: Bool { expected == got }

  var text: String {
    let (expected, got) = (Self.text(of: expected), Self.text(of: got))
    return "        exp:\(expected), \n        got:\(got)"
  }

  var differences: String {
    Differences.text(
      expected.map { $0.text.indented(by: "              ") },
      got.map { $0.text.indented(by: "              ") })
  }

  private static func text(of alerts: [AlertFace]) -> String {
    if alerts.isEmpty { return "[]" }
    let items = alerts.enumerated().map { index, alert in
      "\(index):" + "\n\(alert.text)".indented(by: "  ")
    }
    return "[\n\(items.joined(separator: ",\n"))\n]".indented(by: "            ")
  }
}

/// The samples that an expression should give beside those that it gives.
struct SampleComparison {
  private let expected: [VectorElement]
  private let got: [VectorElement]
  private let isFuzzy: Bool

  init(
    _ check: ExpressionCheck, with elements: [VectorElement], isFuzzy: Bool
  ) throws(RuleTestFailure) {
    var expected: [VectorElement] = []
    for sample in check.samples {
      do throws(SeriesError) {
        let labels = try SeriesDescription.labels(parsing: sample.labels)
        expected.append(
          VectorElement(labels: labels, sample: Sample(time: 0, value: sample.value)))
      } catch {
        throw RuleTestFailure("labels \(sample.labels.quoted): \(error.message)")
      }
    }
    self.expected = expected.sorted { $0.labels < $1.labels }
    got = elements.sorted { $0.labels < $1.labels }
    self.isFuzzy = isFuzzy
  }

  /// NaN equals nothing, as in promtool.
  var isEqual: Bool {
    expected.count == got.count
      && zip(expected, got).allSatisfy { expected, got in
        expected.labels == got.labels && isEqual(expected.sample.value, got.sample.value)
      }
  }

  private func isEqual(_ left: Double, _ right: Double) -> Bool {
    left == right || (isFuzzy && (left.nextUp == right || left.nextDown == right))
  }

  var text: String {
    let (expected, got) = (Self.text(of: expected), Self.text(of: got))
    return "        exp: \(expected)\n        got: \(got)"
  }

  var differences: String {
    Differences.text(expected.map { Self.text(of: [$0]) }, got.map { Self.text(of: [$0]) })
  }

  private static func text(of elements: [VectorElement]) -> String {
    if elements.isEmpty { return "nil" }
    return elements.map {
      "\(GoText.labels($0.labels.labels)) \(FloatText.scientific($0.sample.value))"
    }.joined(separator: ", ")
  }
}

/// What of the expected is missing (`-`) and what came that was not expected (`+`).
private enum Differences {
  static func text(_ expected: [String], _ got: [String]) -> String {
    var left = got.reduce(into: [:]) { counts, text in counts[text, default: 0] += 1 }
    var lines: [String] = []
    for text in expected {
      if let count = left[text], count > 0 {
        left[text] = count - 1
      } else {
        lines.append("            - \(text)")
      }
    }
    for text in got {
      if let count = left[text], count > 0 {
        left[text] = count - 1
        lines.append("            + \(text)")
      }
    }
    return "        diff:\n" + lines.joined(separator: "\n")
  }
}

extension AlertFace {
  init(_ alert: ActiveAlert) {
    self.init(labels: alert.labels.labels, annotations: alert.annotations)
  }

  fileprivate func named(_ name: String) -> Self {
    var labels = labels.filter { $0.name != "alertname" } + [Label(name: "alertname", value: name)]
    labels.sort { $0.precedes($1) }
    return Self(labels: labels, annotations: annotations.sorted { $0.precedes($1) })
  }

  fileprivate func precedes(_ other: Self) -> Bool {
    if labels != other.labels { return labels.precede(other.labels) }
    return annotations.precede(other.annotations)
  }

  fileprivate var text: String {
    "Labels:\(GoText.labels(labels))\nAnnotations:\(GoText.labels(annotations))"
  }
}

extension Label {
  fileprivate func precedes(_ other: Label) -> Bool {
    let isSame = name.utf8.elementsEqual(other.name.utf8)
    return isSame
      ? value.utf8.lexicographicallyPrecedes(other.value.utf8)
      : name.utf8.lexicographicallyPrecedes(other.name.utf8)
  }
}

extension [Label] {
  fileprivate func precede(_ other: [Label]) -> Bool {
    lexicographicallyPrecedes(other) { $0.precedes($1) }
  }
}
