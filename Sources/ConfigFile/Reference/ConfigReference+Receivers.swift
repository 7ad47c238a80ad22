import Notifications
import Signals

extension ConfigReference {
  /// Where every kind of entry stands.
  static let entries = IntegrationKind.allCases.map { "receivers[].\($0.rawValue)_configs[]" }

  static var receiverSections: [ReferenceSection] { [receivers, everyEntry, webhooks] }

  private static var receivers: ReferenceSection {
    ReferenceSection(
      "receivers", at: "receivers[]",
      says: "Each entry of a receiver is a destination of its own; [chats](receivers.md) has more.",
      keys: [
        .key("name", means: "What routes call it; no other receiver has it."),
        .key("webhook_configs", means: "Webhooks in Alertmanager's format."),
        .key("slack_configs", means: "Slack, and what speaks like it."),
        .key("mattermost_configs", means: "Mattermost."),
        .key("discord_configs", means: "Discord."),
        .key("msteamsv2_configs", means: "Microsoft Teams, by its workflows."),
        .key("telegram_configs", means: "Telegram."),
        .key("matrix_configs", means: "Rooms of Matrix; Alertmanager has no such kind."),
      ])
  }

  private static var everyEntry: ReferenceSection {
    let other = Integration(.webhook(WebhookSettings(url: Secret(""))))
    let slack = Integration(.slack(SlackSettings(.webhook(Secret("")))))
    return ReferenceSection(
      "Every entry of a receiver", at: entries, says: "What each kind has besides its own keys.",
      keys: [
        .key(
          "send_resolved",
          unset: .words("`\(other.sendResolved)`; of Slack `\(slack.sendResolved)`"),
          means: "Whether the end of an alert is told too."),
        .key("http_config", means: "How it is spoken to."),
        .key(
          "timeout",
          unset: .words("`\(NotificationState.tryTimeout.prometheusText)`"),
          means: "How long one try may take; 0 is as unset."),
      ])
  }

  private static var webhooks: ReferenceSection {
    let webhook = WebhookSettings(url: Secret(""))
    return ReferenceSection(
      "webhook_configs", at: "receivers[].webhook_configs[]",
      says: "[Signed webhooks](security.md#signed-webhooks) says how a signature is checked.",
      keys: [
        .key("url", means: "Where messages go."),
        .key(
          "max_alerts", unset: .of(webhook.maxAlerts),
          means: "Alerts in one message, the others being counted; 0 is no limit."),
        .key("signing_secret", means: "Signs each message."),
        .key(
          "signing_secret_next", means: "Signs too, while the receiver goes over to it."),
      ])
  }
}
