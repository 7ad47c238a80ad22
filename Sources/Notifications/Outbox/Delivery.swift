package import Signals

/// What a try is a try of.
package enum DeliveryID: Hashable, Sendable {
  /// A message of the outbox, by number.
  case message(UInt64)
  /// Alerts for an Alertmanager, by the number of the push.
  case push(UInt64)

  /// The message's number, of a message.
  package var message: UInt64? {
    if case .message(let number) = self { return number }
    return nil
  }
}

/// How a request is made, but for its body.
package struct DeliveryRequest: Equatable, Sendable {
  package enum Method: String, Sendable { case post = "POST", put = "PUT" }

  package var method: Method
  package var url: Secret
  /// Besides those that are always there; `Authorization` among them, if any.
  package var headers: [Header]
  /// Keys of signatures; the first is that of `X-Breakwater-Signature`.
  package var signingSecrets: [Secret]
  /// How much of a response's body its meaning needs, in bytes; 0: the head says it all.
  package var answerBytes: Int

  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: Secret

    package init(_ name: String, _ value: Secret) {
      self.name = name
      self.value = value
    }
  }

  package init(
    to url: Secret, _ method: Method = .post, headers: [Header] = [], signingSecrets: [Secret] = [],
    answerBytes: Int = 0
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.signingSecrets = signingSecrets
    self.answerBytes = answerBytes
  }
}

/// One try: what the notifier's thread sends.
package struct DeliveryOrder: Equatable, Sendable {
  package var id: DeliveryID
  /// From 1; a report of an earlier try counts for nothing.
  package var attempt: Int
  /// The same on every try, across restarts.
  package var idempotencyKey: String
  package var request: DeliveryRequest
  package var http: HTTPSettings
  /// JSON.
  package var body: [UInt8]
  /// The try has ended by then, whatever the receiver does.
  package var deadline: MonotonicInstant

  package init(
    id: DeliveryID, attempt: Int, idempotencyKey: String, request: DeliveryRequest,
    http: HTTPSettings, body: [UInt8], deadline: MonotonicInstant
  ) {
    self.id = id
    self.attempt = attempt
    self.idempotencyKey = idempotencyKey
    self.request = request
    self.http = http
    self.body = body
    self.deadline = deadline
  }
}

/// What came of a try. Every order gives exactly one.
package struct DeliveryReport: Equatable, Sendable {
  package var id: DeliveryID
  package var attempt: Int
  package var result: DeliveryResult

  package init(id: DeliveryID, attempt: Int, result: DeliveryResult) {
    self.id = id
    self.attempt = attempt
    self.result = result
  }
}

package enum DeliveryResult: Equatable, Sendable {
  /// A response's head has come.
  case answered(DeliveryAnswer)
  /// No response. `mayHaveArrived`: the request may have been taken all the same.
  case failed(DeliveryFailure, detail: String, mayHaveArrived: Bool)
}

extension DeliveryResult {
  /// An answer without a body.
  package static func answered(status: Int, retryAfter: Duration?) -> Self {
    .answered(DeliveryAnswer(status: status, retryAfter: retryAfter))
  }
}

/// What a receiver said.
package struct DeliveryAnswer: Equatable, Sendable {
  package var status: Int
  /// How long the head asks to wait, if it does so in a form that is understood; never negative,
  /// not bounded above.
  package var retryAfter: Duration?
  /// As much as the request's `answerBytes`, or less.
  package var body: [UInt8]

  package init(status: Int, retryAfter: Duration? = nil, body: [UInt8] = []) {
    self.status = status
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// Why there was no response.
package enum DeliveryFailure: String, CaseIterable, Sendable {
  case dns, connect, tls, timeout, network
  /// Our own fault: no descriptor, a request that cannot be made, the agent ends.
  case local
}
