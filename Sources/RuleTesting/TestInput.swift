import PromQL
import PromQLTesting
import Signals

/// The series of a test, loaded bit by bit as the clock goes on.
struct TestInput {
  private struct Series {
    var labels: LabelSet
    var values: [SeriesDescription.Value]
    /// How many are loaded.
    var loaded = 0
  }

  /// Values of all series of a test together.
  private static let mostValues = 10_000_000

  private var series: [Series] = []
  private let start: Timestamp
  /// Milliseconds between values.
  private let step: Int64

  /// Of two descriptions of one series the later one counts.
  init(_ test: RuleTest, every interval: Duration) throws(RuleTestFailure) {
    start = test.start
    step = max(1, interval.wholeMilliseconds)
    var places: [LabelSet: Int] = [:]
    var count = 0
    for given in test.series {
      let description = try Self.description(of: given)
      if description.hasHistogram { throw .histogram(in: "series: \(given.series)") }
      count += description.values.count
      guard count <= Self.mostValues else {
        throw RuleTestFailure("    input_series, err: more than \(Self.mostValues) values")
      }
      let one = Series(labels: description.labels, values: description.values)
      if let place = places.updateValue(places[one.labels] ?? series.count, forKey: one.labels) {
        series[place] = one
      } else {
        series.append(one)
      }
    }
  }

  private static func description(
    of given: RuleTest.InputSeries
  ) throws(RuleTestFailure) -> SeriesDescription {
    let values = given.values.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    do throws(SeriesError) {
      return try SeriesDescription(parsing: given.series + " " + values)
    } catch {
      throw RuleTestFailure("    series: \(given.series), err: \(error.message)")
    }
  }

  /// Loads what is not later than `time`; gives why a sample was refused, if one was.
  mutating func load(through time: Timestamp, into samples: inout TestSamples) -> String? {
    let (steps, _) = time.milliseconds.subtractingSaturating(start.milliseconds)
      .quotientAndRemainder(dividingBy: step)
    let due = Int(clamping: steps) + 1
    var refusal: TestSamples.Refusal?
    for place in series.indices {
      let end = min(due, series[place].values.count)
      for index in series[place].loaded..<max(series[place].loaded, end) {
        guard case .number(let value) = series[place].values[index] else { continue }
        let at = start.milliseconds + Int64(index) * step
        do throws(TestSamples.Refusal) {
          try samples.append(series[place].labels, time: at, value: value)
        } catch {
          refusal = error
        }
      }
      series[place].loaded = max(series[place].loaded, end)
    }
    return refusal?.rawValue
  }
}
