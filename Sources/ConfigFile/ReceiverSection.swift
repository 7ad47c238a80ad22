import Notifications
import Signals

extension ConfigFile {
  private static let receiverLimit = 1000
  private static let webhookLimit = 100
  static let receiverNameLimit = 100

  static func readReceivers(_ value: Value?) -> [Receiver] {
    var names = NamesOnce(list: "receivers")
    let items = value?.items(atMost: receiverLimit) ?? []
    return items.enumerated().compactMap { index, item in
      Section.read(item) { section in
        let receiver = readReceiver(section)
        names.check(receiver.name, of: section, at: index)
        return receiver
      }
    }
  }

  /// The name is empty when it is missing or wrong, which is reported.
  private static func readReceiver(_ section: Section) -> Receiver {
    let name = section.required("name")?.text(length: 1...receiverNameLimit)
    var receiver = Receiver(name: name ?? "")
    let webhooks = section["webhook_configs"]?.items(atMost: webhookLimit) ?? []
    receiver.webhooks = webhooks.compactMap { Section.read($0, readWebhook) }
    section.refuseEntries(
      of: "slack_configs", "mattermost_configs", "discord_configs", "msteamsv2_configs",
      "telegram_configs", "matrix_configs", step: 7)
    section.refuse(
      "email_configs", "incidentio_configs", "jira_configs", "msteams_configs",
      "opsgenie_configs", "pagerduty_configs", "pushover_configs", "rocketchat_configs",
      "sns_configs", "victorops_configs", "webex_configs", "wechat_configs")
    return receiver
  }

  /// The URL is empty when it is missing or wrong, which is reported.
  private static func readWebhook(_ section: Section) -> WebhookSettings {
    let url = readWebhookURL(section)
    var webhook = WebhookSettings(url: url ?? Secret(""))
    section.section("http_config") {
      readHTTP($0, into: &webhook.http, url: webhook.url.exposed, use: .webhook)
    }
    webhook.sendResolved = section.flag("send_resolved") ?? webhook.sendResolved
    webhook.maxAlerts = section.whole("max_alerts", in: 0...1_000_000) ?? webhook.maxAlerts
    // 0 is Alertmanager's word for no timeout of its own.
    let timeout = section["timeout"]?.duration()
    webhook.timeout = timeout == .zero ? nil : timeout
    webhook.signingSecret = section.secret("signing_secret")
    section.refuse("payload")
    return webhook
  }

  private static func readWebhookURL(_ section: Section) -> Secret? {
    let url = section.secret("url")
    if !section.has("url") && !section.has("url_file") {
      section.report("required, or url_file", at: "url")
    }
    guard let url else { return nil }
    let isLong = url.exposed.utf8.count > URLCheck.lengthLimit
    let reason =
      isLong
      ? "longer than \(URLCheck.lengthLimit) characters"
      : URLCheck.server(url.exposed, http: "http_config")
    guard let reason else { return url }
    section.report(reason, at: section.has("url") ? "url" : "url_file")
    return nil
  }
}
