/// The keys of Alertmanager's part of the file.
extension GrammarTests {
  private static let route = [
    "receiver", "group_by", "group_wait", "group_interval", "repeat_interval", "routes",
  ]
  private static let matchers = ["matchers", "match", "match_re"]
  private static let http = [
    "authorization", "basic_auth", "tls_config", "proxy_url", "connect_to",
  ]
  private static let attachment = ["fallback", "color", "pretext", "text", "title", "title_link"]

  static let notifications: [(before: String, keys: [String], after: String)] = [
    ("route: {", route, "}"),
    (
      "route: {routes: [{",
      route + matchers + ["continue", "mute_time_intervals", "active_time_intervals"], "}]}"
    ),
    (
      "receivers: [{",
      [
        "name", "webhook_configs", "slack_configs", "mattermost_configs", "discord_configs",
        "msteamsv2_configs", "telegram_configs", "matrix_configs",
      ], "}]"
    ),
    (
      "receivers: [{name: a, webhook_configs: [{",
      [
        "url", "url_file", "http_config", "send_resolved", "max_alerts", "timeout",
        "signing_secret", "signing_secret_file", "signing_secret_next",
        "signing_secret_next_file",
      ], "}]}]"
    ),
    ("receivers: [{webhook_configs: [{url: http://a.example, http_config: {", http, "}}]}]"),
    (
      "receivers: [{slack_configs: [{",
      attachment + [
        "api_url", "api_url_file", "app_token", "app_token_file", "app_url", "channel",
        "username", "fields", "short_fields", "footer", "icon_emoji", "icon_url", "image_url",
        "thumb_url", "link_names", "mrkdwn_in", "actions", "http_config", "send_resolved",
        "timeout",
      ], "}]}]"
    ),
    ("receivers: [{slack_configs: [{fields: [{", ["title", "value", "short"], "}]}]}]"),
    ("receivers: [{slack_configs: [{actions: [{", ["type", "text", "url", "style"], "}]}]}]"),
    (
      "receivers: [{mattermost_configs: [{",
      [
        "webhook_url", "webhook_url_file", "channel", "username", "text", "icon_url",
        "icon_emoji", "attachments", "props", "priority", "http_config",
      ], "}]}]"
    ),
    (
      "receivers: [{mattermost_configs: [{attachments: [{",
      attachment + [
        "author_name", "author_link", "author_icon", "fields", "thumb_url", "image_url", "footer",
        "footer_icon",
      ], "}]}]}]"
    ),
    (
      "receivers: [{mattermost_configs: [{attachments: [{fields: [{",
      ["title", "value", "short"], "}]}]}]}]"
    ),
    ("receivers: [{mattermost_configs: [{props: {", ["card"], "}}]}]"),
    (
      "receivers: [{mattermost_configs: [{priority: {",
      ["priority", "requested_ack", "persistent_notifications"], "}}]}]"
    ),
    (
      "receivers: [{discord_configs: [{",
      [
        "webhook_url", "webhook_url_file", "title", "message", "content", "username",
        "avatar_url",
      ], "}]}]"
    ),
    (
      "receivers: [{msteamsv2_configs: [{",
      ["webhook_url", "webhook_url_file", "title", "text"], "}]}]"
    ),
    (
      "receivers: [{telegram_configs: [{",
      [
        "bot_token", "bot_token_file", "api_url", "chat_id", "message_thread_id", "message",
        "parse_mode", "disable_notifications",
      ], "}]}]"
    ),
    (
      "receivers: [{matrix_configs: [{",
      [
        "homeserver_url", "room_id", "access_token", "access_token_file", "msgtype", "text",
        "html",
      ], "}]}]"
    ),
    (
      "inhibit_rules: [{",
      [
        "name", "source_matchers", "source_match", "source_match_re", "target_matchers",
        "target_match", "target_match_re", "equal",
      ], "}]"
    ),
    ("time_intervals: [{", ["name", "time_intervals"], "}]"),
    (
      "time_intervals: [{name: a, time_intervals: [{",
      ["times", "weekdays", "days_of_month", "months", "years", "location"], "}]}]"
    ),
    (
      "time_intervals: [{name: a, time_intervals: [{times: [{", ["start_time", "end_time"],
      "}]}]}]"
    ),
    ("alertmanagers: [{", ["url", "url_file", "http", "timeout"], "}]"),
    ("alertmanagers: [{url: http://a.example, http: {", http, "}}]"),
  ]
}
