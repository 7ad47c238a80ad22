import Agent
import Breaking
import Signals

/// What the health columns of a row say, but for the time of the last check.
struct WrittenState: Equatable, Sendable {
  /// Otherwise the rest means nothing.
  var isKnown = false
  var health = FeedCode(HealthStatus.unknown)
  var circuit = FeedCode(Breaker.StateName.closed)
  var consecutiveFailures: Int64 = 0
  var failureCycles: Int64 = 0
  var lastRecoveryAttempt: Timestamp?
  var downtimeMilliseconds: Int64 = 0
  var downSince: Timestamp?
  var isAutoDisabled = false

  init() {}

  init(_ state: FeedStateView) {
    isKnown = true
    health = state.health
    circuit = state.circuit
    consecutiveFailures = state.consecutiveFailures
    failureCycles = state.failureCycles
    lastRecoveryAttempt = state.lastRecoveryAttempt
    downtimeMilliseconds = state.downtimeMilliseconds
    downSince = state.downSince
    isAutoDisabled = state.autoDisabledReason != nil
  }

  /// Whether a state says the same, of an MCP that is not down.
  @inline(__always)
  func isRoutine(_ view: inout FeedStateView) -> Bool {
    isKnown && view.errors == 0 && view.downSince == nil && view.autoDisabledReason == nil
      && !isAutoDisabled && downSince == nil && view.health == health && view.circuit == circuit
      && view.consecutiveFailures == consecutiveFailures && view.failureCycles == failureCycles
      && view.downtimeMilliseconds == downtimeMilliseconds
      && view.lastRecoveryAttempt == lastRecoveryAttempt
  }

  /// Whole seconds, at that time.
  func downtimeSeconds(at time: Timestamp) -> Int64 {
    guard let downSince else { return max(0, downtimeMilliseconds) / 1000 }
    let running = time.milliseconds.subtractingSaturating(downSince.milliseconds)
    return max(0, downtimeMilliseconds.addingSaturating(max(0, running))) / 1000
  }
}

/// What this session has committed of each row's health, so that a probe that changed nothing costs
/// its time only. Others do not write these columns; a new session knows nothing and writes all.
struct StateMemory: Sendable {
  /// By slot.
  private(set) var states: [WrittenState]
  /// By slot, in milliseconds; `never` where there was none.
  private(set) var lastChecks: [Int64]
  /// By slot, the seconds of downtime that the column says, of MCPs that are down.
  private(set) var down: [Int: Int64] = [:]

  static let never = Int64.min

  init(count: Int) {
    states = Array(repeating: WrittenState(), count: count)
    lastChecks = Array(repeating: Self.never, count: count)
  }

  /// The same for other slots.
  func moved(from old: ServerIndex, to new: ServerIndex) -> Self {
    var moved = Self(count: new.ids.count)
    var next = 0
    for (slot, id) in new.ids.enumerated() {
      while next < old.ids.count, old.ids[next] < id { next += 1 }
      guard next < old.ids.count, old.ids[next] == id else { continue }
      moved.states[slot] = states[next]
      moved.lastChecks[slot] = lastChecks[next]
      moved.down[slot] = down[next]
    }
    return moved
  }

  /// What a transaction wrote.
  mutating func remember(_ pending: PendingStates) {
    for (slot, check) in pending.checks.enumerated() where check != Self.never {
      lastChecks[slot] = check
    }
    for (slot, pending) in pending.changed() {
      states[slot] = pending.state
      if let check = pending.lastCheck { lastChecks[slot] = check.milliseconds }
      down[slot] =
        pending.state.downSince == nil ? nil : pending.state.downtimeSeconds(at: pending.at)
    }
  }

  mutating func remember(_ seconds: Int64, down slot: Int) { down[slot] = seconds }

  /// Changes nobody told us of: all is written anew. Downtime that runs goes on.
  mutating func forget() {
    var fresh = Self(count: states.count)
    for (slot, seconds) in down {
      fresh.states[slot] = states[slot]  // not routine, so it is written whole
      fresh.down[slot] = seconds
    }
    self = fresh
  }
}
