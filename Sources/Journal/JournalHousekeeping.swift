import Agent
import Signals

/// Work of the journal's thread that can wait: done between commits, once a second.
struct JournalHousekeeping: Sendable {
  static let pause: Duration = .seconds(1)

  /// Chunks of the feed up to here may go.
  var releaseThrough: Int64?
  var rows: DatabaseRows?

  var isEmpty: Bool { releaseThrough == nil && rows == nil }

  /// Does a step of it and gives what is left to do, at once or, when the journal refused, later.
  func perform(
    in journal: EventJournal
  ) -> (left: JournalHousekeeping, failure: JournalFailure?) {
    var left = self
    do throws(JournalFailure) {
      if let rows {
        try journal.keep(rows)
        left.rows = nil
      }
      if let releaseThrough, try journal.release(feedThrough: releaseThrough) {
        left.releaseThrough = nil
      }
      return (left, nil)
    } catch {
      return (left, error)
    }
  }

  /// What was asked for meanwhile counts.
  mutating func add(_ older: JournalHousekeeping) {
    if let position = older.releaseThrough {
      releaseThrough = max(releaseThrough ?? .min, position)
    }
    rows = rows ?? older.rows
  }
}
