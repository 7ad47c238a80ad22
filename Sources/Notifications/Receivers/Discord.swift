package import Signals
package import Templates

/// One entry of `discord_configs`. Of a text that is `nil` the default is sent, or nothing.
package struct DiscordSettings: Equatable, Sendable {
  package var webhookURL: Secret
  package var title: MessageTemplate?
  package var message: MessageTemplate?
  package var content: MessageTemplate?
  package var username: MessageTemplate?
  package var avatarURL: MessageTemplate?

  package init(webhookURL: Secret) { self.webhookURL = webhookURL }
}

extension DiscordSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    var draft = ChatDraft(message, context, .discord)
    let limits = draft.limits
    let title = draft.line(
      title, default: "discord.default.title", in: .discord, to: limits.title, leads: true)
    let content = draft.aside(
      content, default: "discord.default.content", in: .discord, to: limits.aside)
    let username = draft.aside(username, in: .plain, to: 80)
    let avatar = draft.url(avatarURL)
    let description = draft.text(
      self.message, default: "discord.default.message",
      .init(
        markup: .discord,
        bound: TextBound(unit: limits.unit, count: limits.text, bytes: limits.body / 2),
        isNeeded: title.isEmpty))
    let page = SafeLink.encoded(context.externalURL + "/")
    let embed = ChatJSON.object([
      ("title", .text(title)), ("url", .optional(page)), ("description", .text(description)),
      ("color", .number(draft.tone.discordColor)),
      ("footer", .object([("text", .text(message.reason.rawValue))])),
    ])
    let members: [(String, ChatJSON?)] = [
      ("content", .optional(content)), ("username", .optional(username)),
      ("avatar_url", .optional(avatar)), ("embeds", .list([embed])),
      // Nobody is pinged, whatever the texts say.
      ("allowed_mentions", .object([("parse", .list([]))])),
    ]
    return RenderedBody(ChatJSON.object(members).bytes, problem: draft.problem)
  }

  /// With `wait`, so that the answer comes when the message is there.
  package func request(idempotencyKey: String) -> DeliveryRequest {
    let url = webhookURL.exposed
    let sign = url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
    return DeliveryRequest(
      to: url.contains("wait=") ? webhookURL : Secret(url + sign + "wait=true"),
      answerBytes: AnswerBody.bytesMax)
  }

  package func meaning(of answer: DeliveryAnswer) -> AnswerMeaning {
    AnswerMeaning(of: answer, AnswerBody(answer.body).retryAfter)
  }
}

extension ChatDraft.Tone {
  /// Alertmanager's red and green.
  fileprivate var discordColor: Int64 {
    switch self {
    case .good: 0x2ecc71
    case .warning: 0xe67e22
    case .bad: 0x992d22
    }
  }
}
