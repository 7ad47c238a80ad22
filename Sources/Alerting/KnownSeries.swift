package import PromQL

/// What series there can be, told before there are any.
package struct KnownSeries: Sendable {
  /// By metric name, the labels that it always has and whose values are a closed list.
  package private(set) var metrics: [String: [String: [String]]] = [:]
  /// The names that rules record, in the order of the rules.
  package private(set) var recorded: [String] = []

  package init() {}

  package mutating func add(_ metric: String, closed: [String: [String]] = [:]) {
    metrics[metric] = closed
  }

  /// Adds what the rules write themselves.
  package mutating func add(writtenBy groups: [RuleGroup]) {
    var alerts: [String] = []
    for rule in groups.lazy.flatMap(\.rules) {
      switch rule.kind {
      case .recording:
        add(rule.name)
        recorded.append(rule.name)
      case .alerting: alerts.append(rule.name)
      }
    }
    add("ALERTS", closed: ["alertname": alerts, "alertstate": ["pending", "firing"]])
    add("ALERTS_FOR_STATE", closed: ["alertname": alerts])
  }
}

/// A selector of a rule that can never have a series.
package struct EmptySelector: Sendable {
  package enum Reason: Sendable {
    /// No series has this name.
    case metric(String)
    /// No series of this name has such a value.
    case value(metric: String, Matcher, among: [String])
  }

  /// Its index, and that of the rule in it.
  package var group: Int
  package var rule: Int
  /// In the rule's expression.
  package var range: ByteRange
  package var reason: Reason
}

extension [RuleGroup] {
  /// The selectors whose metric is never there, or never with such a label; at most `limit`.
  ///
  /// Only selectors with one metric name are judged, and only labels with closed lists.
  package func selectorsWithoutSeries(
    among known: KnownSeries, atMost limit: Int = 1000
  ) -> [EmptySelector] {
    var found: [EmptySelector] = []
    for (group, rules) in enumerated() {
      for (rule, text) in rules.rules.enumerated() {
        for selector in text.expression.selectors {
          guard found.count < limit else { return found }
          guard let reason = known.whyEmpty(selector) else { continue }
          found.append(
            EmptySelector(group: group, rule: rule, range: selector.range, reason: reason))
        }
      }
    }
    return found
  }
}

extension KnownSeries {
  fileprivate func whyEmpty(_ selector: VectorSelector) -> EmptySelector.Reason? {
    let isName = { (matcher: Matcher) in
      matcher.label == LabelSet.nameLabel && matcher.op == .equal && !matcher.value.isEmpty
    }
    guard let name = selector.matchers.first(where: isName)?.value else { return nil }
    guard let closed = metrics[name] else { return .metric(name) }
    for matcher in selector.matchers {
      guard let values = closed[matcher.label] else { continue }
      if !values.contains(where: matcher.matches) {
        return .value(metric: name, matcher, among: values)
      }
    }
    return nil
  }
}
