package import Signals

/// Who is told what: the `route` and `receivers` of the configuration.
package struct NotificationSettings: Equatable, Sendable {
  /// `nil`: nobody is told anything.
  package var route: Route?
  /// In the file's order; names are unique, and the route's receiver is among them.
  package var receivers: [Receiver] = []
  /// Without a slash at its end; where messages say that this agent is.
  package var externalURL = ""

  package init() {}
}

/// The root of the routing tree; its receiver gets what no child takes.
package struct Route: Equatable, Sendable {
  package enum GroupBy: Equatable, Sendable {
    /// `['...']`: each alert is a group.
    case allLabels
    /// Sorted.
    case labels([String])
  }

  package var receiver: String
  package var groupBy = GroupBy.labels([])
  package var groupWait: Duration = .seconds(30)
  package var groupInterval: Duration = .seconds(300)
  package var repeatInterval: Duration = .seconds(4 * 3600)

  package init(receiver: String) { self.receiver = receiver }
}

package struct Receiver: Equatable, Sendable {
  package var name: String
  package var webhooks: [WebhookSettings] = []

  package init(name: String) { self.name = name }
}

/// One entry of `webhook_configs`.
package struct WebhookSettings: Equatable, Sendable {
  /// Absolute http or https URL.
  package var url: Secret
  package var http = HTTPSettings()
  package var sendResolved = true
  /// Alerts in one message; 0 is no limit.
  package var maxAlerts = 0
  /// Of one try; `nil`: 10 s.
  package var timeout: Duration?
  package var signingSecret: Secret?

  package init(url: Secret) { self.url = url }
}
