/// How many rows of the feed one transaction takes, so that it lasts from a quarter of a second to
/// one second, whatever the database's pace.
package struct BatchSize: Equatable, Sendable {
  package static let range = 100...20_000

  package private(set) var rows: Int

  package init(rows: Int = 2000) {
    self.rows = min(max(rows, Self.range.lowerBound), Self.range.upperBound)
  }

  /// A transaction of `written` rows took so long. One that was not full says nothing of larger
  /// ones.
  package mutating func took(_ time: Duration, written: Int) {
    if time > .seconds(1) {
      rows = max(Self.range.lowerBound, rows / 2)
    } else if time < .milliseconds(250), written >= rows {
      rows = min(Self.range.upperBound, rows * 2)
    }
  }

  /// The database did not take one in its time.
  package mutating func failed() { rows = max(Self.range.lowerBound, rows / 2) }
}
