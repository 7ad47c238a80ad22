/// A classic histogram at one instant: cumulative counts by upper bound.
struct ClassicHistogram {
  struct Bucket {
    var bound: Double
    var count: Double
  }

  private(set) var buckets: [Bucket] = []
  /// The counts decreased somewhere by more than rounding explains, and were raised.
  private(set) var isForced = false

  /// Buckets in the order of their bounds; those of equal bounds (`1`, `1.0`) become one.
  mutating func add(_ bucket: Bucket) {
    if let last = buckets.last, last.bound == bucket.bound {
      buckets[buckets.count - 1].count += bucket.count
    } else {
      buckets.append(bucket)
    }
  }

  /// After the last bucket. False unless the highest bucket is that of +Inf.
  mutating func finish() -> Bool {
    guard let last = buckets.last, last.bound == .infinity else { return false }
    ensureMonotone()
    return true
  }

  mutating func removeAll() {
    buckets.removeAll(keepingCapacity: true)
    isForced = false
  }

  /// Counts of buckets that were scraped or summed apart may decrease a little.
  private mutating func ensureMonotone() {
    var previous = buckets[0].count
    for index in buckets.indices.dropFirst() {
      let count = buckets[index].count
      if count == previous { continue }
      if Self.areAlmostEqual(previous, count) {
        buckets[index].count = previous
        continue
      }
      if count < previous {
        buckets[index].count = previous
        isForced = true
        continue
      }
      previous = count
    }
  }

  /// - Note: Must equal `almost.Equal` with 1e-12.
  private static func areAlmostEqual(_ a: Double, _ b: Double) -> Bool {
    if a.isNaN && b.isNaN { return true }
    if a == b { return true }
    let sum = a.magnitude + b.magnitude
    let difference = (a - b).magnitude
    let tolerance = 1e-12
    if a == 0 || b == 0 || sum < .leastNormalMagnitude {
      return difference < tolerance * .leastNormalMagnitude
    }
    return difference / min(sum, .greatestFiniteMagnitude) < tolerance
  }

  /// The value below which the share `quantile` of the observations lies, linear in a bucket; NaN
  /// for fewer than two buckets.
  ///
  /// - Note: Must equal `BucketQuantile`.
  func quantile(_ quantile: Double) -> Double {
    guard !quantile.isNaN else { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    let total = buckets[buckets.count - 1].count
    guard buckets.count >= 2, total != 0 else { return .nan }
    let rank = quantile * total
    let index = firstBucket(reaching: rank)
    if index == buckets.count - 1 { return buckets[index - 1].bound }
    if index == 0 && buckets[0].bound <= 0 { return buckets[0].bound }
    let end = buckets[index].bound
    guard index > 0 else { return end * (rank / buckets[0].count) }
    let start = buckets[index - 1].bound
    let below = buckets[index - 1].count
    return start + (end - start) * ((rank - below) / (buckets[index].count - below))
  }

  /// By halves, as Prometheus searches: it ends at the last bucket when counts are NaN.
  private func firstBucket(reaching rank: Double) -> Int {
    var low = 0
    var high = buckets.count - 1
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].count >= rank { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The share of the observations between two values, linear in a bucket.
  ///
  /// - Note: Must equal `BucketFraction`.
  func fraction(from lower: Double, to upper: Double) -> Double {
    let total = buckets[buckets.count - 1].count
    guard total != 0, !total.isNaN, !lower.isNaN, !upper.isNaN else { return .nan }
    if lower >= upper { return 0 }
    return (rank(of: upper) - rank(of: lower)) / total
  }

  /// How many observations are at most `value`. None of a bucket without a finite end is counted in
  /// part: below the lowest bound all of its bucket count, above the highest none of the rest.
  private func rank(of value: Double) -> Double {
    var start = buckets[0].bound > 0 ? 0 : -Double.infinity
    var below = 0.0
    for bucket in buckets {
      if start >= value { return below }
      if bucket.bound > value {
        if start == -.infinity { return bucket.count }
        return below + (bucket.count - below) * ((value - start) / (bucket.bound - start))
      }
      start = bucket.bound
      below = bucket.count
    }
    return below
  }
}
