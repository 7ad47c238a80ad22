/// What an answer says of its message.
package enum AnswerMeaning: Equatable, Sendable {
  case delivered
  /// Not now; later perhaps. `after`: the wait that it asks for, of everything that goes there.
  case again(after: Duration?, FailureReason)
  /// No; it counts when it is said several times, since a receiver may be in the middle of a
  /// deployment.
  case refused(FailureReason)
  /// No, and never.
  case gone(FailureReason)
  /// A smaller one might do.
  case tooLarge

  /// As HTTP's statuses have it.
  package init(of answer: DeliveryAnswer) {
    switch answer.status {
    case 200...299: self = .delivered
    case 410: self = .gone(.clientError)
    case 413: self = .tooLarge
    case 401, 403: self = .refused(.authError)
    case 408: self = .again(after: answer.retryAfter, .timeout)
    case 425: self = .again(after: answer.retryAfter, .clientError)
    case 429: self = .again(after: answer.retryAfter, .rateLimited)
    case 300...499: self = .refused(.clientError)
    default: self = .again(after: answer.retryAfter, .serverError)
    }
  }
}
