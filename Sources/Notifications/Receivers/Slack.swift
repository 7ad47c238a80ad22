package import Signals
package import Templates

/// One entry of `slack_configs`. Of a text that is `nil` the default is sent, or nothing.
package struct SlackSettings: Equatable, Sendable {
  package enum Door: Equatable, Sendable {
    /// The URL of an incoming webhook.
    case webhook(Secret)
    /// `app_token` and `app_url`: a bot that writes to `channel`.
    case bot(token: Secret, url: String)
  }

  package struct Field: Equatable, Sendable {
    package var title: MessageTemplate
    package var value: MessageTemplate
    /// `nil`: as `short_fields` has it.
    package var short: Bool?

    package init(title: MessageTemplate, value: MessageTemplate, short: Bool? = nil) {
      self.title = title
      self.value = value
      self.short = short
    }
  }

  /// A button with a link; others would need a server to answer to.
  package struct Action: Equatable, Sendable {
    package var text: MessageTemplate
    package var url: MessageTemplate
    /// Empty, `default`, `primary` or `danger`.
    package var style: MessageTemplate?

    package init(text: MessageTemplate, url: MessageTemplate, style: MessageTemplate? = nil) {
      self.text = text
      self.url = url
      self.style = style
    }
  }

  package static let botURL = "https://slack.com/api/chat.postMessage"

  package var door: Door
  /// `#name` or an id; a bot needs it.
  package var channel: MessageTemplate?
  package var username: MessageTemplate?
  package var iconEmoji: MessageTemplate?
  package var iconURL: MessageTemplate?
  package var color: MessageTemplate?
  package var title: MessageTemplate?
  package var titleLink: MessageTemplate?
  package var pretext: MessageTemplate?
  package var text: MessageTemplate?
  package var fallback: MessageTemplate?
  package var footer: MessageTemplate?
  package var imageURL: MessageTemplate?
  package var thumbURL: MessageTemplate?
  package var fields: [Field] = []
  package var actions: [Action] = []
  package var shortFields = false
  /// Names with `@` and `#` in texts of templates become links, and ping.
  package var linkNames = false
  /// The parts of an attachment whose markup counts.
  package var mrkdwnIn = ["fallback", "pretext", "text"]

  package init(_ door: Door) { self.door = door }
}

extension SlackSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    let markup = Markup.slack(breaksMentions: linkNames)
    var draft = ChatDraft(message, context, .slack)
    let limits = draft.limits
    let title = draft.line(
      title, default: "slack.default.title", in: markup, to: limits.title, leads: true)
    var attachment: [(String, ChatJSON?)] = [
      ("color", .text(draft.aside(color, in: .plain, to: 32) ?? draft.tone.slackColor)),
      ("title", .text(title)),
      ("title_link", .optional(draft.url(titleLink, default: "slack.default.titlelink"))),
      ("pretext", .optional(draft.aside(pretext, in: markup, to: 1024))),
      (
        "fallback",
        .text(
          draft.line(
            fallback, default: "slack.default.fallback", in: markup, to: limits.title,
            leads: true))
      ),
      ("fields", list(of: fields.prefix(20).map { field in draft.json(of: field, self) })),
      ("actions", list(of: actions.prefix(5).compactMap { draft.json(of: $0) })),
      (
        "footer",
        .optional(
          draft.aside(footer, default: "slack.default.footer", in: markup, to: limits.aside))
      ),
      ("image_url", .optional(draft.url(imageURL))),
      ("thumb_url", .optional(draft.url(thumbURL))),
      ("mrkdwn_in", .list(mrkdwnIn.map { .text($0) })),
    ]
    var members: [(String, ChatJSON?)] = [
      ("channel", .optional(draft.aside(channel, in: .plain, to: limits.aside))),
      ("username", .optional(draft.aside(username, in: .plain, to: limits.aside))),
      ("icon_emoji", .optional(draft.aside(iconEmoji, in: .plain, to: limits.aside))),
      ("icon_url", .optional(draft.url(iconURL))),
      ("link_names", .flagged(linkNames)),
    ]
    let bound = TextBound(unit: limits.unit, count: limits.text, bytes: limits.body / 2)
    let text = draft.text(
      text, default: "slack.default.text", .init(markup: markup, bound: bound))
    attachment.append(("text", .text(text)))
    members.append(("attachments", .list([.object(attachment)])))
    return RenderedBody(ChatJSON.object(members).bytes, problem: draft.problem)
  }

  private func list(of elements: [ChatJSON]) -> ChatJSON? {
    elements.isEmpty ? nil : .list(elements)
  }

  package func request(idempotencyKey: String) -> DeliveryRequest {
    switch door {
    case .webhook(let url): DeliveryRequest(to: url, answerBytes: AnswerBody.bytesMax)
    case .bot(let token, let url):
      DeliveryRequest(
        to: Secret(url), headers: [.init("Authorization", Secret("Bearer " + token.exposed))],
        answerBytes: AnswerBody.bytesMax)
    }
  }

  /// A bot is told of failures with 200.
  package func meaning(of answer: DeliveryAnswer) -> AnswerMeaning {
    let body = AnswerBody(answer.body)
    let status = AnswerMeaning(of: answer, body.retryAfter)
    guard status == .delivered, body.ok != true else { return status }
    if let error = body.error { return Self.meaning(of: error, answer) }
    switch door {
    case .webhook: return body.ok == false ? .refused(.clientError) : .delivered
    case .bot:
      // Something in between has answered, not Slack.
      return .again(after: answer.retryAfter, .serverError)
    }
  }

  private static func meaning(of error: String, _ answer: DeliveryAnswer) -> AnswerMeaning {
    switch error {
    case "ratelimited", "rate_limited", "message_limit_exceeded":
      .again(after: answer.retryAfter, .rateLimited)
    case "service_unavailable", "internal_error", "fatal_error", "request_timeout",
      "team_added_to_org", "accesslimited":
      .again(after: answer.retryAfter, .serverError)
    case "msg_too_long", "msg_blocks_too_long", "attachment_payload_limit_exceeded": .tooLarge
    case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
      "no_permission", "missing_scope", "not_allowed_token_type", "access_denied":
      .refused(.authError)
    default: .refused(.clientError)
    }
  }
}

extension ChatDraft {
  fileprivate mutating func json(
    of field: SlackSettings.Field, _ settings: SlackSettings
  ) -> ChatJSON {
    let markup = Markup.slack(breaksMentions: settings.linkNames)
    return .object([
      ("title", .text(line(field.title, default: nil, in: markup, to: 300))),
      ("value", .text(aside(field.value, in: markup, to: 2000) ?? "")),
      ("short", .flag(field.short ?? settings.shortFields)),
    ])
  }

  /// `nil` for a button without a link.
  fileprivate mutating func json(of action: SlackSettings.Action) -> ChatJSON? {
    guard let url = url(action.url) else { return nil }
    return .object([
      ("type", "button"), ("text", .text(line(action.text, default: nil, in: .plain, to: 75))),
      ("url", .text(url)), ("style", .optional(aside(action.style, in: .plain, to: 32))),
    ])
  }
}

extension ChatDraft.Tone {
  fileprivate var slackColor: String {
    switch self {
    case .good: "good"
    case .warning: "warning"
    case .bad: "danger"
    }
  }
}
