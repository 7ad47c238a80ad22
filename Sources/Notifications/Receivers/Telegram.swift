package import Signals
package import Templates

/// One entry of `telegram_configs`. Of a text that is `nil` the default is sent.
package struct TelegramSettings: Equatable, Sendable {
  package enum ParseMode: String, CaseIterable, Sendable {
    case html = "HTML"
    case markdownV2 = "MarkdownV2"
    case markdown = "Markdown"
    case plain = ""
  }

  package static let apiURL = "https://api.telegram.org"

  package var botToken: Secret
  /// Without a slash at its end.
  package var apiURL = Self.apiURL
  /// A number, or `@name` of a channel.
  package var chatID: String
  package var messageThreadID: Int64?
  package var message: MessageTemplate?
  package var parseMode = ParseMode.html
  package var disableNotifications = false

  package init(botToken: Secret, chatID: String) {
    self.botToken = botToken
    self.chatID = chatID
  }
}

extension TelegramSettings: MessageReceiver {
  package func body(
    for outgoing: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    var draft = ChatDraft(outgoing, context, .telegram)
    let limits = draft.limits
    let markup = markup
    let listing = ChatDraft.Listing(
      markup: markup,
      bound: TextBound(unit: limits.unit, count: limits.text, bytes: limits.body / 2),
      leads: true, isNeeded: true)
    // The default with markup is HTML; in other modes it is plain and escaped as a whole.
    let isHTML = parseMode == .html
    let text = draft.text(
      message, default: isHTML ? "telegram.default.message" : "telegram.default.text", listing,
      ofDefault: isHTML ? nil : listing.plain { markup.escaped($0) })
    let members: [(String, ChatJSON?)] = [
      ("chat_id", Int64(chatID).map { .number($0) } ?? .text(chatID)),
      ("message_thread_id", messageThreadID.map { .number($0) }),
      ("text", .text(text)),
      ("parse_mode", parseMode == .plain ? nil : .text(parseMode.rawValue)),
      ("disable_notification", .flagged(disableNotifications)),
      ("link_preview_options", .object([("is_disabled", .flag(true))])),
    ]
    return RenderedBody(ChatJSON.object(members).bytes, problem: draft.problem)
  }

  private var markup: Markup {
    switch parseMode {
    case .html: .telegramHTML
    case .markdownV2: .telegramMarkdownV2
    case .markdown: .telegramMarkdown
    case .plain: .telegramPlain
    }
  }

  package func request(idempotencyKey: String) -> DeliveryRequest {
    DeliveryRequest(
      to: Secret("\(apiURL)/bot\(botToken.exposed)/sendMessage"), answerBytes: AnswerBody.bytesMax)
  }

  /// An answer that is not `ok` counts as its `error_code`, whatever the status.
  package func meaning(of answer: DeliveryAnswer) -> AnswerMeaning {
    let body = AnswerBody(answer.body)
    var answer = answer
    if (200...299).contains(answer.status), body.ok != true {
      // Something in between has answered, not Telegram.
      if body.ok == nil { return .again(after: answer.retryAfter, .serverError) }
      answer.status = body.code.flatMap { Int(exactly: $0) } ?? 400
      if (200...299).contains(answer.status) { answer.status = 400 }
    }
    return AnswerMeaning(of: answer, body.retryAfter)
  }
}
