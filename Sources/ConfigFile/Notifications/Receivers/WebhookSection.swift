import Notifications
import Signals

extension ReceiverReader {
  /// What one entry of a receiver says of its kind, and where its messages go.
  typealias Reading = (target: ReceiverTarget, url: String)

  func webhook(_ section: Section) -> Reading {
    let url = section.secretURL("url") ?? Secret("")
    var webhook = WebhookSettings(url: url)
    webhook.maxAlerts = section.whole("max_alerts", in: 0...1_000_000) ?? webhook.maxAlerts
    webhook.signingSecret = section.secret("signing_secret")
    webhook.nextSigningSecret = section.secret("signing_secret_next")
    section.refuse("payload")
    return (.webhook(webhook), url.exposed)
  }

  func discord(_ section: Section) -> Reading {
    let url = section.secretURL("webhook_url") ?? Secret("")
    var discord = DiscordSettings(webhookURL: url)
    discord.title = template(section, "title")
    discord.message = template(section, "message")
    discord.content = template(section, "content")
    discord.username = template(section, "username")
    discord.avatarURL = template(section, "avatar_url")
    return (.discord(discord), url.exposed)
  }

  func msteams(_ section: Section) -> Reading {
    let url = section.secretURL("webhook_url") ?? Secret("")
    var teams = MSTeamsSettings(webhookURL: url)
    teams.title = template(section, "title")
    teams.text = template(section, "text")
    return (.msteamsv2(teams), url.exposed)
  }
}
