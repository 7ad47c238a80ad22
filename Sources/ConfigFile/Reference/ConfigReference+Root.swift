import Agent
import Alerting
import Notifications

extension ConfigReference {
  /// The top of the file, and what concerns the agent as a whole.
  static var rootSections: [ReferenceSection] {
    [
      ReferenceSection(
        "Top level", at: "", says: "Each key may be absent: an empty file is valid.",
        keys: [
          .key("global", means: "How often, and what goes for all."),
          .key("storage", means: "The journal on disk, and how long it keeps what."),
          .key(
            "postgres", unset: .words("no Postgres"),
            means: "Health to Postgres, MCPs and settings from there. An empty section is one."),
          .key("circuit_breaker", means: "When MCPs that fail are left alone."),
          .key("mcps", means: "The MCP servers to watch."),
          .key("address_policy", means: "Which addresses the agent connects to."),
          .key("web", means: "What the web server serves besides."),
          .key("logging", means: "What lines of the log say."),
          .key(
            "rule_files",
            means: "Prometheus's rule files; a pattern may match none, a name may not."
          ),
          .key("templates", means: "Files of [templates](templates.md) that messages may call."),
          .key(
            "route", unset: .words("nobody is told; required when there are receivers"),
            means: "Who is told of which alerts."),
          .key("receivers", means: "Those who can be told."),
          .key("inhibit_rules", means: "Which alerts hold others."),
          .key("time_intervals", means: "Times that routes name."),
          .key("mute_time_intervals", means: "An older name of `time_intervals`; both count."),
          .key("alertmanagers", means: "Alertmanagers that every alert is pushed to."),
        ]),
      global,
      ReferenceSection(
        "storage", at: "storage", says: "",
        keys: [
          .key(
            "path", unset: .of(StorageSettings().path),
            means: "The directory of the journal; `--storage.path` wins. A change counts from the "
              + "next start on."),
          .key(
            "retention.events", unset: .of(StorageSettings().eventRetention),
            means: "How long events, ended messages and what is known of removed MCPs are kept."),
          .key(
            "retention.samples", unset: .of(automaticRetention),
            means: "How long the agent's own series are kept; `auto` is two hours, or as long as "
              + "a rule looks back. A duration must be as long as a rule looks back."),
        ]),
    ]
  }

  private static let automaticRetention = "auto"

  private static var global: ReferenceSection {
    let global = GlobalSettings()
    return ReferenceSection(
      "global", at: "global", says: "",
      keys: [
        .key(
          "probe_interval", unset: .of(global.probeInterval), means: "How often an MCP is probed."),
        .key(
          "probe_timeout", unset: .of(global.probeTimeout),
          means: "A probe has ended by then. At most the interval; unset, it is no longer than "
            + "that."),
        .key(
          "evaluation_interval", unset: .of(global.evaluationInterval),
          means: "How often samples are taken and rules evaluated whose group does not say."),
        .key(
          "rule_query_offset", unset: .of(global.ruleQueryOffset),
          means: "How far in the past rules are evaluated whose group does not say."),
        .key(
          "external_labels", means: "Labels that alerts get when they leave the agent."),
        .key(
          "slack_api_url", means: "The webhook of `slack_configs` without `api_url`, `app_token`."),
        .key(
          "mattermost_webhook_url", means: "The webhook of `mattermost_configs` without one."),
        .key(
          "telegram_api_url", unset: .words("`\(TelegramSettings.apiURL)`"),
          means: "The API of `telegram_configs` without `api_url`."),
        .key(
          "telegram_bot_token", means: "The token of `telegram_configs` without `bot_token`."),
        .key(
          "resolve_timeout",
          means: "Not used, of which there is a warning: the rules say when an alert ends."),
      ])
  }
}
