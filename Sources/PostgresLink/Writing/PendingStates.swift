import Agent
import Signals

/// The state of one MCP as a batch leaves it.
struct PendingState: Sendable {
  var state: WrittenState
  var at: Timestamp
  var lastCheck: Timestamp?
  var errors: Int64
  var reason: [UInt8]?
}

/// The last state of each MCP of a batch. Where it is but a later check of what is known, that is
/// all that is kept.
struct PendingStates: Sendable {
  /// By slot, the time of the check in milliseconds where nothing else changed; or `never`.
  private(set) var checks: [Int64] = []
  /// By slot: where in `states`, or -1.
  private var places: [Int32] = []
  private var states: [PendingState] = []

  /// By slot.
  func changed() -> some Sequence<(slot: Int, state: PendingState)> {
    places.indices.lazy.filter { places[$0] >= 0 }.map { ($0, states[Int(places[$0])]) }
  }

  /// A state that is known but for the time of its check; false when more is to be written.
  mutating func addCheck(_ check: Int64, slot: Int) -> Bool {
    guard places[slot] < 0, check != StateMemory.never else { return false }
    checks[slot] = check
    return true
  }

  /// Errors of states before it are added to it, and times that it does not have are theirs.
  mutating func add(_ view: FeedStateView, slot: Int, reason: [UInt8]?) {
    var state = PendingState(
      state: WrittenState(view), at: view.at, lastCheck: view.lastCheck,
      errors: max(0, view.errors), reason: reason)
    let place = Int(places[slot])
    guard place < 0 else {
      let before = states[place]
      state.errors = state.errors.addingSaturating(before.errors)
      state.lastCheck = state.lastCheck ?? before.lastCheck
      state.state.lastRecoveryAttempt =
        state.state.lastRecoveryAttempt ?? before.state.lastRecoveryAttempt
      states[place] = state
      return
    }
    if checks[slot] != StateMemory.never {
      state.lastCheck = state.lastCheck ?? Timestamp(milliseconds: checks[slot])
      checks[slot] = StateMemory.never
    }
    places[slot] = Int32(clamping: states.count)
    states.append(state)
  }

  /// Empty, for so many slots; keeps its room.
  mutating func reset(count: Int) {
    states.removeAll(keepingCapacity: true)
    guard checks.count == count else {
      checks = Array(repeating: StateMemory.never, count: count)
      places = Array(repeating: -1, count: count)
      return
    }
    for slot in checks.indices {
      checks[slot] = StateMemory.never
      places[slot] = -1
    }
  }
}
