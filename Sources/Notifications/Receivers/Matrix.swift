package import Signals
package import Templates

/// One entry of `matrix_configs`.
package struct MatrixSettings: Equatable, Sendable {
  package enum MessageType: String, CaseIterable, Sendable {
    case text = "m.text"
    case notice = "m.notice"
  }

  /// Without a slash at its end.
  package var homeserverURL: String
  /// `!id:server`
  package var roomID: String
  package var accessToken: Secret
  package var messageType = MessageType.text
  /// The plain text; `nil`: the default.
  package var text: MessageTemplate?
  /// The same with markup; `nil`: the default, or `text` when that is given.
  package var html: MessageTemplate?

  package init(homeserverURL: String, roomID: String, accessToken: Secret) {
    self.homeserverURL = homeserverURL
    self.roomID = roomID
    self.accessToken = accessToken
  }
}

extension MatrixSettings: MessageReceiver {
  package func body(
    for message: OutgoingMessage, in context: RenderingContext
  ) -> RenderedBody {
    var draft = ChatDraft(message, context, .matrix)
    let limits = draft.limits
    // Tags and entities count as they are written.
    var formatted = ChatDraft.Listing(
      markup: .matrixHTML,
      bound: TextBound(unit: limits.unit, count: limits.aside, bytes: limits.aside), leads: true,
      isNeeded: true)
    // A plain text of the user's own is shown as it is, and not beside ours.
    if html == nil && text != nil { formatted = formatted.plain { Markup.matrixHTML.escaped($0) } }
    let name = html == nil && text != nil ? "matrix.default.text" : "matrix.default.html"
    let formattedBody = draft.text(html ?? text, default: name, formatted)
    let plain = ChatDraft.Listing(
      markup: .plain, bound: TextBound(unit: limits.unit, count: limits.text), leads: true,
      isNeeded: true)
    let body = draft.text(text, default: "matrix.default.text", plain)
    let members: [(String, ChatJSON?)] = [
      ("msgtype", .text(messageType.rawValue)), ("body", .text(body)),
      ("format", "org.matrix.custom.html"), ("formatted_body", .text(formattedBody)),
      // Nobody is pinged, whatever the text says.
      ("m.mentions", .object([])),
    ]
    return RenderedBody(ChatJSON.object(members).bytes, problem: draft.problem)
  }

  /// The key is the transaction's id: a message that was sent twice is there once.
  package func request(idempotencyKey: String) -> DeliveryRequest {
    let room = SafeLink.segment(roomID)
    let transaction = SafeLink.segment(idempotencyKey)
    let path = "/_matrix/client/v3/rooms/\(room)/send/m.room.message/\(transaction)"
    return DeliveryRequest(
      to: Secret(homeserverURL + path), .put,
      headers: [.init("Authorization", Secret("Bearer " + accessToken.exposed))],
      answerBytes: AnswerBody.bytesMax)
  }

  package func meaning(of answer: DeliveryAnswer) -> AnswerMeaning {
    let body = AnswerBody(answer.body)
    let status = AnswerMeaning(of: answer, body.retryAfterMilliseconds ?? body.retryAfter)
    switch (status, body.error) {
    // Something in between has answered, or a proxy has lost what was said.
    case (.delivered, _) where !body.hasEvent:
      return .again(after: answer.retryAfter, .serverError)
    case (.refused, "M_LIMIT_EXCEEDED"?):
      return .again(after: body.retryAfterMilliseconds ?? answer.retryAfter, .rateLimited)
    case (.refused, "M_TOO_LARGE"?): return .tooLarge
    case (.refused, "M_UNKNOWN_TOKEN"?), (.refused, "M_MISSING_TOKEN"?):
      return .refused(.authError)
    default: return status
    }
  }
}
