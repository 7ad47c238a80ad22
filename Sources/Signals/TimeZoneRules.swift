/// How far a place's clocks are ahead of UTC, and since when: the rules of the time zone database
/// as a table, so that they are a value like any other.
package struct TimeZoneRules: Equatable, Sendable {
  package struct Change: Equatable, Sendable {
    package var at: Timestamp
    /// Seconds ahead of UTC from then on.
    package var offset: Int
    /// `CET`, `+0530`.
    package var abbreviation: String

    package init(at: Timestamp, offset: Int, abbreviation: String) {
      self.at = at
      self.offset = offset
      self.abbreviation = abbreviation
    }
  }

  /// In the database: `Europe/Berlin`.
  package let name: String
  /// Sorted by time; before the first, what it says holds too.
  package let changes: [Change]

  package static let utc = TimeZoneRules(
    name: "UTC",
    changes: [Change(at: Timestamp(milliseconds: 0), offset: 0, abbreviation: "UTC")])

  /// `changes` must be sorted by time.
  package init(name: String, changes: [Change]) {
    self.name = name
    self.changes = changes
  }

  /// What holds at an instant; `nil` for a table without changes.
  package func change(at instant: Timestamp) -> Change? {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].at <= instant { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? changes.first : changes[low - 1]
  }
}
