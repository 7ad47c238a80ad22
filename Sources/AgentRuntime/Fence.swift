import Synchronization

/// Lets one generation of coordinators act and no other.
///
/// What a turn does to the world is done as a whole inside, and what is done inside never waits: so
/// a coordinator that was replaced has either acted before its successor was made, or not at all.
final class Fence: Sendable {
  private struct State: Sendable {
    var generation: UInt64 = 0
    var turnsRefused: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Runs `body` if this generation is the one that counts. False, and counted, if it is not.
  func perform(as generation: UInt64, _ body: () -> Void) -> Bool {
    state.withLock { state in
      guard state.generation == generation else {
        state.turnsRefused += 1
        return false
      }
      body()
      return true
    }
  }

  /// From now on `generation` counts.
  func raise(to generation: UInt64) { state.withLock { $0.generation = generation } }

  /// Whether this generation still counts; by the time the answer is read it may not.
  func admits(_ generation: UInt64) -> Bool { state.withLock { $0.generation == generation } }

  /// Turns that counted for nothing.
  var turnsRefused: UInt64 { state.withLock { $0.turnsRefused } }
}
