import Notifications
import Signals

extension ConfigReference {
  /// A table for each chat.
  static var chatSections: [ReferenceSection] {
    [slack, mattermost, mattermostAttachments, discord, teams, telegram, matrix]
  }

  private static var slack: ReferenceSection {
    let slack = SlackSettings(.webhook(Secret("")))
    return ReferenceSection(
      "slack_configs", at: "receivers[].slack_configs[]",
      says: "A webhook, or a bot with `app_token`.",
      keys: [
        .key("api_url", means: "The incoming webhook."),
        .key("app_token", means: "The token of a bot; not together with `api_url`."),
        .key(
          "app_url", unset: .words("`\(SlackSettings.botURL)`"),
          means: "What the bot calls; only with `app_token`."),
        .key(
          "channel", unset: .words("the webhook's own; a bot must be told"),
          means: "A channel's `#name` or id."),
        .key("username", unset: .words("the webhook's own"), means: "Who writes."),
        .key("icon_emoji", "icon_url", unset: .words("the webhook's own"), means: "The picture."),
        .key(
          "color", unset: .words("`good`, `warning` or `danger`, by status and severity"),
          means: "Of the bar beside the text."),
        .key("title", unset: .template("slack.default.title"), means: "The title."),
        .key(
          "title_link", unset: .template("slack.default.titlelink"), means: "Where it leads."),
        .key("pretext", means: "What stands above the title."),
        .key("text", unset: .template("slack.default.text"), means: "The text."),
        .key(
          "fallback", unset: .template("slack.default.fallback"),
          means: "What a notification on a screen shows."),
        .key("footer", unset: .template("slack.default.footer"), means: "What stands below."),
        .key("image_url", "thumb_url", means: "A picture below or beside the text."),
        .key("fields", means: "Small tables below the text."),
        .key("fields[].title", means: "The title of a field."),
        .key("fields[].value", means: "Its text."),
        .key(
          "fields[].short", unset: .words("`short_fields`"),
          means: "Whether another one fits beside it."),
        .key(
          "short_fields", unset: .of(slack.shortFields),
          means: "`short` of fields that do not say."),
        .key("actions", means: "Buttons with a link."),
        .key("actions[].type", means: "Other kinds would need a server to answer to."),
        .key("actions[].text", means: "What is on the button."),
        .key("actions[].url", means: "Where it leads; without one there is no button."),
        .key("actions[].style", means: "`default`, `primary` or `danger`."),
        .key(
          "link_names", unset: .of(slack.linkNames),
          means: "Whether `@name` and `#name` of templates become links, and ping."),
        .key(
          "mrkdwn_in", unset: .of(slack.mrkdwnIn), means: "The parts whose markup counts."),
      ])
  }

  private static var mattermost: ReferenceSection {
    return ReferenceSection(
      "mattermost_configs", at: "receivers[].mattermost_configs[]", says: "",
      keys: [
        .key("webhook_url", means: "The incoming webhook."),
        .key("channel", unset: .words("the webhook's own"), means: "A channel, or `@user`."),
        .key("username", unset: .words("the webhook's own"), means: "Who writes."),
        .key("icon_emoji", "icon_url", unset: .words("the webhook's own"), means: "The picture."),
        .key(
          "text", unset: .words("the template `mattermost.default.text` if no attachment is shown"),
          means: "The text above the attachments."),
        .key("attachments", means: "Boxes below the text."),
        .key("props.card", means: "What the side bar shows."),
        .key("priority.priority", means: "`urgent`, `important` or `standard`."),
        .key(
          "priority.requested_ack", unset: .of(false),
          means: "Whether readers are asked to acknowledge."),
        .key(
          "priority.persistent_notifications", unset: .of(false),
          means: "Whether readers are reminded until they do."),
      ])
  }

  private static var mattermostAttachments: ReferenceSection {
    return ReferenceSection(
      "attachments", at: "receivers[].mattermost_configs[].attachments[]", says: "",
      keys: [
        .key("fallback", means: "What a notification on a screen shows."),
        .key("color", unset: .words("by status and severity"), means: "Of the bar beside it."),
        .key("pretext", means: "What stands above the box."),
        .key("author_name", "author_link", "author_icon", means: "Who is named as its author."),
        .key("title", means: "The title."),
        .key("title_link", means: "Where it leads."),
        .key("text", means: "The text."),
        .key("fields", means: "Small tables below the text."),
        .key("fields[].title", means: "The title of a field."),
        .key("fields[].value", means: "Its text."),
        .key(
          "fields[].short", unset: .of(false), means: "Whether another one fits beside it."),
        .key("image_url", "thumb_url", means: "A picture below or beside the text."),
        .key("footer", "footer_icon", means: "What stands below."),
      ])
  }

  private static var discord: ReferenceSection {
    ReferenceSection(
      "discord_configs", at: "receivers[].discord_configs[]", says: "",
      keys: [
        .key("webhook_url", means: "The webhook."),
        .key("title", unset: .template("discord.default.title"), means: "The title."),
        .key("message", unset: .template("discord.default.message"), means: "The text."),
        .key(
          "content", unset: .template("discord.default.content"), means: "What stands above."),
        .key("username", unset: .words("the webhook's own"), means: "Who writes."),
        .key("avatar_url", unset: .words("the webhook's own"), means: "The picture."),
      ])
  }

  private static var teams: ReferenceSection {
    ReferenceSection(
      "msteamsv2_configs", at: "receivers[].msteamsv2_configs[]", says: "",
      keys: [
        .key("webhook_url", means: "The workflow's address."),
        .key("title", unset: .template("msteamsv2.default.title"), means: "The title."),
        .key("text", unset: .template("msteamsv2.default.text"), means: "The text."),
      ])
  }

  private static var telegram: ReferenceSection {
    let telegram = TelegramSettings(botToken: Secret(""), chatID: "")
    return ReferenceSection(
      "telegram_configs", at: "receivers[].telegram_configs[]", says: "",
      keys: [
        .key("bot_token", means: "The bot's token."),
        .key("chat_id", means: "Who is written to."),
        .key("message_thread_id", means: "The topic of a group; 0 is none."),
        .key(
          "api_url", unset: .words("`global.telegram_api_url`"), means: "Where the API is."),
        .key(
          "message",
          unset: .words("the template `telegram.default.message`, or `.text` in other modes"),
          means: "The text."),
        .key(
          "parse_mode", unset: .of(telegram.parseMode), means: "The markup of `message`."),
        .key(
          "disable_notifications", unset: .of(telegram.disableNotifications),
          means: "Whether messages come without a sound."),
      ])
  }

  private static var matrix: ReferenceSection {
    let matrix = MatrixSettings(homeserverURL: "", roomID: "", accessToken: Secret(""))
    return ReferenceSection(
      "matrix_configs", at: "receivers[].matrix_configs[]", says: "",
      keys: [
        .key("homeserver_url", means: "The homeserver."),
        .key("room_id", means: "The room; the settings of the room show its id."),
        .key("access_token", means: "Of the user who writes."),
        .key(
          "msgtype", unset: .of(matrix.messageType),
          means: "A notice is what programs write; clients may show it with less ado."),
        .key("text", unset: .template("matrix.default.text"), means: "The plain text."),
        .key(
          "html", unset: .words("`text`, or without it the template `matrix.default.html`"),
          means: "The same with markup."),
      ])
  }
}
