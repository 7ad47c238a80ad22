import Breaking
import Signals

/// Whether a destination may be sent something now: its circuit, its rate, and how long it has
/// asked to be left alone.
struct DestinationGate: Sendable {
  private(set) var breaker = Breaker(settings: Self.settings)
  private var bucket: TokenBucket?
  private var pausedUntil: MonotonicInstant?
  /// Of tries under way, by message.
  private var permits: [UInt64: Breaker.Permit] = [:]
  struct Failing: Sendable {
    /// Of the first try since then that was in vain.
    let since: Now
    /// Of the last one.
    var last: MonotonicInstant
    var reason: FailureReason
  }

  /// Since when no message has arrived.
  var failing: Failing?
  /// When it is looked at for having failed for long.
  var failingLook: MonotonicInstant?
  /// When it is asked again whether something may be sent.
  var wake: MonotonicInstant?
  /// Bodies larger than this were refused as too large, when this was last changed.
  private(set) var bodyBytesMax: Int?
  private var bodyBytesSetAt = MonotonicInstant(nanoseconds: .min)

  var isOpen: Bool { breaker.stateName != .closed }

  /// Least `bodyBytesMax`: what does not take that is not helped by less.
  static let leastBodyBytes = 16_384

  private static let settings: Breaker.Settings = {
    var settings = Breaker.Settings()
    settings.failureThreshold = 5
    settings.recoveryTimeout = .seconds(30)
    settings.backoff.max = .seconds(300)
    return settings
  }()

  init(_ rate: SendRate?, at now: MonotonicInstant) {
    bucket = rate.map { TokenBucket($0, at: now) }
  }

  /// Admits a try of this message; else says when to ask again.
  mutating func admit(
    _ message: UInt64, at now: MonotonicInstant, within timeout: Duration
  ) -> MonotonicInstant? {
    if let pausedUntil, now < pausedUntil { return pausedUntil }
    if let retryAt = breaker.retryAt, now < retryAt { return retryAt }
    // A token is spent only when the circuit lets it through.
    if case .halfOpen(_, _, let trialUntil?) = breaker.state, now < trialUntil { return trialUntil }
    if let next = bucket?.take(at: now) { return next }
    switch breaker.admit(at: now, trialTimeout: timeout).0 {
    case .allowed(let permit):
      permits[message] = permit
      return nil
    case .rejected(let retryAt):
      return retryAt
    }
  }

  /// True when the circuit has closed: what waited may go.
  mutating func succeeded(_ message: UInt64, at now: Now) -> Bool {
    failing = nil
    guard let permit = permits.removeValue(forKey: message) else { return false }
    let transition = breaker.record(.success, for: permit, at: now.monotonic, spread: 0.5)
    return transition?.to == .closed
  }

  mutating func limitBodies(to bytes: Int, at now: MonotonicInstant) {
    (bodyBytesMax, bodyBytesSetAt) = (bytes, now)
  }

  /// One about as large as may be has arrived, an hour after one did not: the next may be larger.
  mutating func tookBody(of bytes: Int, mostEver: Int, at now: MonotonicInstant) {
    guard let most = bodyBytesMax, bytes > most / 2,
      bodyBytesSetAt.duration(to: now) >= .seconds(3600)
    else { return }
    (bodyBytesMax, bodyBytesSetAt) = (most >= mostEver / 2 ? nil : most * 2, now)
  }

  /// `asked`: how long it wants to be left alone. A refusal speaks of the message as much as of the
  /// receiver, and being asked to wait is no failure: neither opens the circuit.
  mutating func failed(
    _ message: UInt64, _ reason: FailureReason, asked: Duration?, at now: Now, spread: Double
  ) {
    if let asked {
      pausedUntil = max(pausedUntil ?? now.monotonic, now.monotonic.advanced(by: asked))
    }
    failing = Failing(since: failing?.since ?? now, last: now.monotonic, reason: reason)
    guard let permit = permits.removeValue(forKey: message) else { return }
    _ = breaker.record(reason.verdict, for: permit, at: now.monotonic, spread: spread)
  }
}

extension FailureReason {
  fileprivate var verdict: Breaker.Verdict {
    switch self {
    case .serverError, .timeout, .network: .failure
    case .local: .unknown
    case .clientError, .authError, .rateLimited, .tooLarge, .expired, .receiverRemoved: .excluded
    }
  }
}
