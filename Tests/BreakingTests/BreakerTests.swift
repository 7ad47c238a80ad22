import Breaking
import Signals
import TestSupport
import Testing

/// A breaker probed every 10 s, told what each probe said, drawn as one column a probe.
///
/// `says`: x failure, . success, n excluded, ? our own fault.
/// `state`: after each probe: c closed, o open, h half-open. A blank in `says` means that the probe
/// was rejected.
struct BreakerStrip: CustomTestStringConvertible, Sendable {
  let name: String
  var settings = Breaker.Settings()
  let says: String
  let state: String

  var testDescription: String { name }
}

private func settings(_ change: (inout Breaker.Settings) -> Void) -> Breaker.Settings {
  var settings = Breaker.Settings()
  settings.failureThreshold = 3
  settings.recoveryTimeout = .seconds(20)
  settings.backoff.jitter = 0
  change(&settings)
  return settings
}

private let strips: [BreakerStrip] = [
  .init(
    name: "opens after failure_threshold failures in a row", settings: settings { _ in },
    says: "xxx", state: "cco"),
  .init(
    name: "a success in between begins the count anew", settings: settings { _ in },
    says: "xx.xx.", state: "cccccc"),
  .init(
    name: "excluded verdicts neither count nor reset", settings: settings { _ in },
    says: "xxnnx", state: "cccco"),
  .init(
    name: "our own faults neither count nor reset", settings: settings { _ in },
    says: "xx??x", state: "cccco"),
  .init(
    name: "an open circuit rejects until its time, then one success closes it",
    settings: settings { _ in },
    says: "xxx ..", state: "ccoocc"),
  .init(
    name: "a failed trial opens it again, for twice as long", settings: settings { _ in },
    says: "xxx x   .", state: "ccoooooo" + "c"),
  .init(
    name: "an excluded trial closes it", settings: settings { _ in },
    says: "xxx n", state: "ccooc"),
  .init(
    name: "closed by an excluded trial, it takes failure_threshold failures to open again",
    settings: settings { _ in },
    says: "xxx nxxx", state: "ccooccco"),
  .init(
    name: "an unknown trial is made again", settings: settings { _ in },
    says: "xxx ??.", state: "ccoohhc"),
  .init(
    name: "half_open_max_calls failed trials are allowed, one after another",
    settings: settings { $0.halfOpenMaxCalls = 2 },
    says: "xxx xx", state: "ccooho"),
  .init(
    name: "success_threshold successes in a row close it",
    settings: settings { $0.successThreshold = 2 },
    says: "xxx ..", state: "ccoohc"),
  .init(
    name: "a failed trial begins the successes anew",
    settings: settings {
      $0.successThreshold = 2
      $0.halfOpenMaxCalls = 2
    },
    says: "xxx .x..", state: "ccoohhhc"),
  .init(
    name: "switched off it never opens", settings: settings { $0.enabled = false },
    says: "xxxxxxxx", state: "cccccccc"),
]

@Test(arguments: strips) func strip(_ row: BreakerStrip) throws {
  var breaker = Breaker(settings: row.settings)
  var drawn = ""
  #expect(row.says.count == row.state.count, "misaligned strip")
  for (column, said) in row.says.enumerated() {
    let now = MonotonicInstant.at(Double(column) * 10)
    let (admission, _) = breaker.admit(at: now, trialTimeout: .seconds(5))
    switch (admission, said) {
    case (.rejected, " "): break
    case (.allowed(let permit), "x"): _ = breaker.record(.failure, for: permit, at: now, spread: 0)
    case (.allowed(let permit), "."): _ = breaker.record(.success, for: permit, at: now, spread: 0)
    case (.allowed(let permit), "n"): _ = breaker.record(.excluded, for: permit, at: now, spread: 0)
    case (.allowed(let permit), "?"): _ = breaker.record(.unknown, for: permit, at: now, spread: 0)
    default: Issue.record("column \(column): \(admission) where the strip says '\(said)'")
    }
    drawn.append(["closed": "c", "open": "o", "half_open": "h"][breaker.stateName.rawValue] ?? "-")
  }
  #expect(drawn == row.state)
}

private func opened(_ settings: Breaker.Settings = settings { _ in }, at now: MonotonicInstant)
  -> Breaker
{
  var breaker = Breaker(settings: settings)
  for _ in 0..<settings.failureThreshold {
    guard case .allowed(let permit) = breaker.admit(at: now, trialTimeout: .seconds(5)).0 else {
      Issue.record("a closed breaker admits")
      return breaker
    }
    _ = breaker.record(.failure, for: permit, at: now, spread: 0)
  }
  return breaker
}

