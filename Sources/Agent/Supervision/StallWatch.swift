package import Signals

/// Tells a thread that stands still from one that is not run because nothing is: a suspended
/// process, a machine asleep.
///
/// Time counts only as far as whoever watches was run too: one look adds `longestLook` at most.
package struct StallWatch: Sendable {
  package let bound: Duration
  package let longestLook: Duration
  private var turns: UInt64?
  private var lastLook: MonotonicInstant?
  private var stood = Duration.zero

  package init(bound: Duration, longestLook: Duration) {
    self.bound = bound
    self.longestLook = longestLook
  }

  /// A look at how many turns the thread has taken; whether it has stood still for the bound.
  /// `mayRest`: it waits for work, which is not standing still.
  package mutating func look(
    turns: UInt64, mayRest: Bool = false, at now: MonotonicInstant
  ) -> Bool {
    defer { (self.turns, lastLook) = (turns, now) }
    guard let lastLook, self.turns == turns, !mayRest else {
      stood = .zero
      return false
    }
    stood += min(max(lastLook.duration(to: now), .zero), longestLook)
    return stood >= bound
  }
}
