package import Signals

/// When an MCP is due: on a grid of its interval, at an offset that its name decides.
///
/// The offset is the same in every run and on every machine, so probes keep apart from each other
/// without knowing of each other, and a restart moves nobody.
package struct ProbeSchedule: Equatable, Sendable {
  package let interval: Duration
  private let intervalNanoseconds: Int64
  private let offsetNanoseconds: Int64

  /// `interval` is positive.
  package init(name: String, interval: Duration) {
    self.interval = interval
    intervalNanoseconds = max(1, interval.wholeNanoseconds)
    let fraction = StableHash(of: name).fraction
    offsetNanoseconds = Int64(exactly: (Double(intervalNanoseconds) * fraction).rounded(.down)) ?? 0
  }

  /// The first slot after `instant`.
  package func slot(after instant: MonotonicInstant) -> MonotonicInstant {
    let elapsed = instant.nanoseconds
    let sinceOffset = elapsed.subtractingSaturating(offsetNanoseconds)
    let remainder = sinceOffset % intervalNanoseconds
    let intoSlot = remainder < 0 ? remainder + intervalNanoseconds : remainder
    return MonotonicInstant(
      nanoseconds: elapsed.addingSaturating(intervalNanoseconds - intoSlot))
  }

  /// The first probe after a start: soon, since nothing is known yet, but spread as the slots are.
  package func first(after now: MonotonicInstant, within window: Duration) -> MonotonicInstant {
    let share = Double(offsetNanoseconds) / Double(intervalNanoseconds)
    return now.advanced(by: min(window, interval) * share)
  }

  /// Where a probe stands that was due at `due` and starts at `now` only: at the latest slot when
  /// whole intervals went by, and how many those were.
  package func standing(
    dueAt due: MonotonicInstant, startedAt now: MonotonicInstant
  ) -> (due: MonotonicInstant, missed: UInt64) {
    guard due.advanced(by: interval) <= now else { return (due, 0) }
    let missed = due.duration(to: now).wholeNanoseconds / intervalNanoseconds
    return (slot(after: now).advanced(by: .zero - interval), UInt64(max(0, missed)))
  }

  /// The next due instant after a probe that was due at `due` has ended at `now`, and how many
  /// slots went by meanwhile.
  ///
  /// After a first probe or a trial, which are due beside the grid, a slot nearer than half an
  /// interval is left out. A slot missed by less than half an interval is made up for at once.
  package func next(
    after due: MonotonicInstant, endedAt now: MonotonicInstant
  ) -> (due: MonotonicInstant, missed: UInt64) {
    let following = slot(after: due.advanced(by: interval / 2))
    guard following < now else { return (following, 0) }
    let latest = slot(after: now).advanced(by: .zero - interval)
    let lateBy = latest.duration(to: now)
    let passed = following.duration(to: latest).wholeNanoseconds / intervalNanoseconds
    if lateBy < interval / 2 { return (latest, UInt64(max(0, passed))) }
    return (latest.advanced(by: interval), UInt64(max(0, passed)) + 1)
  }
}
