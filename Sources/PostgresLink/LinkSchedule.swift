package import Signals

/// When each kind of a session's work is to be done next. A kind that fails pauses by itself: the
/// others go on.
package struct LinkSchedule: Sendable {
  package enum Work: Int, CaseIterable, Sendable {
    /// Reads the tables.
    case look
    /// Brings rows of the feed over.
    case write
    /// Has running downtime grow.
    case refresh
    /// Deletes old rows.
    case prune
  }

  private struct Entry {
    var due: MonotonicInstant
    /// Whoever hastens it.
    var earliest: MonotonicInstant
    var pause = Pause(from: .milliseconds(100), to: .seconds(10))

    var time: MonotonicInstant { max(due, earliest) }
  }

  private var entries: [Entry]

  /// All of it is to be done now.
  package init(at now: MonotonicInstant) {
    entries = Work.allCases.map { _ in Entry(due: now, earliest: now) }
  }

  private subscript(work: Work) -> Entry {
    get { entries[work.rawValue] }
    set { entries[work.rawValue] = newValue }
  }

  /// What has been due longest; `nil`: nothing is.
  package func due(at now: MonotonicInstant) -> Work? {
    let first = Work.allCases.min { self[$0].time < self[$1].time }
    return first.flatMap { self[$0].time <= now ? $0 : nil }
  }

  /// When something is due.
  package var next: MonotonicInstant {
    entries.map(\.time).min() ?? MonotonicInstant(nanoseconds: 0)
  }

  /// It went well, and is to be done again at `next`; `earliest`: not before, also when hastened.
  package mutating func plan(
    _ work: Work, at next: MonotonicInstant, earliest: MonotonicInstant? = nil
  ) {
    self[work] = Entry(due: next, earliest: earliest ?? MonotonicInstant(nanoseconds: 0))
  }

  /// It is wanted sooner: not before a pause after a failure is over.
  package mutating func hasten(_ work: Work, to time: MonotonicInstant) {
    self[work].due = min(self[work].due, time)
  }

  /// It is tried again after a pause that grows with each failure in a row. `spread`: 0 to 1.
  package mutating func putOff(_ work: Work, from now: MonotonicInstant, spread: Double) {
    let later = now.advanced(by: self[work].pause.take(spread: spread))
    self[work].due = later
    self[work].earliest = later
  }
}
