package import Alerting
package import Notifications

/// What has come for the rule engine since it last looked.
package struct RuleMail: Sendable {
  package var transitions: [SamplerRounds.Transition] = []
  /// Statuses that there was no room for.
  package var refused = 0
  package var configuration: RuleConfiguration?
  package var answers: [AlertingAnswer] = []
  package var reports: [DeliveryReport] = []
  package var asks: [RuleAsk] = []
  /// The coordinator has restarted: what the agent says of itself is not to wait for its instant.
  package var hasRestarted = false
  /// No evaluation and no delivery begins any more.
  package var isDraining = false
  package var isClosed = false

  package init() {}
}
