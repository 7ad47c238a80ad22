/// How many rows of the feed one transaction takes, so that its rows take from a quarter of a
/// second to one second, whatever the database's pace. What a transaction takes without rows is
/// not their fault: where that is long, the rows may take as long.
package struct BatchSize: Equatable, Sendable {
  package static let range = 100...20_000

  private struct Sample: Equatable, Sendable {
    var rows: Int
    var time: Duration
  }

  package private(set) var rows: Int
  private var last: Sample?
  /// What a transaction takes whatever it holds, as far as is known.
  private var fixed = Duration.zero

  package init(rows: Int = 5000) {
    self.rows = min(max(rows, Self.range.lowerBound), Self.range.upperBound)
  }

  /// A transaction of `written` rows took so long. One that was not full says nothing of larger
  /// ones.
  package mutating func took(_ time: Duration, written: Int) {
    learn(Sample(rows: written, time: time))
    let ofRows = time - fixed
    if ofRows > max(.seconds(1), fixed) {
      rows = max(Self.range.lowerBound, rows / 2)
    } else if ofRows < max(.milliseconds(250), fixed / 4), written >= rows {
      rows = min(Self.range.upperBound, rows * 2)
    }
  }

  /// The database did not take one in its time.
  package mutating func failed() { rows = max(Self.range.lowerBound, rows / 2) }

  /// Two transactions of different sizes tell what of their time comes of the rows.
  private mutating func learn(_ sample: Sample) {
    defer { last = sample }
    fixed = min(fixed, sample.time)
    guard let last else { return }
    let (small, large) = last.rows < sample.rows ? (last, sample) : (sample, last)
    guard large.rows - small.rows > large.rows / 4 else {
      // It takes longer than it should, and was left so: what is known of it may be wrong.
      if sample.time > .seconds(1) { fixed += (sample.time - fixed) / 4 }
      return
    }
    let more = max(.zero, large.time - small.time)
    let ofSmall = more * small.rows / (large.rows - small.rows)
    fixed = max(.zero, min(small.time, large.time) - ofSmall)
  }
}
