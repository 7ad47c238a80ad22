package import Signals

/// When to start again what has ended: after pauses that grow, and not at all when it happens too
/// often.
///
/// Pure: the caller tells time and draws the spread.
package struct RestartPolicy: Sendable {
  package struct Bounds: Equatable, Sendable {
    /// This many restarts within `window` are made; one more is the end. `nil`: there is no end.
    package var most: Int?
    /// Restarts longer ago count no more, neither for the end nor for the pause.
    package var window: Duration
    package var firstPause: Duration
    package var longestPause: Duration

    package init(most: Int?, window: Duration, firstPause: Duration, longestPause: Duration) {
      self.most = most
      self.window = window
      self.firstPause = firstPause
      self.longestPause = longestPause
    }

    /// Of the coordinator within the process.
    package static let coordinator = Self(
      most: 5, window: .seconds(60), firstPause: .milliseconds(100), longestPause: .seconds(30))
  }

  package enum Decision: Equatable, Sendable {
    case restart(after: Duration)
    case giveUp
  }

  package let bounds: Bounds
  /// When it ended, oldest first.
  private var ends: [MonotonicInstant] = []

  package init(_ bounds: Bounds) { self.bounds = bounds }

  /// It has ended at `now`. `spread` in 0..<1 makes the pause up to a fifth longer.
  package mutating func decide(at now: MonotonicInstant, spread: Double) -> Decision {
    ends.removeAll { $0.duration(to: now) >= bounds.window }
    if let most = bounds.most, ends.count >= most { return .giveUp }
    var pause = bounds.firstPause
    for _ in ends where pause < bounds.longestPause { pause = pause * 2 }
    ends.append(now)
    return .restart(after: min(pause, bounds.longestPause) * (1 + spread / 5))
  }
}
