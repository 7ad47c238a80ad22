import Agent
import CurlTransport
import Journal
import Signals
import Threading

/// The coordinator's loop, a turn at a time.
struct CoordinatorTurn {
  private var state: AgentState
  private let generation: UInt64
  private let inbox: Inbox
  private let pulse: Pulse
  private let parts: Coordinator.Parts
  private var wakeAt: MonotonicInstant?
  /// Names of the MCPs by id, for what is in hand.
  private var names: [MCPID: String] = [:]
  /// Events of batches that the journal has not answered for; logged when it has them.
  private var unlogged: [(batch: UInt64, events: [HealthEvent])] = []
  /// Refusals of the journal since the last line about them, and when that was.
  private var refusals: UInt64 = 0
  private var refusalsLoggedAt: MonotonicInstant?

  /// How long the heartbeat may stand still when there is nothing to do.
  private static let longestRest = Duration.seconds(1)

  init(
    state: AgentState, generation: UInt64, inbox: Inbox, pulse: Pulse, parts: Coordinator.Parts
  ) {
    self.state = state
    self.generation = generation
    self.inbox = inbox
    self.pulse = pulse
    self.parts = parts
  }

  /// False when the inbox is closed, or another coordinator has taken this one's place.
  mutating func run() throws(CoordinatorFault) -> Bool {
    let rested = SystemClock.monotonic.advanced(by: Self.longestRest)
    pulse.rest()
    guard let events = inbox.take(until: min(wakeAt ?? rested, rested)) else { return false }
    pulse.begin()
    guard let now = beginTurn() else { return false }
    try obey(parts.drills.take())
    let isDue = wakeAt.map { $0 <= now.monotonic } ?? false
    guard !events.isEmpty || isDue else {
      return parts.fence.perform(as: generation) { parts.published.beat(at: now.wall) }
    }
    let effects = try step(events, isDue: isDue, at: now)
    CrashPoint.turnStepped.pass()
    defer { CrashPoint.turnPerformed.pass() }
    return perform(effects, isDraining: events.contains(.draining), at: now)
  }

  private func beginTurn() -> Now? {
    var now: Now?
    _ = parts.fence.perform(as: generation) {
      let instant = parts.published.beginTurn()
      parts.progress.beat(at: instant.wall)
      now = instant
    }
    return now
  }

  private mutating func step(
    _ events: [AgentEvent], isDue: Bool, at now: Now
  ) throws(CoordinatorFault) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    for event in events {
      takeInHand(event)
      effects.append(contentsOf: state.step(event, at: now))
      logIfCommitted(event)
    }
    parts.progress.clear(.coordinator)
    if isDue {
      wakeAt = nil
      effects.append(contentsOf: state.step(.wokeUp, at: now))
    }
    if let broken = state.brokenInvariant { throw .brokenInvariant(broken) }
    return effects
  }

  /// What a crash in this step may be blamed on.
  private func takeInHand(_ event: AgentEvent) {
    if case .probed(let report) = event, let name = names[report.mcp] {
      parts.progress.take(.coordinator, .mcp(name))
    } else {
      parts.progress.clear(.coordinator)
    }
  }

  /// As a whole, or not at all.
  private mutating func perform(
    _ effects: [AgentEffect], isDraining: Bool, at now: Now
  ) -> Bool {
    var moved: [MCPStatus] = []
    let figures = state.figures
    var (wake, batches, arranged) = (wakeAt, [JournalBatch](), [ArrangedMCP]?.none)
    let counts = parts.fence.perform(as: generation) {
      hand(effects, &wake, &batches, &arranged)
      if isDraining { parts.published.beginDraining() }
      let took = now.monotonic.duration(to: SystemClock.monotonic)
      moved = parts.published.apply(effects, figures: figures, took: took, at: now.wall)
      parts.movements.note(moved, at: now.wall)
      // Who asked finds what is published.
      for case .answer(let ticket, let outcome) in effects {
        parts.actions.answer(ticket, outcome)
      }
    }
    guard counts else { return false }
    wakeAt = wake
    for batch in batches where !batch.events.isEmpty {
      unlogged.append((batch.sequence, batch.events))
    }
    if let arranged {
      names = Dictionary(
        arranged.map { ($0.id, $0.initial.description.name) }, uniquingKeysWith: { $1 })
    }
    return true
  }

  private func hand(
    _ effects: [AgentEffect], _ wake: inout MonotonicInstant?, _ batches: inout [JournalBatch],
    _ arranged: inout [ArrangedMCP]?
  ) {
    var orders: [ProbeOrder] = []
    var forgotten: [MCPID] = []
    for effect in effects {
      switch effect {
      case .probe(let order):
        hand(&forgotten, to: parts.prober.forget)
        orders.append(order)
      case .forget(let mcp):
        hand(&orders, to: parts.prober.start)
        forgotten.append(mcp)
      case .persist(let batch):
        batches.append(batch)
        parts.journal.submit(batch)
      case .wake(let instant): wake = instant
      case .arrange(let mcps): arranged = mcps
      case .publish, .stopClock, .answer: break  // once all is handed on
      }
    }
    hand(&forgotten, to: parts.prober.forget)
    hand(&orders, to: parts.prober.start)
  }

  /// In bunches, and in the order in which the steps decided: an order of an earlier step must not
  /// outlive the MCP that a later one has forgotten.
  private func hand<Item>(_ items: inout [Item], to take: ([Item]) -> Void) {
    if !items.isEmpty { take(items) }
    items = []
  }
}

// MARK: - Drills

extension CoordinatorTurn {
  /// Fails as it was asked to.
  private func obey(_ drill: CoordinatorDrill?) throws(CoordinatorFault) {
    guard let drill else { return }
    if let mcp = drill.mcp { parts.progress.take(.coordinator, .mcp(mcp)) }
    switch drill.fault {
    case .crash: throw .drill
    case .stall: standStill()
    }
  }

  /// Until another has taken its place, or the agent ends; the turn then goes on, and counts for
  /// nothing if there is another.
  private func standStill() {
    guard let bell = Bell() else { return }
    while parts.fence.admits(generation) && !inbox.isClosed {
      bell.wait(until: SystemClock.monotonic.advanced(by: .milliseconds(50)))
    }
  }
}

// MARK: - Log lines

extension CoordinatorTurn {
  private mutating func logIfCommitted(_ event: AgentEvent) {
    switch event {
    case .committed(let sequence):
      let count = unlogged.prefix { $0.batch <= sequence }.count
      for (_, events) in unlogged.prefix(count) { parts.log.report(events) }
      unlogged.removeFirst(count)
    case .commitFailed(let sequence, let reason):
      unlogged.removeAll { $0.batch <= sequence }
      logRefusal(reason)
    case .wokeUp, .probed, .journalReplaced, .reconfigured, .noted, .kept, .acted, .draining:
      break
    }
  }

  /// A full disk refuses many times a second: a line each ten seconds says how many.
  private mutating func logRefusal(_ reason: JournalFailure) {
    refusals += 1
    let now = SystemClock.monotonic
    if let last = refusalsLoggedAt, last.duration(to: now) < .seconds(10) { return }
    parts.log.journalRefused(reason, times: refusals)
    refusals = 0
    refusalsLoggedAt = now
  }
}
