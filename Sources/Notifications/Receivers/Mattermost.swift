package import Signals
package import Templates

/// One entry of `mattermost_configs`. Of a text that is `nil` the default is sent, or nothing.
package struct MattermostSettings: Equatable, Sendable {
  package struct Field: Equatable, Sendable {
    package var title: MessageTemplate
    package var value: MessageTemplate
    package var short = false

    package init(title: MessageTemplate, value: MessageTemplate) {
      self.title = title
      self.value = value
    }
  }

  package struct Attachment: Equatable, Sendable {
    package var fallback: MessageTemplate?
    package var color: MessageTemplate?
    package var pretext: MessageTemplate?
    package var text: MessageTemplate?
    package var authorName: MessageTemplate?
    package var authorLink: MessageTemplate?
    package var authorIcon: MessageTemplate?
    package var title: MessageTemplate?
    package var titleLink: MessageTemplate?
    package var fields: [Field] = []
    package var thumbURL: MessageTemplate?
    package var imageURL: MessageTemplate?
    package var footer: MessageTemplate?
    package var footerIcon: MessageTemplate?

    package init() {}
  }

  package struct Priority: Equatable, Sendable {
    /// `urgent`, `important` or `standard`.
    package var priority: MessageTemplate
    package var requestedAck = false
    package var persistentNotifications = false

    package init(_ priority: MessageTemplate) { self.priority = priority }
  }

  package static let attachmentsMax = 10

  package var webhookURL: Secret
  package var channel: MessageTemplate?
  package var username: MessageTemplate?
  package var iconURL: MessageTemplate?
  package var iconEmoji: MessageTemplate?
  package var text: MessageTemplate?
  package var attachments: [Attachment] = []
  /// `props.card`: what the side bar shows.
  package var card: MessageTemplate?
  package var priority: Priority?

  package init(webhookURL: Secret) { self.webhookURL = webhookURL }
}

extension MattermostSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    var draft = ChatDraft(message, context, .mattermost)
    let limits = draft.limits
    var members: [(String, ChatJSON?)] = [
      ("channel", .optional(draft.aside(channel, in: .plain, to: limits.aside))),
      ("username", .optional(draft.aside(username, in: .plain, to: limits.aside))),
      ("icon_emoji", .optional(draft.aside(iconEmoji, in: .plain, to: limits.aside))),
      ("icon_url", .optional(draft.url(iconURL))),
    ]
    let made = attachments.prefix(Self.attachmentsMax).map { draft.json(of: $0) }
    if !made.isEmpty { members.append(("attachments", .list(made.map(\.json)))) }
    if let card {
      let text = draft.aside(card, in: .mattermost, to: limits.text)
      members.append(("props", .object([("card", .optional(text))])))
    }
    if let priority {
      let name = draft.line(priority.priority, default: nil, in: .plain, to: 32)
      members.append(
        (
          "priority",
          .object([
            ("priority", .text(name)), ("requested_ack", .flagged(priority.requestedAck)),
            ("persistent_notifications", .flagged(priority.persistentNotifications)),
          ])
        ))
    }
    // Attachments that say nothing, or not all that they should, are no message.
    let isNeeded = draft.problem != nil || !made.contains(where: \.isShown)
    if isNeeded || text != nil || message.isTest {
      let bound = TextBound(unit: limits.unit, count: limits.text, bytes: limits.body / 2)
      let text = draft.text(
        text, default: "mattermost.default.text",
        .init(markup: .mattermost, bound: bound, leads: true, isNeeded: isNeeded))
      members.append(("text", .text(text)))
    }
    return RenderedBody(ChatJSON.object(members).bytes, problem: draft.problem)
  }

  package func request(idempotencyKey: String) -> DeliveryRequest {
    DeliveryRequest(to: webhookURL)
  }
}

extension ChatDraft {
  /// `isShown`: whether there is a text to read.
  fileprivate mutating func json(
    of attachment: MattermostSettings.Attachment
  ) -> (json: ChatJSON, isShown: Bool) {
    let long = 8000
    let pretext = aside(attachment.pretext, in: .mattermost, to: long)
    let title = aside(attachment.title, in: .mattermost, to: limits.title)
    let text = aside(attachment.text, in: .mattermost, to: long)
    let fields = attachment.fields.prefix(20).map { field in
      ChatJSON.object([
        ("title", .text(line(field.title, default: nil, in: .mattermost, to: 300))),
        ("value", .text(aside(field.value, in: .mattermost, to: 2000) ?? "")),
        ("short", .flag(field.short)),
      ])
    }
    let json = ChatJSON.object([
      ("fallback", .optional(aside(attachment.fallback, in: .plain, to: limits.title))),
      ("color", .text(aside(attachment.color, in: .plain, to: 32) ?? tone.color)),
      ("pretext", .optional(pretext)),
      ("author_name", .optional(aside(attachment.authorName, in: .plain, to: limits.aside))),
      ("author_link", .optional(url(attachment.authorLink))),
      ("author_icon", .optional(url(attachment.authorIcon))),
      ("title", .optional(title)),
      ("title_link", .optional(url(attachment.titleLink))),
      ("text", .optional(text)),
      ("fields", fields.isEmpty ? nil : .list(fields)),
      ("image_url", .optional(url(attachment.imageURL))),
      ("thumb_url", .optional(url(attachment.thumbURL))),
      ("footer", .optional(aside(attachment.footer, in: .plain, to: limits.aside))),
      ("footer_icon", .optional(url(attachment.footerIcon))),
    ])
    return (json, !fields.isEmpty || [pretext, title, text].contains { $0 != nil })
  }
}

extension ChatDraft.Tone {
  fileprivate var color: String {
    switch self {
    case .good: "#2eb886"
    case .warning: "#daa038"
    case .bad: "#a30200"
    }
  }
}
