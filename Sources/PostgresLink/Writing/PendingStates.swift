import Agent
import Signals

/// The state of one MCP as a batch leaves it.
struct PendingState: Sendable {
  var state: WrittenState
  var at: Timestamp
  var lastCheck: Timestamp?
  var errors: Int64
}

/// The last state of each MCP of a batch, by slot.
struct PendingStates: Sendable, Sequence {
  /// By slot: where in `states`, or -1.
  private var places: [Int32]
  private var states: [PendingState] = []
  /// Why MCPs are disabled, by slot.
  private(set) var reasons: [Int: [UInt8]] = [:]

  init(count: Int) { places = Array(repeating: -1, count: count) }

  /// Errors of states before it are added to it.
  mutating func add(_ view: FeedStateView, slot: Int, reason: [UInt8]?) {
    var state = PendingState(
      state: WrittenState(view), at: view.at, lastCheck: view.lastCheck,
      errors: Swift.max(0, view.errors))
    let place = Int(places[slot])
    if place < 0 {
      places[slot] = Int32(clamping: states.count)
      states.append(state)
    } else {
      state.errors = state.errors.addingSaturating(states[place].errors)
      state.lastCheck = state.lastCheck ?? states[place].lastCheck
      states[place] = state
    }
    if reason != nil || !reasons.isEmpty { reasons[slot] = reason }
  }

  /// Empty, for so many slots; keeps its room.
  mutating func reset(count: Int) {
    states.removeAll(keepingCapacity: true)
    reasons.removeAll()
    if places.count == count {
      for slot in places.indices { places[slot] = -1 }
    } else {
      places = Array(repeating: -1, count: count)
    }
  }

  /// In the order of the slots.
  func makeIterator() -> Iterator { Iterator(places: places, states: states) }

  struct Iterator: IteratorProtocol {
    fileprivate let places: [Int32]
    fileprivate let states: [PendingState]
    private var nextSlot = 0

    fileprivate init(places: [Int32], states: [PendingState]) {
      self.places = places
      self.states = states
    }

    mutating func next() -> (slot: Int, state: PendingState)? {
      while nextSlot < places.count {
        let slot = nextSlot
        nextSlot += 1
        let place = Int(places[slot])
        if place >= 0 { return (slot, states[place]) }
      }
      return nil
    }
  }
}
