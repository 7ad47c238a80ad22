import PostgresLink
import TestSupport
import Testing

@Suite struct BatchPaceTests {
  /// The size that a database settles at that takes so long for a transaction and for each row.
  private func settled(fixed: Duration, perRow: Duration, from rows: Int = 2000) -> Int {
    var size = BatchSize(rows: rows)
    for _ in 0..<40 { size.took(fixed + perRow * size.rows, written: size.rows) }
    return size.rows
  }

  @Test func slowRowsMakeSmallBatches() {
    let size = settled(fixed: .milliseconds(1), perRow: .milliseconds(2), from: 20_000)
    #expect((125...500).contains(size), "\(size)")
    #expect(settled(fixed: .zero, perRow: .milliseconds(100)) == BatchSize.range.lowerBound)
  }

  @Test func fastRowsMakeLargeBatches() {
    #expect(settled(fixed: .milliseconds(5), perRow: .microseconds(5)) == 20_000)
  }

  /// Small batches would make it worse: each of them costs as much as a large one.
  @Test(arguments: [2, 5, 20])
  func slowStatementsMakeLargeBatches(_ seconds: Int) {
    #expect(settled(fixed: .seconds(seconds), perRow: .microseconds(10)) == 20_000)
  }

  /// Of a second for the trip and a millisecond for a row, the row's share is worth having.
  @Test func whereBothCostTheRowsTakeAboutAsLongAsTheTrip() {
    let size = settled(fixed: .seconds(4), perRow: .milliseconds(1))
    #expect((1000...4000).contains(size), "\(size)")
  }

  @Test(arguments: 1...20)
  func noDatabaseKeepsAPaceExactly(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var size = BatchSize(rows: 2000)
    var sum = 0
    for _ in 0..<200 {
      sum += size.rows
      let time = Duration.seconds(2) + .microseconds(20) * size.rows
      size.took(time * Int.random(in: 70...140, using: &random) / 100, written: size.rows)
    }
    #expect(sum / 200 > 5000, "\(sum / 200)")
    // The same with rows that are slow: hardly a batch is too large, and none far too large.
    size = BatchSize(rows: 2000)
    var sizes: [Int] = []
    for _ in 0..<200 {
      sizes.append(size.rows)
      let time = Duration.milliseconds(1) * size.rows
      size.took(time * Int.random(in: 70...140, using: &random) / 100, written: size.rows)
    }
    #expect(sizes.reduce(0, +) / 200 <= 1500 && sizes.allSatisfy { $0 <= 8000 }, "\(sizes)")
  }

  @Test func oneHiccupIsForgotten() {
    var size = BatchSize(rows: 4000)
    let perRow = Duration.microseconds(100)
    for turn in 0..<60 {
      let hiccup = turn.isMultiple(of: 10) ? Duration.seconds(6) : .zero
      size.took(perRow * size.rows + hiccup, written: size.rows)
    }
    #expect((1000...20_000).contains(size.rows), "\(size.rows)")
  }
}
