package import Signals

/// How the last evaluation of a rule ended.
package enum RuleHealth: String, CaseIterable, Sendable {
  /// Not evaluated yet.
  case unknown
  case ok
  case err
}

/// What the world may see of a rule.
package struct RuleStatus: Sendable {
  package var rule: Rule
  package var health = RuleHealth.unknown
  package var lastError: String?
  package var lastEvaluation: Timestamp?
  package var evaluationTime: Duration = .zero
  /// In order of their labels; resolved ones, which are still told, are not among them.
  package var alerts: [ActiveAlert] = []

  init(_ rule: Rule) { self.rule = rule }
}

/// What the world may see of a group.
package struct RuleGroupStatus: Sendable {
  package var group: RuleGroup
  package var rules: [RuleStatus]
  package var lastEvaluation: Timestamp?
  package var evaluationTime: Duration = .zero
  /// Samples that the last evaluation wrote.
  package var samples = 0
  package var figures = RuleGroupFigures()

  package init(_ group: RuleGroup) {
    self.group = group
    rules = group.rules.map { RuleStatus($0) }
  }
}

/// What a group counts, since the agent began or the group changed.
package struct RuleGroupFigures: Equatable, Sendable {
  package var evaluations: UInt64 = 0
  package var failures: UInt64 = 0
  /// Evaluations of the whole group, on its slots and at once.
  package var iterations: UInt64 = 0
  /// Slots that passed because the evaluation before took too long, or the clock jumped.
  package var missed: UInt64 = 0
  /// Of the evaluations of the whole group, those that a transition brought about.
  package var atOnce: UInt64 = 0
  package var times = RuleTimes()
}

/// How long evaluations took.
package struct RuleTimes: Equatable, Sendable {
  /// Of one rule.
  package var rules = DurationHistogram()
  /// Of a whole group.
  package var groups = DurationHistogram()

  package init() {}

  mutating func add(_ other: Self) {
    rules.add(other.rules)
    groups.add(other.groups)
  }
}
