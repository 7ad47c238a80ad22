import Signals

/// What to do after a try.
package enum RetryDecision: Equatable, Sendable {
  case delivered
  case again(after: Duration, FailureReason)
  case giveUp(FailureReason)
}

/// When a message is tried again.
package enum RetryPolicy {
  package static let firstBackoff: Duration = .seconds(1)
  package static let longestBackoff: Duration = .seconds(300)
  /// Of `Retry-After`.
  package static let longestRetryAfter: Duration = .seconds(3600)
  /// A receiver may be in the middle of a deployment: a refusal counts when it comes three times.
  package static let refusalWaits: [Duration] = [.seconds(120), .seconds(480)]

  /// `meaning`: of the answer, `nil` when there was none; `attempt`: of the try, from 1;
  /// `refusals`: of the message before this try; `key`: where the jitter is drawn from.
  package static func decision(
    after result: DeliveryResult, _ meaning: AnswerMeaning?, attempt: Int, refusals: Int,
    key: String
  ) -> RetryDecision {
    switch meaning {
    case .delivered?:
      return .delivered
    case .gone(let reason)?:
      return .giveUp(reason)
    case .tooLarge?:
      return .giveUp(.tooLarge)
    case .refused(let reason)?:
      guard refusals >= 0 && refusals < refusalWaits.count else { return .giveUp(reason) }
      return .again(after: refusalWaits[refusals], reason)
    case .again(let asked, let reason)?:
      let wait = asked.map { min(max($0, firstBackoff), longestRetryAfter) }
      return .again(after: wait ?? backoff(attempt: attempt, key: key), reason)
    case nil:
      return .again(after: backoff(attempt: attempt, key: key), reason(of: result))
    }
  }

  /// Full jitter: anything from nothing to twice as much a try, up to the longest.
  static func backoff(attempt: Int, key: String) -> Duration {
    let doublings = min(max(attempt - 1, 0), 20)
    let ceiling = min(firstBackoff * (1 << doublings), longestBackoff)
    var hash = StableHash(of: key)
    hash.combine(UInt64(max(attempt, 0)))
    return .milliseconds(Int64(ceiling.inSeconds * 1000 * hash.fraction))
  }

  private static func reason(of result: DeliveryResult) -> FailureReason {
    switch result {
    case .failed(.timeout, _, _): .timeout
    case .failed(.local, _, _): .local
    case .failed(.dns, _, _), .failed(.connect, _, _), .failed(.tls, _, _),
      .failed(.network, _, _), .answered:
      .network
    }
  }
}

extension DeliveryResult {
  /// Whether the receiver may have taken the message although it did not say so; `meaning`: of its
  /// answer, if there was one.
  func mayHaveArrived(_ meaning: AnswerMeaning?) -> Bool {
    switch (self, meaning) {
    case (.failed(_, _, let mayHaveArrived), _): mayHaveArrived
    case (_, .refused), (_, .gone), (_, .tooLarge), (_, .again(_, .rateLimited)): false
    case (.answered(let answer), _): !(300...499).contains(answer.status)
    }
  }
}

extension AnswerMeaning {
  var isRefusal: Bool {
    if case .refused = self { return true }
    return false
  }
}
