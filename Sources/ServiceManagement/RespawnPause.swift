/// How long to wait before a process that ended by mistake is started again: each time twice as
/// long, until it has lived long enough for the mistakes before to be forgotten.
package struct RespawnPause: Sendable {
  package var shortest: Duration = .milliseconds(100)
  package var longest: Duration = .seconds(30)
  package var forgottenAfter: Duration = .seconds(60)
  private var next: Duration = .zero

  package init() {}

  /// The next pause, after a process that has `lived` so long; `chance`, from 0 to 1, spreads it
  /// over its upper half.
  package mutating func pause(lived: Duration, chance: Double) -> Duration {
    let whole = lived >= forgottenAfter ? shortest : max(shortest, next)
    next = min(longest, whole * 2)
    return whole * (0.5 + min(max(chance, 0), 1) / 2)
  }
}
