import PromQL
import Testing

/// Times at the ends of what there is: results may be odd, but nothing overflows.
@Suite struct ExtremeTimes {
  private static let times: [Int64] = [
    .min, .min + 1, .min + 999, -9_223_372_036_854_774_000, -1, 0,
    9_223_372_036_854_774_000, .max - 1, .max,
  ]
  private static let functions = [
    "rate", "increase", "delta", "irate", "idelta", "deriv", "changes", "last_over_time",
    "absent_over_time",
  ]
  private static let ranges = [
    "m[5m]", "m[292y]", "vector(1)[5000s:100ms]", "vector(time())[290y:100y]",
    "timestamp(m)[1m:10s]", "m[1m] offset 292y", "m[1m] offset -292y", "m[1m] @ 0 offset 292y",
    "vector(1)[5000s:100ms] @ -9223372036854774", "vector(1)[5000s:100ms] @ 9223372036854774",
  ]

  private var source: MemorySource {
    var source = MemorySource()
    let labels = LabelSet.empty.setting(LabelSet.nameLabel, to: "m")
    for (index, time) in Self.times.enumerated() {
      source.append(labels, time: time, value: Double(index))
    }
    return source
  }

  /// The neighbours are further apart than an Int64 tells.
  @Test func aSmoothedSelectorOverflowsNowhere() throws {
    var source = MemorySource()
    for time in [-9_000_000_000_000_000_000, 9_000_000_000_000_000_000] as [Int64] {
      source.append(["__name__": "m"], time: time, value: 1)
    }
    var options = EngineOptions()
    options.lookbackDelta = .max
    let query = try Query(Expression(parsing: "m smoothed"), options: options)
    #expect(
      try query.evaluate(at: 0, over: source).value
        == .vector([
          VectorElement(labels: ["__name__": "m"], sample: Sample(time: 0, value: 1))
        ]))
  }

  /// The options are a library's user's: a step of nothing is an error, not a division by zero.
  @Test(arguments: [0, -1] as [Int64]) func aSubqueryNeedsAStep(step: Int64) throws {
    var options = EngineOptions()
    options.subqueryStep = step
    let query = try Query(Expression(parsing: "sum_over_time(m[5m:])"), options: options)
    #expect(throws: QueryError.self) { try query.evaluate(at: 0, over: source) }
  }

  @Test(arguments: functions) func overflowNowhere(function: String) throws {
    for range in Self.ranges {
      let query = try Query(Expression(parsing: "\(function)(\(range))"))
      for time in Self.times {
        _ = try query.evaluate(at: time, over: source)
        let from = time > 0 ? time - 500 : time
        _ = try query.evaluate(from: from, through: from + 500, step: 250, over: source)
      }
    }
  }
}
