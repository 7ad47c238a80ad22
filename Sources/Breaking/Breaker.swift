package import Signals

/// Decides whether a server may be probed now, and when to try again. Pure: the caller tells time.
///
/// closed -> open after `failureThreshold` failures in a row; open -> half-open when the wait is
/// over, by a trial; half-open -> closed after `successThreshold` successes in a row, -> open again
/// after `halfOpenMaxCalls` failed trials. Each failed round lengthens the next wait.
package struct Breaker: Equatable, Sendable {
  package enum StateName: String, CaseIterable, Sendable {
    case closed, open
    case halfOpen = "half_open"
  }

  package enum State: Equatable, Sendable {
    /// Next: open.
    case closed
    /// Next: half-open, at `until`.
    case open(until: MonotonicInstant)
    /// Next: closed, or open. `trialUntil`: a trial is on its way and counts as lost from then on.
    case halfOpen(successes: Int, failures: Int, trialUntil: MonotonicInstant?)
  }

  /// Proof of admission. A report that carries a permit of an older generation is ignored.
  package struct Permit: Hashable, Sendable {
    package let generation: UInt64
    package let isTrial: Bool
  }

  package enum Admission: Equatable, Sendable {
    case allowed(Permit)
    case rejected(retryAt: MonotonicInstant)
  }

  package enum Verdict: Equatable, Sendable {
    case success, failure
    /// The peer answers, but not for us: not counted; a trial passes.
    case excluded
    /// Our own fault: nothing is known; a trial is made again.
    case unknown
  }

  package struct Transition: Equatable, Sendable {
    package let from: StateName
    package let to: StateName

    package init(from: StateName, to: StateName) {
      self.from = from
      self.to = to
    }
  }

  package var settings: Settings
  package private(set) var state = State.closed
  /// Ends with every transition and every trial, so that what was asked before counts no more.
  package private(set) var generation: UInt64 = 0
  /// Failures since the last success, whatever the state.
  package private(set) var consecutiveFailures = 0
  /// Failures since the last success or since it closed: what the threshold is for. Fewer than
  /// `consecutiveFailures` after an excluded trial has closed the circuit.
  package private(set) var closedFailures = 0
  /// Times opened since it was last closed: the exponent of the backoff.
  package private(set) var rounds = 0
  /// Trials made since it was last closed, those that never reported included.
  package private(set) var trials = 0
  /// Times opened since the last healthy period (`max_failure_cycles` looks at it).
  package private(set) var failureCycles = 0
  /// Start of the current run of successes in the closed state.
  package private(set) var upSince: MonotonicInstant?
  /// When the trial under way was to come by itself.
  private var promised: MonotonicInstant?

  package init(settings: Settings) { self.settings = settings }

  package var stateName: StateName {
    switch state {
    case .closed: .closed
    case .open: .open
    case .halfOpen: .halfOpen
    }
  }

  /// When an open circuit gets its trial.
  package var retryAt: MonotonicInstant? {
    if case .open(let until) = state { until } else { nil }
  }

  /// Whether `max_failure_cycles` has been reached.
  package var isExhausted: Bool {
    settings.enabled && settings.maxFailureCycles > 0 && failureCycles >= settings.maxFailureCycles
  }
}

extension Breaker {
  /// Asks for a probe that reports within `trialTimeout`. Only here does open become half-open.
  /// `early`: somebody wants the trial of an open circuit now.
  package mutating func admit(
    at now: MonotonicInstant, trialTimeout: Duration, early: Bool = false
  ) -> (Admission, Transition?) {
    let deadline = now.advanced(by: trialTimeout)
    switch state {
    case .closed:
      return (.allowed(Permit(generation: generation, isTrial: false)), nil)
    case .open(let until) where now < until && !early:
      return (.rejected(retryAt: until), nil)
    case .open(let until):
      trials += 1
      promised = until
      let transition = move(to: .halfOpen(successes: 0, failures: 0, trialUntil: deadline))
      return (.allowed(Permit(generation: generation, isTrial: true)), transition)
    case .halfOpen(_, _, let until?) where now < until:
      return (.rejected(retryAt: until), nil)
    case .halfOpen(let successes, let failures, _):
      trials += 1
      let transition = move(
        to: .halfOpen(successes: successes, failures: failures, trialUntil: deadline))
      return (.allowed(Permit(generation: generation, isTrial: true)), transition)
    }
  }

  /// Takes a probe's verdict. `spread` in 0..<1 chooses the jitter of a wait that starts now;
  /// `notBefore` is what the server itself asked for.
  package mutating func record(
    _ verdict: Verdict, for permit: Permit, at now: MonotonicInstant, spread: Double,
    notBefore: MonotonicInstant? = nil
  ) -> Transition? {
    guard permit.generation == generation else { return nil }
    if verdict == .failure { consecutiveFailures += 1 }
    if verdict == .success {
      consecutiveFailures = 0
      closedFailures = 0
    }
    switch (state, verdict) {
    case (.closed, .success):
      forgetCyclesIfHealthy(at: now)
    case (.closed, .failure):
      upSince = nil
      closedFailures += 1
      if settings.enabled && closedFailures >= settings.failureThreshold {
        return open(at: now, spread: spread, notBefore: notBefore)
      }
    case (.closed, .excluded):
      upSince = nil
    case (.closed, .unknown), (.open, _):
      break
    case (.halfOpen(let successes, let failures, _), .success):
      if successes + 1 >= settings.successThreshold { return close(healthyFrom: now) }
      state = .halfOpen(successes: successes + 1, failures: failures, trialUntil: nil)
    case (.halfOpen(_, let failures, _), .failure):
      if failures + 1 >= settings.halfOpenMaxCalls {
        return open(at: now, spread: spread, notBefore: notBefore)
      }
      state = .halfOpen(successes: 0, failures: failures + 1, trialUntil: nil)
    case (.halfOpen, .excluded):
      return close(healthyFrom: nil)
    case (.halfOpen(let successes, let failures, _), .unknown):
      state = .halfOpen(successes: successes, failures: failures, trialUntil: nil)
    }
    return nil
  }

