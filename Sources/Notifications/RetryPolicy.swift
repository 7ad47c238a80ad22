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

  /// `attempt`: of the try, from 1; `refusals`: of the message before this try; `key`: where the
  /// jitter is drawn from.
  package static func decision(
    after result: DeliveryResult, attempt: Int, refusals: Int, key: String
  ) -> RetryDecision {
    switch result {
    case .answered(200...299, _):
      return .delivered
    case .answered(410, _):
      return .giveUp(.clientError)
    case .answered(let status, _) where result.isRefusal:
      let reason: FailureReason = status == 401 || status == 403 ? .authError : .clientError
      guard refusals >= 0 && refusals < refusalWaits.count else { return .giveUp(reason) }
      return .again(after: refusalWaits[refusals], reason)
    case .answered(let status, let retryAfter):
      let wait = retryAfter.map { min(max($0, firstBackoff), longestRetryAfter) }
      return .again(
        after: wait ?? backoff(attempt: attempt, key: key), reason(ofStatus: status))
    case .failed(let failure, _, _):
      return .again(after: backoff(attempt: attempt, key: key), reason(of: failure))
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

  private static func reason(ofStatus status: Int) -> FailureReason {
    switch status {
    case 429: .rateLimited
    case 408: .timeout
    case 400...499: .clientError
    default: .serverError
    }
  }

  private static func reason(of failure: DeliveryFailure) -> FailureReason {
    switch failure {
    case .timeout: .timeout
    case .dns, .connect, .tls, .network: .network
    case .local: .local
    }
  }
}

extension DeliveryResult {
  /// 3xx, and 4xx that say more than "not now".
  var isRefusal: Bool {
    guard case .answered(let status, _) = self else { return false }
    return (300...499).contains(status) && ![408, 425, 429].contains(status)
  }

  /// Whether the receiver may have taken the message although it did not say so.
  var mayHaveArrived: Bool {
    switch self {
    case .answered(let status, _): !(300...499).contains(status)
    case .failed(_, _, let mayHaveArrived): mayHaveArrived
    }
  }
}
