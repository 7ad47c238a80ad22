import Notifications
import Signals
import Templates

extension ReceiverReader {
  private static let fieldsLimit = 20
  private static let actionsLimit = 5

  func slack(_ section: Section) -> Reading {
    let (door, url) = slackDoor(section)
    var slack = SlackSettings(door)
    slack.channel = template(section, "channel")
    slack.username = template(section, "username")
    slack.iconEmoji = template(section, "icon_emoji")
    slack.iconURL = template(section, "icon_url")
    slack.color = template(section, "color")
    slack.title = template(section, "title")
    slack.titleLink = template(section, "title_link")
    slack.pretext = template(section, "pretext")
    slack.text = template(section, "text")
    slack.fallback = template(section, "fallback")
    slack.footer = template(section, "footer")
    slack.imageURL = template(section, "image_url")
    slack.thumbURL = template(section, "thumb_url")
    slack.shortFields = section.flag("short_fields") ?? slack.shortFields
    slack.linkNames = section.flag("link_names") ?? slack.linkNames
    slack.fields = list(section["fields"], atMost: Self.fieldsLimit, slackField)
    slack.actions = list(section["actions"], atMost: Self.actionsLimit, slackAction)
    if let names = section["mrkdwn_in"]?.items(atMost: Self.fieldsLimit) {
      slack.mrkdwnIn = names.compactMap { $0.text(length: 1...100) }
    }
    section.refuse("callback_id", "message_text")
    return (.slack(slack), url)
  }

  /// A bot's token, or the URL of a webhook, which `global` may have.
  private func slackDoor(_ section: Section) -> (SlackSettings.Door, url: String) {
    let hasToken = section.has("app_token") || section.has("app_token_file")
    let hasURL = section.has("api_url") || section.has("api_url_file")
    let token = section.secret("app_token")
    let botURL = section.baseURL("app_url")
    if hasToken {
      if hasURL {
        section.report("set app_token or api_url, not both", at: "app_token")
        _ = section.secret("api_url")
      }
      if !section.has("channel") { section.report("required: a bot writes to it", at: "channel") }
      let url = botURL ?? SlackSettings.botURL
      section.warnOfPlainSecret("the token", to: url)
      return (.bot(token: token ?? Secret(""), url: url), url)
    }
    if section.has("app_url") { section.report("only with app_token", at: "app_url") }
    let url = section.secretURL(
      "api_url", default: defaults.slackURL, orElse: ", app_token, or slack_api_url under global")
    return (.webhook(url ?? Secret("")), (url ?? Secret("")).exposed)
  }

  private func slackField(_ section: Section) -> SlackSettings.Field? {
    let (title, value) = (required(section, "title"), required(section, "value"))
    let short = section.flag("short")
    guard let title, let value else { return nil }
    return .init(title: title, value: value, short: short)
  }

  /// Only buttons with a link: nobody would answer to others.
  private func slackAction(_ section: Section) -> SlackSettings.Action? {
    section["type"]?.takes(.words(["button"]))
    if let type = section.required("type"), let text = type.text(), text != "button" {
      type.report("only button")
    }
    let (text, url) = (required(section, "text"), required(section, "url"))
    let style = template(section, "style")
    section.refuse("confirm", "name", "value")
    guard let text, let url else { return nil }
    return .init(text: text, url: url, style: style)
  }

  func list<Element>(
    _ value: Value?, atMost limit: Int, _ read: (Section) -> Element?
  ) -> [Element] {
    (value?.items(atMost: limit) ?? []).compactMap { Section.read($0, read) ?? nil }
  }
}
