import PromQL

/// A few series out of bytes: counters, gauges, buckets, special values, stale markers.
enum RandomStore {
  private static let values: [Double] = [
    0, 1, 2, 3, 10, 0.5, -1, -0.0, .nan, .infinity, -.infinity, StaleMarker.value, 1e300, -1e300,
    .leastNonzeroMagnitude, 9_007_199_254_740_992, 100, 0.1,
  ]

  static func make(_ reader: inout ByteReader) -> MemorySource {
    var source = MemorySource()
    for _ in 0..<reader.number(below: 7) {
      let labels = Self.labels(&reader)
      var time: Int64 = Int64(reader.number(below: 8)) * 20_000
      for _ in 0..<reader.number(below: 12) {
        time += 1 + Int64(reader.number(below: 64)) * 2_500
        let choice = reader.number(below: values.count + 2)
        let value =
          choice < values.count ? values[choice] : Double(bitPattern: reader.word())
        source.append(labels, time: time, value: value)
      }
    }
    return source
  }

  private static func labels(_ reader: inout ByteReader) -> LabelSet {
    var set = LabelSet.empty.setting(
      LabelSet.nameLabel, to: reader.pick(["m", "n", "c_total", "h_bucket", ""]))
    set = set.setting("a", to: reader.pick(["", "1", "2", "x y"]))
    set = set.setting("b", to: reader.pick(["", "1", "é"]))
    return set.setting("le", to: reader.pick(["", "", "0.5", "1", "+Inf", "bad", "-1", "NaN"]))
  }
}
