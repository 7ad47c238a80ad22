import Agent
import AgentRuntime
import Alerting
import Breaking
import MCPWire
import Notifications
import PromQL
import SampleStore
package import Signals
import TestSupport

/// The whole agent but for its edges, among simulated servers, receivers and a journal, under
/// virtual clocks: `AgentState` with its coordinator's loop, the samples of the metric catalogue in
/// a real head, rules that are evaluated, messages that are tried.
///
/// Every draw comes from one seed, so the same seed gives the same trace. The run ends with the
/// first thing that must not be: `failure` says what.
package struct World {
  enum Happening {
    case report(ProbeReport, flight: Int, fence: Int)
    case delivery(Int)
    case disaster(Disaster)
    case journalHeals
    case successor(RestartReason)
    case stallEnds([AgentEffect], fence: Int)
  }

  let seed: UInt64
  let scenario: Scenario
  var random: SeededRandom
  var faults: Faults
  var now = Now.at(0)
  var queue = EventQueue<Happening>()

  // The process.
  var settings: Settings
  var coordinator: AgentState?
  var inbox: [AgentEvent] = []
  /// Reports in the inbox that answer the orders of a coordinator before.
  var reportsOfOthers: UInt64 = 0
  /// When the coordinator looks into its inbox, and when it wants to be woken.
  var inboxAt: MonotonicInstant?
  var wakeAt: MonotonicInstant?
  /// The coordinator stands still between step and perform.
  var isStalled = false
  /// Counts coordinators; the effects of an earlier one are performed no more.
  var fence = 0
  var published = Publication()
  /// When the rule engine of this process began.
  var startedAt = MonotonicInstant(nanoseconds: 0)
  var engine: RuleRounds?
  var mail = RuleMail()
  var mailAt: MonotonicInstant?
  var engineDue: MonotonicInstant?
  let desk = Desk()
  var engineLook = AgentHealth()
  var journal: SimulatedJournal
  var journalAt: MonotonicInstant?
  var journalIsFull = false
  /// The batch that writes all alerts again after the journal was replaced: `.max` until there is
  /// one, 0 when the journal has it.
  var rewrite: UInt64 = 0

  // What is outside of it.
  var servers: [String: SimulatedServer] = [:]
  var flights: [MCPID: Int] = [:]
  var receivers: [SimulatedReceiver] = []
  var deliveries: [Int: Delivery] = [:]
  var heard = SimulatedReceivers()
  var nextFlight = 0
  /// What the agent of this life decided, by number; which came first, by key; and a hash of each.
  var known: [UInt64: NotificationMessage] = [:]
  var sequences: [String: Int] = [:]
  var bodies: [String: UInt64] = [:]
  /// Alerts of which nobody can know any more: told while the journal refused, lost with a crash.
  var excused: Set<UInt64> = []
  /// When the journal last gave way to a new one.
  var replacedAt: MonotonicInstant?
  /// Alerts that a receiver has not heard of, and the agent cannot know that.
  var perhapsTold: [Destination: Set<UInt64>] = [:]
  /// Of alerts that were told.
  var labels: [UInt64: LabelSet] = [:]
  var lastMoves: [UInt64: MonotonicInstant] = [:]

  /// Places between two steps of either loop, so far.
  package var points = 0
  var armed: Death?
  /// Restarts so far, and those whose event may be lost with the life that told it.
  package internal(set) var restarts = 0
  var mayBeUntold: Set<Int> = []
  package internal(set) var turnsFenced = 0
  var looks = Looks()
  var said = SimulatedOperator()
  var recent = RecentHappenings()
  package internal(set) var trace = StableHash()
  package internal(set) var steps = 0
  package internal(set) var checks = 0
  package internal(set) var failure: String?

  package init(seed: UInt64, _ scenario: Scenario? = nil) throws {
    self.seed = seed
    var random = SeededRandom(seed: seed)
    let scenario = scenario ?? .drawn(by: &random)
    self.scenario = scenario
    faults = scenario.faults
    armed = scenario.death
    settings = try scenario.settings(&random)
    journal = SimulatedJournal(queueLimit: scenario.faults.isNarrow ? 8 : 4096)
    receivers = Array(repeating: SimulatedReceiver(), count: scenario.receivers)
    self.random = random
    startSuccessor(nil)
    for disaster in Disaster.allCases { plan(disaster) }
  }

  /// Runs for this long, or to the first failure.
  package mutating func run(for duration: Duration) {
    let end = now.monotonic.advanced(by: duration)
    while failure == nil, let next = nextInstant, next <= end {
      pass(to: max(next, now.monotonic))
      happen()
    }
    pass(to: end)
  }

  /// The faults stop: every server and receiver answers at once, the journal takes everything.
  package mutating func heal() {
    faults = Faults()
    faults.isNarrow = scenario.faults.isNarrow
    armed = nil
    setClock(to: Now.at(now.monotonic.elapsed.inSeconds).wall)
    journalIsFull = false
    servers = servers.mapValues { _ in SimulatedServer(condition: .well, until: .at(1e9)) }
    receivers = receivers.map { _ in SimulatedReceiver(condition: .well, until: .at(1e9)) }
  }

  /// How long it may take until all is right after that. A clock that jumped may have prolonged the
  /// wait of a restored circuit, by an hour at most.
  package var longestRecovery: Duration {
    .seconds(scenario.faults.clockJumps > 0 ? 4500 : 600)
  }

  private var nextInstant: MonotonicInstant? {
    var next = queue.first
    func take(_ instant: MonotonicInstant?) {
      if let instant { next = min(next ?? instant, instant) }
    }
    if !isStalled {
      take(inboxAt)
      take(wakeAt)
    }
    take(mailAt)
    take(engineDue)
    take(journalAt)
    return next
  }

  mutating func pass(to instant: MonotonicInstant) {
    let passed = now.monotonic.duration(to: instant)
    now = Now(monotonic: instant, wall: now.wall.advanced(by: passed))
  }

  /// One thing that is due.
  private mutating func happen() {
    steps += 1
    if let at = queue.first, at <= now.monotonic {
      let (_, happening) = queue.removeFirst()
      if let happening { happen(happening) }
    } else if isDue(journalAt) {
      journalAt = nil
      journalAnswers()
    } else if !isStalled, isDue(inboxAt) || isDue(wakeAt) {
      coordinatorTurn()
    } else {
      engineTurn()
    }
  }

  private func isDue(_ instant: MonotonicInstant?) -> Bool {
    instant.map { $0 <= now.monotonic } ?? false
  }

  private mutating func happen(_ happening: Happening) {
    switch happening {
    case .report(let report, let flight, let its):
      guard flights[report.mcp] == flight else { return }
      flights[report.mcp] = nil
      if its != fence, coordinator != nil { reportsOfOthers += 1 }
      post(.probed(report))
    case .delivery(let flight): land(flight)
    case .disaster(let disaster):
      strike(disaster)
      plan(disaster)
    case .journalHeals: journalIsFull = false
    case .successor(let reason): startSuccessor(reason)
    case .stallEnds(let effects, let its): endStall(effects, its)
    }
  }

  mutating func draw(_ milliseconds: ClosedRange<Int64>) -> Duration {
    .milliseconds(Int64.random(in: milliseconds, using: &random))
  }

  mutating func percent(_ chance: Int) -> Bool {
    chance > 0 && Int.random(in: 0..<100, using: &random) < chance
  }

  mutating func schedule(_ happening: Happening, after delay: Duration) {
    queue.insert(happening, at: now.monotonic.advanced(by: delay))
  }

  mutating func note(_ what: StaticString, _ one: UInt64 = 0, _ other: UInt64 = 0) {
    recent.append(now.monotonic, what, one, other)
  }

  mutating func combine(_ numbers: UInt64...) {
    for number in numbers { trace.combine(number) }
  }
}
