/// Counts of durations in fixed classic buckets, and their sum. Inline: no allocation to copy.
package struct DurationHistogram: Equatable, Sendable {
  /// Upper bounds in microseconds, ascending; `+Inf` is implied. Prometheus's default buckets.
  package static let bounds: [Int64] = [
    5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
  ]

  /// Observations per bucket, not cumulated; the last one is beyond all bounds.
  private var counts = InlineArray<12, UInt64>(repeating: 0)
  package private(set) var sumMicroseconds: Int64 = 0

  package init() {}

  package mutating func observe(_ duration: Duration) {
    let microseconds = max(0, duration.wholeMicroseconds)
    var bucket = 0
    while bucket < Self.bounds.count && microseconds > Self.bounds[bucket] { bucket += 1 }
    counts[bucket] += 1
    sumMicroseconds = sumMicroseconds.addingSaturating(microseconds)
  }

  /// Takes the observations of another one over.
  package mutating func add(_ other: Self) {
    for bucket in 0..<12 { counts[bucket] += other.counts[bucket] }
    sumMicroseconds = sumMicroseconds.addingSaturating(other.sumMicroseconds)
  }

  /// Observations per bucket, cumulated, with `+Inf` (all of them) as the last.
  package var cumulative: InlineArray<12, UInt64> {
    var result = counts
    for bucket in 1..<12 { result[bucket] += result[bucket - 1] }
    return result
  }

  package var count: UInt64 {
    var total: UInt64 = 0
    for bucket in 0..<12 { total += counts[bucket] }
    return total
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    guard lhs.sumMicroseconds == rhs.sumMicroseconds else { return false }
    for bucket in 0..<12 where lhs.counts[bucket] != rhs.counts[bucket] { return false }
    return true
  }
}
