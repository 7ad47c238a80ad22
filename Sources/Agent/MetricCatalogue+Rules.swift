import Alerting
import Signals

extension MetricCatalogue {
  /// Prometheus's names, with our prefix.
  static let rules: [OfAgent] = [
    ofGroup(
      "breakwater_rule_evaluations_total", .counter, "Evaluations of rules.",
      { .whole($0.figures.evaluations) }),
    ofGroup(
      "breakwater_rule_evaluation_failures_total", .counter, "Evaluations of rules that failed.",
      { .whole($0.figures.failures) }),
    ofGroup(
      "breakwater_rule_group_iterations_total", .counter,
      "Evaluations of the whole group, on its slots and at once.",
      { .whole($0.figures.iterations) }),
    ofGroup(
      "breakwater_rule_group_iterations_missed_total", .counter,
      "Slots of the group that passed without an evaluation.", { .whole($0.figures.missed) }),
    ofGroup(
      "breakwater_rule_group_iterations_at_once_total", .counter,
      "Evaluations of the whole group that a transition brought about, besides its slots.",
      { .whole($0.figures.atOnce) }),
    ofGroup(
      "breakwater_rule_group_interval_seconds", .gauge, "Time between two slots of the group.",
      { .microseconds($0.group.interval.wholeMicroseconds) }),
    ofGroup(
      "breakwater_rule_group_last_evaluation_timestamp_seconds", .gauge,
      "When the group was last evaluated.", { $0.lastEvaluation.map { .seconds($0) } }),
    ofGroup(
      "breakwater_rule_group_last_duration_seconds", .gauge,
      "Time that the last evaluation of the group took.",
      { .microseconds($0.evaluationTime.wholeMicroseconds) }),
    ofGroup(
      "breakwater_rule_group_last_rule_duration_sum_seconds", .gauge,
      "Time that the last evaluations of the group's rules took together.",
      { group in
        .microseconds(
          group.rules.reduce(0) { $0.addingSaturating($1.evaluationTime.wholeMicroseconds) })
      }),
    OfAgent(
      "breakwater_rule_evaluation_duration_seconds", .histogram,
      "How long evaluations of one rule took."
    ) { agent, out in
      out.histogram(agent.ruleTimes.rules)
    },
    OfAgent(
      "breakwater_rule_group_duration_seconds", .histogram,
      "How long evaluations of a whole group took."
    ) { agent, out in
      out.histogram(agent.ruleTimes.groups)
    },
    ofGroup(
      "breakwater_rule_group_last_evaluation_samples", .gauge,
      "Samples that the last evaluation of the group wrote.", { .whole($0.samples) }),
    ofGroup(
      "breakwater_rule_group_rules", .gauge, "Rules of the group.", { .whole($0.group.rules.count) }
    ),
  ]

  private static func ofGroup(
    _ name: String, _ kind: MetricFamily.Kind, _ help: String,
    _ value: @escaping @Sendable (RuleGroupStatus) -> MetricValue?
  ) -> OfAgent {
    OfAgent(name, kind, help, labels: ["rule_group"]) { agent, out in
      for group in agent.rules {
        if let value = value(group) {
          out.sample(value, label: renderedLabel("rule_group", group.group.key))
        }
      }
    }
  }
}
