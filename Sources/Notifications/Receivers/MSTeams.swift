package import Signals
package import Templates

/// One entry of `msteamsv2_configs`: a workflow of Microsoft Teams that takes adaptive cards. Of a
/// text that is `nil` the default is sent.
package struct MSTeamsSettings: Equatable, Sendable {
  package var webhookURL: Secret
  package var title: MessageTemplate?
  package var text: MessageTemplate?

  package init(webhookURL: Secret) { self.webhookURL = webhookURL }
}

extension MSTeamsSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    var draft = ChatDraft(message, context, .msteamsv2)
    let limits = draft.limits
    let title = draft.line(
      title, default: "msteamsv2.default.title", in: .teams, to: limits.title, leads: true)
    let text = draft.text(
      text, default: "msteamsv2.default.text",
      .init(
        markup: .teams, bound: TextBound(unit: limits.unit, count: limits.text),
        finish: Self.withParagraphs))
    let page = SafeLink.encoded(context.externalURL + "/").map { url in
      ChatJSON.list([
        .object([("type", "Action.OpenUrl"), ("title", "Page"), ("url", .text(url))])
      ])
    }
    let blocks: [ChatJSON] = [
      Self.block(title, [("weight", "Bolder"), ("size", "Medium"), ("color", draft.tone.teams)]),
      Self.block(text, []),
      Self.block(message.reason.rawValue, [("isSubtle", .flag(true)), ("size", "Small")]),
    ]
    let card = ChatJSON.object([
      ("$schema", "http://adaptivecards.io/schemas/adaptive-card.json"),
      ("type", "AdaptiveCard"), ("version", "1.4"), ("body", .list(blocks)), ("actions", page),
      ("msteams", .object([("width", "Full")])),
    ])
    let attachment = ChatJSON.object([
      ("contentType", "application/vnd.microsoft.card.adaptive"), ("contentUrl", .null),
      ("content", card),
    ])
    let whole = ChatJSON.object([("type", "message"), ("attachments", .list([attachment]))])
    return RenderedBody(whole.bytes, problem: draft.problem)
  }

  private static func block(_ text: String, _ style: [(String, ChatJSON?)]) -> ChatJSON {
    .object([("type", "TextBlock"), ("text", .text(text)), ("wrap", .flag(true))] + style)
  }

  /// A line of its own is a paragraph there.
  private static func withParagraphs(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    let joined = lines.joined(separator: "\n\n")
    return text.utf8.first == UInt8(ascii: "\n") ? "\n\n" + joined : joined
  }

  package func request(idempotencyKey: String) -> DeliveryRequest {
    DeliveryRequest(to: webhookURL)
  }
}

extension ChatDraft.Tone {
  fileprivate var teams: ChatJSON {
    switch self {
    case .good: "Good"
    case .warning: "Warning"
    case .bad: "Attention"
    }
  }
}