@Test func `only one trial is out at a time`() {
  var breaker = opened(at: .at(0))
  let (first, transition) = breaker.admit(at: .at(20), trialTimeout: .seconds(5))
  guard case .allowed = first else { return #expect(Bool(false), "no trial at its time") }
  #expect(transition == .init(from: .open, to: .halfOpen))
  #expect(breaker.admit(at: .at(21), trialTimeout: .seconds(5)).0 == .rejected(retryAt: .at(25)))
}

@Test func `a trial that never reports is lost, and what it says later counts for nothing`() {
  var breaker = opened(at: .at(0))
  guard case .allowed(let lost) = breaker.admit(at: .at(20), trialTimeout: .seconds(5)).0,
    case .allowed(let second) = breaker.admit(at: .at(25), trialTimeout: .seconds(5)).0
  else { return #expect(Bool(false), "two trials, one after the other") }
  #expect(breaker.record(.success, for: lost, at: .at(26), spread: 0) == nil)
  #expect(breaker.stateName == .halfOpen)
  #expect(
    breaker.record(.success, for: second, at: .at(26), spread: 0)
      == .init(from: .halfOpen, to: .closed))
}

@Test func `looking at an open breaker changes nothing`() {
  let breaker = opened(at: .at(0))
  var looked = breaker
  #expect(looked.retryAt == .at(20))
  #expect(looked.admit(at: .at(19), trialTimeout: .seconds(5)).0 == .rejected(retryAt: .at(20)))
  #expect(looked == breaker)
}

@Test func `a report from before the circuit opened is ignored`() {
  var breaker = Breaker(settings: settings { $0.failureThreshold = 1 })
  guard case .allowed(let first) = breaker.admit(at: .at(0), trialTimeout: .seconds(5)).0,
    case .allowed(let second) = breaker.admit(at: .at(0), trialTimeout: .seconds(5)).0
  else { return #expect(Bool(false), "a closed breaker admits") }
  #expect(breaker.record(.failure, for: first, at: .at(1), spread: 0) != nil)
  #expect(breaker.record(.success, for: second, at: .at(2), spread: 0) == nil)
  #expect(breaker.stateName == .open)
}

@Test(arguments: [
  (round: 1, spread: 0.0, wait: 30.0), (1, 1.0, 33.0), (2, 0.0, 60.0), (3, 0.0, 120.0),
  (5, 0.0, 480.0), (6, 0.0, 600.0), (60, 0.0, 600.0), (6, 1.0, 600.0), (.max, 0.5, 600.0),
]) func `each round waits longer, never shorter than configured, never longer than max`(
  round: Int, spread: Double, wait: Double
) {
  #expect(Breaker.Settings().wait(round: round, spread: spread) == .seconds(wait))
}

@Test func `the server's own Retry-After stretches the wait`() {
  var breaker = Breaker(settings: settings { $0.failureThreshold = 1 })
  guard case .allowed(let permit) = breaker.admit(at: .at(0), trialTimeout: .seconds(5)).0 else {
    return #expect(Bool(false), "a closed breaker admits")
  }
  _ = breaker.record(.failure, for: permit, at: .at(0), spread: 0, notBefore: .at(100))
  #expect(breaker.retryAt == .at(100))
}

@Test func `failure cycles are forgotten after a healthy period, and only then`() {
  var breaker = opened(settings { $0.healthyPeriod = .seconds(100) }, at: .at(0))
  func probe(_ verdict: Breaker.Verdict, at seconds: Double) {
    guard case .allowed(let permit) = breaker.admit(at: .at(seconds), trialTimeout: .seconds(5)).0
    else { return #expect(Bool(false), "admitted at \(seconds)") }
    _ = breaker.record(verdict, for: permit, at: .at(seconds), spread: 0)
  }
  probe(.success, at: 20)
  #expect(breaker.failureCycles == 1)
  probe(.success, at: 119)
  #expect(breaker.failureCycles == 1)
  probe(.failure, at: 119.5)  // ends the healthy run
  probe(.success, at: 121)
  #expect(breaker.failureCycles == 1)
  probe(.excluded, at: 200)  // it answers, but it is not up: the run begins again
  probe(.success, at: 221)
  #expect(breaker.failureCycles == 1)
  probe(.success, at: 321)
  #expect(breaker.failureCycles == 0)
}

@Test func `max_failure_cycles exhausts it; zero never does`() {
  var limited = opened(settings { $0.maxFailureCycles = 2 }, at: .at(0))
  #expect(!limited.isExhausted)
  guard case .allowed(let permit) = limited.admit(at: .at(20), trialTimeout: .seconds(5)).0 else {
    return #expect(Bool(false), "a trial at its time")
  }
  _ = limited.record(.failure, for: permit, at: .at(20), spread: 0)
  #expect(limited.isExhausted)
  #expect(!opened(at: .at(0)).isExhausted)
}

@Test func `switching it off closes an open circuit`() {
  var breaker = opened(at: .at(0))
  #expect(breaker.apply(settings { $0.enabled = false }) == .init(from: .open, to: .closed))
  #expect(breaker.retryAt == nil)
}

@Test(arguments: 0..<40 as Range<UInt64>)
func `comes back from its durable form as it was, open-until time included`(seed: UInt64) {
  var random = SeededRandom(seed: seed)
  var breaker = Breaker(
    settings: settings {
      $0.failureThreshold = 2
      $0.halfOpenMaxCalls = 2
      $0.successThreshold = 2
    })
  var seconds = 0.0
  for _ in 0..<Int.random(in: 1...30, using: &random) {
    seconds += Double.random(in: 0...30, using: &random).rounded()
    if case .allowed(let permit) = breaker.admit(at: .at(seconds), trialTimeout: .seconds(5)).0 {
      let verdicts: [Breaker.Verdict] = [.success, .failure, .failure, .excluded, .unknown]
      let verdict = verdicts.randomElement(using: &random) ?? .failure
      _ = breaker.record(verdict, for: permit, at: .at(seconds), spread: 0)
    }
  }
  let durable = breaker.durable(at: .at(seconds))
  // Another process: its monotonic clock begins elsewhere, the wall clock goes on.
  let later = Now(monotonic: .at(5), wall: Now.at(seconds + 3).wall)
  let restored = Breaker(durable, settings: breaker.settings, at: later)
  #expect(restored.stateName == breaker.stateName)
  #expect(restored.consecutiveFailures == breaker.consecutiveFailures)
  #expect(restored.failureCycles == breaker.failureCycles)
  #expect(restored.rounds == breaker.rounds)
  #expect(restored.trials == breaker.trials)
  if breaker.stateName == .closed { #expect(restored.closedFailures == breaker.closedFailures) }
  if let retryAt = breaker.retryAt {
    let left = max(MonotonicInstant.at(seconds + 3).duration(to: retryAt), .zero)
    #expect(restored.retryAt == MonotonicInstant.at(5).advanced(by: left))
  }
  if breaker.stateName != .open {
    #expect(restored.durable(at: later).successes == durable.successes)
  }
}

@Test func `a wall clock set back never lengthens a restored wait beyond an hour`() {
  var durable = Breaker.Durable(state: .open)
  durable.openUntil = Timestamp(milliseconds: .max)
  let restored = Breaker(durable, settings: Breaker.Settings(), at: .at(0))
  #expect(restored.retryAt == .at(3600))
}

@Suite struct EarlyTrials {
  private func opened() -> Breaker {
    var breaker = Breaker(settings: settings { _ in })
    for second in 0..<3 {
      let now = Now.at(Double(second)).monotonic
      guard case (.allowed(let permit), _) = breaker.admit(at: now, trialTimeout: .seconds(5))
      else { continue }
      _ = breaker.record(.failure, for: permit, at: now, spread: 0)
    }
    return breaker
  }

  @Test func `a trial that somebody asks for does not wait for its time`() {
    var breaker = opened()
    let now = Now.at(4).monotonic
    let (waiting, none) = breaker.admit(at: now, trialTimeout: .seconds(5))
    #expect(waiting == .rejected(retryAt: Now.at(22).monotonic) && none == nil)
    let before = breaker
    let (admission, transition) = breaker.admit(at: now, trialTimeout: .seconds(5), early: true)
    #expect(transition == Breaker.Transition(from: .open, to: .halfOpen))
    guard case .allowed(let permit) = admission else {
      Issue.record("it is rejected")
      return
    }
    #expect(permit.isTrial && breaker.trials == 1)
    let (second, _) = breaker.admit(at: now, trialTimeout: .seconds(5), early: true)
    #expect(second == .rejected(retryAt: Now.at(9).monotonic), "one trial at a time")
    let until = before.retryAt
    _ = breaker.record(.failure, for: permit, at: Now.at(5).monotonic, spread: 0)
    #expect(breaker.retryAt == until, "as if nobody had asked")
    #expect(breaker.rounds == before.rounds && breaker.failureCycles == before.failureCycles)
    guard let until,
      case (.allowed(let due), _) = breaker.admit(at: until, trialTimeout: .seconds(5))
    else {
      Issue.record("no trial when its time has come")
      return
    }
    _ = breaker.record(.failure, for: due, at: until, spread: 0)
    #expect(breaker.rounds == before.rounds + 1)
  }

  @Test func `a breaker is fresh until it has something to forget, and after a reset`() {
    var breaker = Breaker(settings: settings { _ in })
    #expect(breaker.isFresh)
    let now = Now.at(0).monotonic
    if case (.allowed(let permit), _) = breaker.admit(at: now, trialTimeout: .seconds(5)) {
      _ = breaker.record(.failure, for: permit, at: now, spread: 0)
    }
    #expect(!breaker.isFresh)
    breaker = opened()
    #expect(!breaker.isFresh)
    _ = breaker.reset()
    #expect(breaker.isFresh)
  }
}