  /// Whether `reset` would change nothing that anybody sees.
  package var isFresh: Bool {
    state == .closed && consecutiveFailures == 0 && closedFailures == 0 && rounds == 0
      && failureCycles == 0
  }

  /// Closes and forgets: another server stands there now, or an operator wants a new start.
  package mutating func reset() -> Transition? {
    consecutiveFailures = 0
    failureCycles = 0
    return close(healthyFrom: nil)
  }

  /// Changes the settings in place; a breaker that was switched off closes.
  package mutating func apply(_ changed: Settings) -> Transition? {
    settings = changed
    if !changed.enabled && stateName != .closed { return close(healthyFrom: nil) }
    return nil
  }

  /// It is not probed for a while: a healthy period begins anew after that.
  package mutating func endHealthyRun() { upSince = nil }

  /// Makes permits given out so far worthless, as when their probe is given up as lost.
  package mutating func endGeneration() {
    generation += 1
    if case .halfOpen(let successes, let failures, _?) = state {
      state = .halfOpen(successes: successes, failures: failures, trialUntil: nil)
    }
  }

  private mutating func forgetCyclesIfHealthy(at now: MonotonicInstant) {
    let since = upSince ?? now
    upSince = since
    if since.duration(to: now) >= settings.healthyPeriod { failureCycles = 0 }
  }

  private mutating func open(
    at now: MonotonicInstant, spread: Double, notBefore: MonotonicInstant?
  ) -> Transition? {
    upSince = nil
    // A trial that somebody wanted before its time counts for nothing when it fails.
    if let promised = promised.take(), promised > now {
      return move(to: .open(until: max(promised, notBefore ?? promised)))
    }
    rounds += 1
    failureCycles += 1
    let until = now.advanced(by: settings.wait(round: rounds, spread: spread))
    return move(to: .open(until: max(until, notBefore ?? until)))
  }

  private mutating func close(healthyFrom since: MonotonicInstant?) -> Transition? {
    rounds = 0
    trials = 0
    closedFailures = 0
    upSince = since
    promised = nil
    return move(to: .closed)
  }

  /// The only way to end a generation. Reports a transition exactly when the state's name changed.
  private mutating func move(to target: State) -> Transition? {
    let from = stateName
    state = target
    generation += 1
    return from == stateName ? nil : Transition(from: from, to: stateName)
  }
}

extension Breaker {
  /// What outlives a restart. Instants are wall-clock, since the monotonic origin does not survive.
  package struct Durable: Equatable, Sendable {
    package var state: StateName
    package var openUntil: Timestamp?
    /// In half-open: successes in a row.
    package var successes = 0
    /// In half-open: failed trials; in closed: failures towards the threshold.
    package var failures = 0
    package var consecutiveFailures = 0
    package var rounds = 0
    package var trials = 0
    package var failureCycles = 0
    package var upSince: Timestamp?

    package init(state: StateName) { self.state = state }
  }

  /// The durable form, with `now` as the bridge between the two clocks.
  package func durable(at now: Now) -> Durable {
    var durable = Durable(state: stateName)
    durable.consecutiveFailures = consecutiveFailures
    durable.rounds = rounds
    durable.trials = trials
    durable.failureCycles = failureCycles
    durable.upSince = upSince.map { now.wall.advanced(by: now.monotonic.duration(to: $0)) }
    switch state {
    case .closed: durable.failures = closedFailures
    case .open(let until):
      durable.openUntil = now.wall.advanced(by: now.monotonic.duration(to: until))
    case .halfOpen(let successes, let failures, _):
      durable.successes = successes
      durable.failures = failures
    }
    return durable
  }

  /// Comes back as it was. A wall clock that jumped prolongs no wait: it is at most `max` long.
  package init(_ durable: Durable, settings: Settings, at now: Now) {
    self.init(settings: settings)
    consecutiveFailures = max(0, durable.consecutiveFailures)
    rounds = max(0, durable.rounds)
    trials = max(0, durable.trials)
    failureCycles = max(0, durable.failureCycles)
    upSince = durable.upSince.map {
      now.monotonic.advanced(by: min(now.wall.duration(to: $0), .zero))
    }
    switch durable.state {
    case .closed:
      state = .closed
      closedFailures = max(0, durable.failures)
    case .open:
      let left = durable.openUntil.map { now.wall.duration(to: $0) } ?? .zero
      state = .open(until: now.monotonic.advanced(by: min(max(left, .zero), settings.longestWait)))
    case .halfOpen:
      state = .halfOpen(
        successes: durable.successes, failures: durable.failures, trialUntil: nil)
    }
  }
}

extension Breaker.Permit {
  /// Admits nothing: for orders that report to nobody.
  package static var none: Self { Self(generation: .max, isTrial: false) }
}
