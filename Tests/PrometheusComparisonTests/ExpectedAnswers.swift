import RuleTesting
import TestSupport

/// What a check must give, as it is written in a test file; taken from what our runner prints when
/// nothing is expected.
struct ExpectedAnswers {
  private(set) var alerts: [String] = []
  private(set) var samples: [String] = []

  /// Of the failures of a test whose checks expect nothing, the one of this check, if it failed.
  init(_ failure: String?, of check: RuleFileGenerator.Check) {
    guard let failure else { return }
    let lines = failure.split(separator: "\n").map { $0.drop { $0 == " " } }
    if check.isAlert {
      var labels = ""
      guard let got = lines.firstIndex(where: { $0.hasPrefix("got:") }) else { return }
      for line in lines[got...] {
        if line.hasPrefix("Labels:") { labels = Self.mapping(line.dropFirst(7), "alertname") }
        guard line.hasPrefix("Annotations:") else { continue }
        let annotations = Self.mapping(line.dropFirst(12), nil)
        alerts.append("{exp_labels: \(labels), exp_annotations: \(annotations)}")
      }
    } else if let got = lines.last, got.hasPrefix("got: "), got != "got: nil" {
      for item in Self.split(got.dropFirst(5)) {
        guard let space = item.lastIndex(of: " ") else { continue }
        let value = String(item[item.index(after: space)...])
        samples.append("{labels: \(String(item[..<space]).yaml), value: \(Self.number(value))}")
      }
    }
  }

  private static func number(_ text: String) -> String {
    switch text {
    case "+Inf": ".inf"
    case "-Inf": "-.inf"
    case "NaN": ".nan"
    default: text
    }
  }

  /// `{a="x", b="y"}` as a mapping of YAML; Go's quotes and YAML's are alike here.
  private static func mapping(_ text: Substring, _ left: String?) -> String {
    let inner = text.trimming { $0 == "," }.dropFirst().dropLast()
    let pairs = split(inner).compactMap { pair -> String? in
      guard let equals = pair.firstIndex(of: "=") else { return nil }
      let name = pair[..<equals].drop { $0 == " " }
      return name == left ?? "" ? nil : "\(name): \(pair[pair.index(after: equals)...])"
    }
    return "{\(pairs.joined(separator: ", "))}"
  }

  /// At commas that are in neither quotes nor braces.
  private static func split(_ text: Substring) -> [Substring] {
    var parts: [Substring] = []
    var start = text.startIndex
    var depth = 0
    var isQuoted = false
    var isEscaped = false
    for index in text.indices {
      let character = text[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted {
        if character == "\\" { isEscaped = true } else if character == "\"" { isQuoted = false }
      } else if character == "\"" {
        isQuoted = true
      } else if "{}".contains(character) {
        depth += character == "{" ? 1 : -1
      } else if character == ",", depth == 0 {
        parts.append(text[start..<index])
        start = text.index(after: index)
      }
    }
    if start < text.endIndex { parts.append(text[start...]) }
    return parts.map { $0.drop { $0 == " " } }
  }

  /// Makes it wrong: less, more, or with another value, label or annotation.
  mutating func spoil(_ check: RuleFileGenerator.Check, with random: inout SeededRandom) {
    let isLess = Bool.random(using: &random)
    if check.isAlert {
      if alerts.isEmpty {
        alerts.append("{exp_labels: {i: x}}")
      } else if isLess {
        alerts.removeLast()
      } else {
        let place = Int.random(in: 0..<alerts.count, using: &random)
        alerts[place] = alerts[place].replacing("exp_labels: {", with: "exp_labels: {wrong: l, ")
      }
    } else if samples.isEmpty {
      samples.append("{value: 1}")
    } else if isLess {
      samples.removeLast()
    } else {
      samples[samples.count - 1].replace("value: ", with: "value: 1", maxReplacements: 1)
      if samples.last?.contains("value: 1.") == true || samples.last?.contains("value: 1-") == true
      {
        samples[samples.count - 1] = "{value: 123.5}"
      }
    }
  }

  func yaml(of check: RuleFileGenerator.Check) -> String {
    check.isAlert
      ? "      - {eval_time: \(check.seconds)s, alertname: \(check.text), "
        + "exp_alerts: [\(alerts.joined(separator: ", "))]}\n"
      : "      - {expr: \(check.text.yaml), eval_time: \(check.seconds)s, "
        + "exp_samples: [\(samples.joined(separator: ", "))]}\n"
  }
}

extension Substring {
  fileprivate func trimming(_ isLeftOut: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, isLeftOut(last) { text.removeLast() }
    return text
  }
}
