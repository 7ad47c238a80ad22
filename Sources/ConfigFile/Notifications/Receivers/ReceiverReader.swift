import Notifications
import Signals
import Templates

/// What `global` says for all receivers of a kind.
struct ReceiverDefaults {
  var slackURL: Secret?
  var mattermostURL: Secret?
  var telegramURL: String?
  var telegramToken: Secret?

  init() {}

  init(_ global: Section) {
    slackURL = global.secretURL("slack_api_url", isOptional: true)
    mattermostURL = global.secretURL("mattermost_webhook_url", isOptional: true)
    telegramURL = global.baseURL("telegram_api_url")
    telegramToken = global.secret("telegram_bot_token")
    if let telegramToken, !ReceiverReader.isToken(telegramToken.exposed) {
      global.report(
        "not a bot's token, such as 123456:ABC-DEF",
        at: global.has("telegram_bot_token") ? "telegram_bot_token" : "telegram_bot_token_file")
    }
    if global.duration("resolve_timeout") != nil {
      global["resolve_timeout"]?.warn("not used: the rules say when an alert ends")
    }
    global.refuse(
      "http_config", "jira_api_url", "opsgenie_api_key", "opsgenie_api_key_file",
      "opsgenie_api_url", "pagerduty_url", "rocketchat_api_url", "rocketchat_token",
      "rocketchat_token_file", "rocketchat_token_id", "rocketchat_token_id_file",
      "slack_app_token", "slack_app_token_file", "slack_app_url", "smtp_auth_identity",
      "smtp_auth_password", "smtp_auth_password_file", "smtp_auth_secret", "smtp_auth_username",
      "smtp_from", "smtp_hello", "smtp_require_tls", "smtp_smarthost", "smtp_tls_config",
      "victorops_api_key", "victorops_api_key_file", "victorops_api_url", "webex_api_url",
      "wechat_api_corp_id", "wechat_api_secret", "wechat_api_url")
  }
}

/// Reads `receivers`.
struct ReceiverReader {
  let defaults: ReceiverDefaults
  /// `nil` when a file of templates is wrong: then texts that may call it are not looked at.
  let library: TemplateLibrary?

  private static let receiverLimit = 1000
  private static let integrationLimit = 100

  func receivers(_ value: Value?) -> [Receiver] {
    var names = NamesOnce(list: "receivers")
    let items = value?.items(atMost: Self.receiverLimit) ?? []
    return items.enumerated().compactMap { index, item in
      Section.read(item) { section in
        let receiver = receiver(section)
        names.check(receiver.name, of: section, at: index)
        return receiver
      }
    }
  }

  /// The name is empty when it is missing or wrong, which is reported.
  private func receiver(_ section: Section) -> Receiver {
    let name = section.required("name")?.text(length: 1...ConfigFile.receiverNameLimit)
    var receiver = Receiver(name: name ?? "")
    for kind in IntegrationKind.allCases {
      let items = section["\(kind.rawValue)_configs"]?.items(atMost: Self.integrationLimit) ?? []
      receiver.integrations += items.compactMap { item in
        Section.read(item) { integration(kind, $0) }
      }
    }
    section.refuseEntries(
      of: "email_configs", "incidentio_configs", "jira_configs", "msteams_configs",
      "opsgenie_configs", "pagerduty_configs", "pushover_configs", "rocketchat_configs",
      "sns_configs", "victorops_configs", "webex_configs", "wechat_configs")
    return receiver
  }

  /// What is required and missing or wrong is reported, and empty.
  private func integration(_ kind: IntegrationKind, _ section: Section) -> Integration {
    let (target, url) =
      switch kind {
      case .webhook: webhook(section)
      case .slack: slack(section)
      case .mattermost: mattermost(section)
      case .discord: discord(section)
      case .msteamsv2: msteams(section)
      case .telegram: telegram(section)
      case .matrix: matrix(section)
      }
    var integration = Integration(target)
    section.section("http_config") {
      ConfigFile.readHTTP($0, into: &integration.http, url: url, use: .webhook)
    }
    if target.sendsAuthorization,
      integration.http.headers.contains(where: { $0.name.lowercased() == "authorization" })
    {
      section.report("the token is sent as Authorization already", at: "http_config")
    }
    integration.sendResolved = section.flag("send_resolved") ?? integration.sendResolved
    // 0 is Alertmanager's word for no timeout of its own.
    let timeout = section["timeout"]?.duration()
    integration.timeout = timeout == .zero ? nil : timeout
    return integration
  }
}

extension ReceiverTarget {
  fileprivate var sendsAuthorization: Bool {
    switch self {
    case .matrix: true
    case .slack(let slack): if case .bot = slack.door { true } else { false }
    case .webhook, .mattermost, .discord, .msteamsv2, .telegram: false
    }
  }
}

// MARK: - Texts with templates

extension ReceiverReader {
  private static let textLimit = 16_384

  /// The text under a key; `nil` when there is none, or it is wrong, which is reported.
  func template(_ section: Section, _ key: String) -> MessageTemplate? {
    guard let value = section[key] else { return nil }
    value.takes(.template(length: Self.textLimit))
    guard let text = value.text(length: 0...Self.textLimit, lines: true) else { return nil }
    return template(text, of: value, called: key)
  }

  /// The same for one that must be there; empty when it is not.
  func required(_ section: Section, _ key: String) -> MessageTemplate? {
    if !section.has(key) { _ = section.required(key) }
    return template(section, key)
      ?? (try? MessageTemplate(parsing: "", name: key, library: .init()))
  }

  private func template(
    _ text: String, of value: Value, called name: String
  ) -> MessageTemplate? {
    guard let library else { return nil }
    do throws(TemplateError) {
      return try MessageTemplate(parsing: text, name: name, library: library)
    } catch {
      value.report(error.detail)
      return nil
    }
  }
}

extension Section {
  /// Warns that a secret is sent so that others can read it.
  func warnOfPlainSecret(_ what: String, to url: String) {
    guard url.lowercased().hasPrefix("http://"), !URLCheck.isLoopback(url) else { return }
    value.warn("\(what) travels unencrypted: the url is http, not https")
  }
}
