package import Signals
package import Templates

/// Who is told what: `route` and everything beside it in the configuration.
package struct NotificationSettings: Equatable, Sendable {
  /// `nil`: nobody is told anything.
  package var route: Route?
  /// In the file's order; names are unique, and those of all routes are among them.
  package var receivers: [Receiver] = []
  package var inhibitRules: [InhibitRule] = []
  /// By name; an instant is in one when it is in one of its intervals.
  package var timeIntervals: [String: [TimeInterval]] = [:]
  /// Alertmanagers that every alert is pushed to.
  package var alertmanagers: [AlertmanagerSettings] = []
  /// What the templates of receivers may call.
  package var templates = TemplateLibrary()
  /// Of alerts that the agent makes itself.
  package var externalLabels: [Label] = []
  /// Without a slash at its end; where messages say that this agent is.
  package var externalURL = ""

  package init() {}
}

package struct Receiver: Equatable, Sendable {
  package var name: String
  /// In the order of kinds, then of the file.
  package var integrations: [Integration] = []

  package init(name: String) { self.name = name }

  /// Its integrations by where their messages go.
  package var destinations: [(Destination, Integration)] {
    var counts: [IntegrationKind: Int] = [:]
    return integrations.map { integration in
      let index = counts[integration.kind, default: 0]
      counts[integration.kind] = index + 1
      return (Destination(receiver: name, kind: integration.kind, integration: index), integration)
    }
  }
}

/// One entry of `slack_configs` and the like.
package struct Integration: Equatable, Sendable {
  package var target: ReceiverTarget
  package var http = HTTPSettings()
  package var sendResolved: Bool
  /// Of one try; `nil`: 10 s.
  package var timeout: Duration?

  package init(_ target: ReceiverTarget) {
    self.target = target
    // Alertmanager's default; only Slack has it off.
    sendResolved = target.kind != .slack
  }

  package var kind: IntegrationKind { target.kind }
}

/// The kinds of receivers; values of the label `integration`.
package enum IntegrationKind: String, CaseIterable, Comparable, Sendable {
  case webhook, slack, mattermost, discord, msteamsv2, telegram, matrix

  package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// Where messages go and what they look like, by kind.
package enum ReceiverTarget: Equatable, Sendable {
  case webhook(WebhookSettings)
  case slack(SlackSettings)
  case mattermost(MattermostSettings)
  case discord(DiscordSettings)
  case msteamsv2(MSTeamsSettings)
  case telegram(TelegramSettings)
  case matrix(MatrixSettings)

  package var kind: IntegrationKind {
    switch self {
    case .webhook: .webhook
    case .slack: .slack
    case .mattermost: .mattermost
    case .discord: .discord
    case .msteamsv2: .msteamsv2
    case .telegram: .telegram
    case .matrix: .matrix
    }
  }

  /// What is known of the kind.
  package var receiver: any MessageReceiver {
    switch self {
    case .webhook(let settings): settings
    case .slack(let settings): settings
    case .mattermost(let settings): settings
    case .discord(let settings): settings
    case .msteamsv2(let settings): settings
    case .telegram(let settings): settings
    case .matrix(let settings): settings
    }
  }
}

/// One entry of `alertmanagers`.
package struct AlertmanagerSettings: Equatable, Sendable {
  /// Absolute http or https URL, without a slash at its end; `/api/v2/alerts` follows it.
  package var url: Secret
  package var http = HTTPSettings()
  /// Of one try.
  package var timeout: Duration = .seconds(10)
  /// How many before it are at the same host and port.
  package var othersBefore = 0

  package init(url: Secret) { self.url = url }
}
