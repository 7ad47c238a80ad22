import Agent
import CurlTransport
import Journal
import Signals
import Threading

/// Owns the `AgentState` on a thread of its own and performs what it decides.
///
/// It waits for nothing but its inbox: probes, commits and log lines are handed to other threads.
final class Coordinator: Sendable {
  struct Parts: Sendable {
    let inbox: Inbox
    let prober: Prober
    let journal: JournalWriter
    let published: PublishedState
    let movements: RuleMailbox
    let log: EventLog
  }

  private let thread: NamedThread

  /// - Returns: `nil` when the system has no thread left.
  init?(_ state: AgentState, _ parts: Parts) {
    guard
      let thread = NamedThread(
        "mcp-coordinator",
        {
          var turn = Turn(state: state, parts: parts)
          while turn.run() {}
        })
    else { return nil }
    self.thread = thread
  }

  /// Waits for the end of the loop, which a closed inbox brings about.
  func join(timeout: Duration) -> Bool { thread.join(timeout: timeout) }
}

/// The coordinator's loop, a turn at a time.
private struct Turn {
  var state: AgentState
  let parts: Coordinator.Parts
  var wakeAt: MonotonicInstant?
  /// Events of batches that the journal has not answered for; logged when it has them.
  var unlogged: [(batch: UInt64, events: [HealthEvent])] = []
  /// Refusals of the journal since the last line about them, and when that was.
  var refusals: UInt64 = 0
  var refusalsLoggedAt: MonotonicInstant?

  /// How long the heartbeat may stand still when there is nothing to do.
  private static let longestRest = Duration.seconds(1)

  /// False when the inbox is closed.
  mutating func run() -> Bool {
    let rested = SystemClock.monotonic.advanced(by: Self.longestRest)
    guard let events = parts.inbox.take(until: min(wakeAt ?? rested, rested)) else { return false }
    let now = parts.published.beginTurn()
    if events.isEmpty, wakeAt.map({ now.monotonic < $0 }) ?? true {
      parts.published.beat(at: now.wall)
      return true
    }
    var effects: [AgentEffect] = []
    for event in events {
      effects.append(contentsOf: state.step(event, at: now))
      logIfCommitted(event)
    }
    if let due = wakeAt, due <= now.monotonic {
      wakeAt = nil
      effects.append(contentsOf: state.step(.wokeUp, at: now))
    }
    CrashPoint.turnStepped.pass()
    perform(effects)
    CrashPoint.turnPerformed.pass()
    if events.contains(.draining) { parts.published.beginDraining() }
    let took = now.monotonic.duration(to: SystemClock.monotonic)
    let moved = parts.published.apply(
      effects, figures: state.figures, took: took, at: now.wall)
    parts.movements.note(moved, at: now.wall)
    return true
  }

  private mutating func perform(_ effects: [AgentEffect]) {
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
        if !batch.events.isEmpty { unlogged.append((batch.sequence, batch.events)) }
        parts.journal.submit(batch)
      case .wake(let instant): wakeAt = instant
      case .publish, .stopClock, .arrange: break  // the published state takes these over at once
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

  private mutating func logIfCommitted(_ event: AgentEvent) {
    switch event {
    case .committed(let sequence):
      let count = unlogged.prefix { $0.batch <= sequence }.count
      for (_, events) in unlogged.prefix(count) { parts.log.report(events) }
      unlogged.removeFirst(count)
    case .commitFailed(let sequence, let reason):
      unlogged.removeAll { $0.batch <= sequence }
      logRefusal(reason)
    case .wokeUp, .probed, .journalReplaced, .reconfigured, .noted, .draining:
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
