import Synchronization

/// Whether a thread that works in turns gets on with them. Costs an atomic store or two a turn.
package final class Pulse: Sendable {
  package struct Look: Equatable, Sendable {
    /// Turns begun and rests taken; while it moves, the thread does.
    package var turns: UInt64
    /// It waits for work.
    package var isResting: Bool
    package var hasEnded: Bool
  }

  private let turns = Atomic<UInt64>(0)
  private let isResting = Atomic<Bool>(true)
  private let hasEnded = Atomic<Bool>(false)

  package init() {}

  /// By the thread: work begins.
  package func begin() {
    isResting.store(false, ordering: .relaxed)
    turns.add(1, ordering: .relaxed)
  }

  /// By the thread: it waits from now on.
  package func rest() {
    turns.add(1, ordering: .relaxed)
    isResting.store(true, ordering: .relaxed)
  }

  /// By the thread, at its end.
  package func end() { hasEnded.store(true, ordering: .releasing) }

  package var look: Look {
    Look(
      turns: turns.load(ordering: .relaxed), isResting: isResting.load(ordering: .relaxed),
      hasEnded: hasEnded.load(ordering: .acquiring))
  }
}
