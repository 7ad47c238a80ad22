package import Signals

/// One try of one message: what the notifier's thread sends.
package struct DeliveryOrder: Equatable, Sendable {
  /// The message's number in the outbox.
  package var message: UInt64
  /// From 1; a report of an earlier try counts for nothing.
  package var attempt: Int
  /// The same on every try, across restarts.
  package var idempotencyKey: String
  package var webhook: WebhookSettings
  /// JSON.
  package var body: [UInt8]
  /// The try has ended by then, whatever the receiver does.
  package var deadline: MonotonicInstant

  package init(
    message: UInt64, attempt: Int, idempotencyKey: String, webhook: WebhookSettings,
    body: [UInt8], deadline: MonotonicInstant
  ) {
    self.message = message
    self.attempt = attempt
    self.idempotencyKey = idempotencyKey
    self.webhook = webhook
    self.body = body
    self.deadline = deadline
  }
}

/// What came of a try. Every order gives exactly one.
package struct DeliveryReport: Equatable, Sendable {
  package var message: UInt64
  package var attempt: Int
  package var result: DeliveryResult

  package init(message: UInt64, attempt: Int, result: DeliveryResult) {
    self.message = message
    self.attempt = attempt
    self.result = result
  }
}

package enum DeliveryResult: Equatable, Sendable {
  /// A response's head has come. `retryAfter`: how long it asks to wait, if it does so in a form
  /// that is understood; never negative, not bounded above.
  case answered(status: Int, retryAfter: Duration?)
  /// No response. `mayHaveArrived`: the request may have been taken all the same.
  case failed(DeliveryFailure, detail: String, mayHaveArrived: Bool)
}

/// Why there was no response.
package enum DeliveryFailure: String, CaseIterable, Sendable {
  case dns, connect, tls, timeout, network
  /// Our own fault: no descriptor, a request that cannot be made, the agent ends.
  case local
}
