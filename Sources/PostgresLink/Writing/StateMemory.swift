import Agent
import Breaking
import Signals

/// What the health columns of a row say, but for the time of the last check.
struct WrittenState: Equatable, Sendable {
  var health = HealthStatus.unknown
  var circuit = Breaker.StateName.closed
  var consecutiveFailures: Int64 = 0
  var failureCycles: Int64 = 0
  var lastRecoveryAttempt: Timestamp?
  var downtimeMilliseconds: Int64 = 0
  var downSince: Timestamp?
  var isAutoDisabled = false

  init(_ state: FeedStateView) {
    health = state.health
    circuit = state.circuit
    consecutiveFailures = state.consecutiveFailures
    failureCycles = state.failureCycles
    lastRecoveryAttempt = state.lastRecoveryAttempt
    downtimeMilliseconds = state.downtimeMilliseconds
    downSince = state.downSince
    isAutoDisabled = state.autoDisabledReason != nil
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
  struct Known: Sendable {
    var state: WrittenState
    var lastCheck: Timestamp?
    /// As the column says.
    var downtimeSeconds: Int64
  }

  /// By slot.
  private(set) var known: [Known?]
  /// Slots that nobody else has changed since, as far as is known.
  private var trusted: [Bool]
  /// Slots whose downtime runs.
  private(set) var down: Set<Int> = []

  init(count: Int) {
    known = Array(repeating: nil, count: count)
    trusted = Array(repeating: false, count: count)
  }

  subscript(slot: Int) -> Known? {
    get { known[slot] }
    set {
      let wasDown = known[slot]?.state.downSince != nil
      known[slot] = newValue
      trusted[slot] = true
      let isDown = newValue?.state.downSince != nil
      if isDown, !wasDown { down.insert(slot) }
      if wasDown, !isDown { down.remove(slot) }
    }
  }

  /// What the row says for sure.
  func trusted(_ slot: Int) -> Known? { trusted[slot] ? known[slot] : nil }

  /// The downtime in the row has grown.
  mutating func grow(_ slot: Int, to seconds: Int64) { known[slot]?.downtimeSeconds = seconds }

  /// The same for other slots.
  func moved(from old: ServerIndex, to new: ServerIndex) -> Self {
    var moved = Self(count: new.ids.count)
    var next = 0
    for (slot, id) in new.ids.enumerated() {
      while next < old.ids.count, old.ids[next] < id { next += 1 }
      if next < old.ids.count, old.ids[next] == id, let known = known[next] {
        moved[slot] = known
        moved.trusted[slot] = trusted[next]
      }
    }
    return moved
  }

  mutating func remember(_ pending: PendingStates) {
    for (slot, state) in pending {
      self[slot] = Known(
        state: state.state, lastCheck: state.lastCheck ?? known[slot]?.lastCheck,
        downtimeSeconds: state.state.downtimeSeconds(at: state.at))
    }
  }

  /// Changes nobody told us of: all is written anew. Downtime that runs goes on.
  mutating func forget() { trusted = Array(repeating: false, count: known.count) }
}
