import Foundation
import Notifications
import PromQL
import Signals
import Templates

/// Receivers and messages for the tests.
enum Samples {
  static let start = Timestamp(milliseconds: 1_795_514_400_000)

  static func alert(
    mcp: String = "weather", severity: String = "critical", resolved: Bool = false,
    annotations: [Label]? = nil
  ) -> Alert {
    Alert(
      labels: [
        "alertname": "McpDown", "mcp": mcp, "severity": severity, "outcome": "connect_refused",
      ],
      annotations: annotations ?? [
        Label(name: "description", value: "Probes of \(mcp) have failed for two minutes."),
        Label(name: "runbook_url", value: "https://runbooks.test/McpDown?a=1&b=2"),
        Label(name: "summary", value: "\(mcp) is down"),
      ],
      startsAt: start, endsAt: start.advanced(by: .seconds(725)), isResolved: resolved,
      generatorURL: "http://prometheus.test/graph?g0.expr=mcp_up%3D%3D0&g0.tab=1")
  }

  static func message(
    _ alerts: [Alert], _ reason: NotifyReason = .firstNotification
  ) -> OutgoingMessage {
    OutgoingMessage(
      receiver: "chat", groupKey: GroupKey("{}:{alertname=\"McpDown\"}"),
      groupLabels: [Label(name: "alertname", value: "McpDown")], alerts: alerts, reason: reason,
      deliveryID: "agent-1-2", now: start.advanced(by: .seconds(303)))
  }

  static func context(_ templates: String = "", bytesMax: Int = 4 << 20) -> RenderingContext {
    let files = [DefaultTemplates.file, .init(name: "own.tmpl", text: templates)]
    return RenderingContext(
      externalURL: "http://agent.test:9095",
      templates: (try? TemplateLibrary(files: files)) ?? TemplateLibrary(), bytesMax: bytesMax,
      zone: { $0 == "UTC" ? .utc : nil })
  }

  static func template(_ text: String) throws -> MessageTemplate {
    try MessageTemplate(
      parsing: text, name: "text", library: TemplateLibrary(files: [DefaultTemplates.file]))
  }

  static let secret = Secret("http://hook.test/secret")

  static func telegram(_ mode: TelegramSettings.ParseMode) -> TelegramSettings {
    var settings = TelegramSettings(botToken: Secret("1:token"), chatID: "-1001")
    settings.parseMode = mode
    return settings
  }

  static let matrix = MatrixSettings(
    homeserverURL: "https://matrix.test", roomID: "!room:matrix.test",
    accessToken: Secret("syt_token"))
  static let slackBot: SlackSettings.Door = .bot(
    token: Secret("xoxb-token"), url: SlackSettings.botURL)

  /// One of each kind, with all defaults.
  static let targets: [ReceiverTarget] = [
    .slack(SlackSettings(.webhook(secret))), .mattermost(MattermostSettings(webhookURL: secret)),
    .discord(DiscordSettings(webhookURL: secret)), .msteamsv2(MSTeamsSettings(webhookURL: secret)),
    .telegram(telegram(.html)), .matrix(matrix),
  ]
}

/// A body, read by somebody else's parser.
struct ReadBody {
  let bytes: [UInt8]
  let root: [String: Any]
  let problem: String?

  init(_ rendered: RenderedBody) throws {
    bytes = rendered.bytes
    problem = rendered.problem
    root = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
  }

  init(_ target: ReceiverTarget, _ message: OutgoingMessage, _ context: RenderingContext) throws {
    try self.init(target.receiver.body(for: message, in: context))
  }

  /// `path`: `attachments.0.text`.
  func value(_ path: String) -> Any? {
    var value: Any? = root
    for part in path.split(separator: ".") {
      if let object = value as? [String: Any] {
        value = object[String(part)]
      } else if let list = value as? [Any], let index = Int(part), list.indices.contains(index) {
        value = list[index]
      } else {
        return nil
      }
    }
    return value
  }

  func text(_ path: String) -> String { value(path) as? String ?? "" }

  /// Of the text that lists alerts.
  static func listPath(_ kind: IntegrationKind) -> String {
    switch kind {
    case .slack: "attachments.0.text"
    case .discord: "embeds.0.description"
    case .msteamsv2: "attachments.0.content.body.1.text"
    case .matrix: "body"
    case .mattermost, .telegram, .webhook: "text"
    }
  }

  /// One line a text, as `path: value`; what follows of a text is indented.
  var transcript: String {
    var lines: [String] = []
    func walk(_ value: Any, _ path: String) {
      if let object = value as? [String: Any] {
        if object.isEmpty { lines.append("\(path): {}") }
        for key in object.keys.sorted() {
          walk(object[key] ?? "", path.isEmpty ? key : "\(path).\(key)")
        }
      } else if let list = value as? [Any] {
        if list.isEmpty { lines.append("\(path): []") }
        for (index, element) in list.enumerated() { walk(element, "\(path).\(index)") }
      } else {
        let text = "\(value)".split(separator: "\n", omittingEmptySubsequences: false)
        lines.append("\(path): " + text.joined(separator: "\n    "))
      }
    }
    walk(root, "")
    return lines.joined(separator: "\n") + "\n"
  }
}
