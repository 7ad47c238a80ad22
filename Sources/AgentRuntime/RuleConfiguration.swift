package import Agent
package import Alerting
package import Notifications
package import Signals

/// The part of a configuration that samples, rules and messages follow.
package struct RuleConfiguration: Sendable {
  /// Between two samples of every series.
  package var interval: Duration
  /// How long samples are kept.
  package var retention: Duration
  package var groups: [RuleGroup]
  package var notifications: NotificationSettings
  package var externalLabels: [Label]

  /// The least that `retention.samples: auto` keeps.
  private static let leastRetention = Duration.seconds(2 * 3600)

  /// `externalURL` has no slash at its end.
  package init(_ settings: Settings, externalURL: String) {
    interval = settings.global.evaluationInterval
    groups = settings.rules
    notifications = settings.notifications
    notifications.externalURL = externalURL
    notifications.externalLabels = settings.global.externalLabels
    externalLabels = settings.global.externalLabels
    retention =
      switch settings.storage.sampleRetention {
      case .automatic: max(Self.leastRetention, settings.rules.reach)
      case .fixed(let duration): duration
      }
  }
}
