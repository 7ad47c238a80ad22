package import Signals
package import Templates

/// One kind of receiver: what it is sent, how, and what its answers mean. All of it is computed.
package protocol MessageReceiver: Sendable {
  /// The body of a message, within the bounds of the kind. A template that fails does not lose the
  /// message: the default takes its place, with a mark.
  func body(for message: OutgoingMessage, in context: RenderingContext) -> RenderedBody
  /// How such a body is sent.
  func request(idempotencyKey: String) -> DeliveryRequest
  /// What an answer means.
  func meaning(of answer: DeliveryAnswer) -> AnswerMeaning
  /// Why the message was not taken, as far as the answer's body says; for a person.
  func reason(of answer: DeliveryAnswer) -> String?
}

extension MessageReceiver {
  package func meaning(of answer: DeliveryAnswer) -> AnswerMeaning { AnswerMeaning(of: answer) }
  package func reason(of answer: DeliveryAnswer) -> String? {
    let request = request(idempotencyKey: "")
    let secrets = [request.url] + request.headers.map(\.value)
    return AnswerBody(answer.body).reason(hiding: secrets.map(\.exposed))
  }
}

/// What there is to tell, before it has a form.
package struct OutgoingMessage: Sendable {
  /// The receiver's name.
  package var receiver: String
  package var groupKey: GroupKey
  package var groupLabels: [Label]
  /// In the order to list them: firing ones first. Never empty.
  package var alerts: [Alert]
  package var reason: NotifyReason
  /// Of the message, on every try.
  package var deliveryID: String
  /// When it was decided.
  package var now: Timestamp
  /// Sent by hand, to see whether it arrives.
  package var isTest = false

  package init(
    receiver: String, groupKey: GroupKey, groupLabels: [Label], alerts: [Alert],
    reason: NotifyReason, deliveryID: String, now: Timestamp
  ) {
    self.receiver = receiver
    self.groupKey = groupKey
    self.groupLabels = groupLabels
    self.alerts = alerts
    self.reason = reason
    self.deliveryID = deliveryID
    self.now = now
  }
}

/// What a body is made with besides the message.
package struct RenderingContext: Sendable {
  /// Without a slash at its end.
  package var externalURL: String
  package var templates: TemplateLibrary
  /// The rules of a place's clocks, by its name in the time zone database.
  package var zone: @Sendable (String) -> TimeZoneRules?
  /// Of the listed alerts, in bytes, beside what the kind itself allows.
  package var bytesMax: Int

  package init(
    externalURL: String, templates: TemplateLibrary, bytesMax: Int,
    zone: @escaping @Sendable (String) -> TimeZoneRules?
  ) {
    self.externalURL = externalURL
    self.templates = templates
    self.bytesMax = bytesMax
    self.zone = zone
  }
}

package struct RenderedBody: Equatable, Sendable {
  package var bytes: [UInt8]
  /// What is wrong with a template, if one failed.
  package var problem: String?

  package init(_ bytes: [UInt8], problem: String? = nil) {
    self.bytes = bytes
    self.problem = problem
  }
}
