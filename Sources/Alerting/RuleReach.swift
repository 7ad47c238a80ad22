import PromQL

extension RuleGroup {
  /// How far before an evaluation a rule of the group may need samples.
  package func reach(of rule: Rule) -> Duration {
    rule.expression.reach() + max(.zero, queryOffset)
  }
}

extension [RuleGroup] {
  /// How far back the rules look at most: what the samples must be kept for.
  package var reach: Duration { furthest?.reach ?? .zero }

  /// The rule that looks back furthest, the first of several.
  package var furthest: (group: RuleGroup, rule: Rule, reach: Duration)? {
    var best: (group: RuleGroup, rule: Rule, reach: Duration)?
    for group in self {
      for rule in group.rules {
        let reach = group.reach(of: rule)
        if best.map({ reach > $0.reach }) ?? true { best = (group, rule, reach) }
      }
    }
    return best
  }
}
