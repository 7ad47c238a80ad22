import Notifications
import Signals

extension ReceiverReader {
  private static let fieldsLimit = 20

  func mattermost(_ section: Section) -> Reading {
    let url =
      section.secretURL(
        "webhook_url", default: defaults.mattermostURL,
        orElse: ", or mattermost_webhook_url under global") ?? Secret("")
    var mattermost = MattermostSettings(webhookURL: url)
    mattermost.channel = template(section, "channel")
    mattermost.username = template(section, "username")
    mattermost.iconURL = template(section, "icon_url")
    mattermost.iconEmoji = template(section, "icon_emoji")
    mattermost.text = template(section, "text")
    mattermost.attachments = list(
      section["attachments"], atMost: MattermostSettings.attachmentsMax, attachment)
    section.section("props") { mattermost.card = template($0, "card") }
    mattermost.priority = section.section("priority", priority) ?? nil
    section.refuse("type")
    return (.mattermost(mattermost), url.exposed)
  }

  private func attachment(_ section: Section) -> MattermostSettings.Attachment? {
    var attachment = MattermostSettings.Attachment()
    attachment.fallback = template(section, "fallback")
    attachment.color = template(section, "color")
    attachment.pretext = template(section, "pretext")
    attachment.text = template(section, "text")
    attachment.authorName = template(section, "author_name")
    attachment.authorLink = template(section, "author_link")
    attachment.authorIcon = template(section, "author_icon")
    attachment.title = template(section, "title")
    attachment.titleLink = template(section, "title_link")
    attachment.fields = list(section["fields"], atMost: Self.fieldsLimit, field)
    attachment.thumbURL = template(section, "thumb_url")
    attachment.imageURL = template(section, "image_url")
    attachment.footer = template(section, "footer")
    attachment.footerIcon = template(section, "footer_icon")
    return attachment
  }

  private func field(_ section: Section) -> MattermostSettings.Field? {
    let (title, value) = (required(section, "title"), required(section, "value"))
    let short = section.flag("short") ?? false
    guard let title, let value else { return nil }
    var field = MattermostSettings.Field(title: title, value: value)
    field.short = short
    return field
  }

  private func priority(_ section: Section) -> MattermostSettings.Priority? {
    let text = required(section, "priority")
    let requestedAck = section.flag("requested_ack") ?? false
    let persists = section.flag("persistent_notifications") ?? false
    guard let text else { return nil }
    var priority = MattermostSettings.Priority(text)
    (priority.requestedAck, priority.persistentNotifications) = (requestedAck, persists)
    return priority
  }
}
