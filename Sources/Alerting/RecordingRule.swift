import PromQL
import Signals

/// A recording rule at work: its result under its own name and labels.
struct RecordingRule {
  private let name: String
  private let labels: [Label]
  private let limit: Int
  private var query: RuleQuery
  /// What the last evaluation gave and what was made of it: mostly the same comes again.
  private var given: [LabelSet] = []
  private var written: [LabelSet] = []

  init(_ rule: Rule, limit: Int) {
    name = rule.name
    labels = rule.labels
    self.limit = limit
    query = RuleQuery(rule.expression)
  }

  mutating func evaluate(
    at time: Timestamp, over source: any SampleSource, _ environment: RuleEnvironment
  ) throws(RuleFailure) -> [RuleSample] {
    let elements = try query.elements(
      at: time, over: source, environment, environment.mayContinue)
    if elements.count != given.count || !zip(elements, given).allSatisfy({ $0.labels == $1 }) {
      try name(elements)
    }
    if limit > 0, elements.count > limit {
      throw RuleFailure(.limit, "exceeded limit of \(limit) with \(elements.count) series")
    }
    return zip(elements, written).map { RuleSample(labels: $1, value: $0.sample.value) }
  }

  private mutating func name(_ elements: [VectorElement]) throws(RuleFailure) {
    var named: [LabelSet] = []
    for element in elements {
      var set = element.labels.setting(LabelSet.nameLabel, to: name)
      for label in labels { set = set.setting(label.name, to: label.value) }
      named.append(set)
    }
    guard Set(named).count == named.count else {
      throw RuleFailure(
        .duplicate, "vector contains metrics with the same labelset after applying rule labels")
    }
    given = elements.map(\.labels)
    written = named
  }
}
