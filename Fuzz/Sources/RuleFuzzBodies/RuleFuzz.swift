import Agent
import Alerting
import ConfigFile
import PromQL
import Signals

/// What must hold for every text that is given to the reader of rule files.
public enum RuleFuzz {
  /// What does not hold; nil when all does.
  public static func problem(with bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = lineLengths(of: text)
    do throws(ConfigProblems) {
      let file = try RuleFile.parse(text: text, file: "fuzz.yml")
      let doubts = RuleFile.selectorsWithoutSeries(in: [file], among: MetricCatalogue.known)
      return problem(in: file) ?? problem(in: file.warnings + doubts.flatMap(\.self), lines)
    } catch {
      return error.problems.isEmpty
        ? "a refusal without a problem" : problem(in: error.problems, lines)
    }
  }

  private static func problem(in found: [ConfigProblem], _ lines: [Int]) -> String? {
    for one in found {
      if one.message.isEmpty { return "a problem without a message" }
      let isInside =
        (1...lines.count).contains(one.line) && one.column >= 1
        && one.column <= lines[one.line - 1] + 1
      if !isInside { return "outside of the file: \(one)" }
      let isPlain = one.description.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
      if !isPlain { return "a control character: \(one.description.debugDescription)" }
    }
    return nil
  }

  private static func problem(in file: RuleFile) -> String? {
    var names: Set<String> = []
    for group in file.groups {
      if group.name.isEmpty || !names.insert(group.name).inserted { return "group \(group.name)" }
      if group.interval < .milliseconds(100) || group.limit < 0 { return "\(group)" }
      for rule in group.rules {
        if let problem = problem(in: rule) { return "\(rule.name): \(problem)" }
      }
    }
    return file.groups.reach < .zero ? "reaches into the future" : nil
  }

  private static func problem(in rule: Rule) -> String? {
    if rule.name.isEmpty { return "no name" }
    let labels = rule.labels.map(\.name)
    if labels != Set(labels).sorted() || labels.contains("__name__") { return "labels \(labels)" }
    if rule.expression.type == .string || rule.expression.type == .matrix { return "no result" }
    guard case .alerting(let alerting) = rule.kind else { return nil }
    if alerting.labels.map(\.name) != labels { return "templates of other labels" }
    let annotations = alerting.annotations.map(\.name)
    if annotations != Set(annotations).sorted() { return "annotations \(annotations)" }
    return alerting.holdDuration < .zero || alerting.keepFiringFor < .zero ? "times" : nil
  }

  /// Scalars per line, for every line break that YAML knows.
  private static func lineLengths(of text: String) -> [Int] {
    var lengths = [0]
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lengths.append(0)
      default: lengths[lengths.count - 1] += 1
      }
      previous = scalar
    }
    return lengths
  }
}
