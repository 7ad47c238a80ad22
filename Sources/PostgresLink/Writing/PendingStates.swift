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
  /// By slot.
  private(set) var changed: [Int: PendingState] = [:]

  /// `known`: what is known of the row.
  mutating func add(
    _ view: FeedStateView, slot: Int, reason: @autoclosure () -> [UInt8]?, known: WrittenState?
  ) {
    if let known, known.isRoutine(view), let check = view.lastCheck?.milliseconds,
      check != StateMemory.never, changed.isEmpty || changed[slot] == nil
    {
      checks[slot] = check
      return
    }
    var state = PendingState(
      state: WrittenState(view), at: view.at, lastCheck: view.lastCheck,
      errors: max(0, view.errors), reason: reason())
    if let before = changed[slot] {
      state.errors = state.errors.addingSaturating(before.errors)
      state.lastCheck = state.lastCheck ?? before.lastCheck
    } else if checks[slot] != StateMemory.never {
      state.lastCheck = state.lastCheck ?? Timestamp(milliseconds: checks[slot])
      checks[slot] = StateMemory.never
    }
    changed[slot] = state
  }

  /// Empty, for so many slots; keeps its room.
  mutating func reset(count: Int) {
    changed.removeAll(keepingCapacity: true)
    if checks.count == count {
      for slot in checks.indices { checks[slot] = StateMemory.never }
    } else {
      checks = Array(repeating: StateMemory.never, count: count)
    }
  }
}
