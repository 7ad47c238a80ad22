/// Series held in arrays, each with times of its own: for tests and small sets of samples.
public struct MemorySource: SampleSource, Sendable {
  private struct Series: Sendable {
    var labels: LabelSet
    var samples = SampleBuffer()
  }

  private var series: [Series] = []
  private var places: [LabelSet: Int] = [:]

  public init() {}

  public var sampleCount: Int { series.reduce(0) { $0 + $1.samples.count } }

  /// Adds a sample to the series; samples may come in any order.
  ///
  /// - Returns: false when the series has another value at that time, which then stays.
  @discardableResult
  public mutating func append(_ labels: LabelSet, time: Int64, value: Double) -> Bool {
    let place = places[labels] ?? series.count
    if place == series.count {
      series.append(Series(labels: labels))
      places[labels] = place
    }
    let times = series[place].samples.times
    let next = firstIndex(in: times, after: time)
    if next > 0, times[next - 1] == time {
      return series[place].samples.values[next - 1].bitPattern == value.bitPattern
    }
    series[place].samples.times.insert(time, at: next)
    series[place].samples.values.insert(value, at: next)
    return true
  }

  public func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList {
    let found = series.indices.filter { index in
      matchers.allSatisfy { $0.matches(series[index].labels) }
    }.sorted { series[$0].labels < series[$1].labels }
    return SeriesList(labels: found.map { series[$0].labels }, handles: found)
  }

  public func read(
    series handle: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer
  ) {
    guard series.indices.contains(handle), after < through else { return }
    let samples = series[handle].samples
    let start = firstIndex(in: samples.times, after: after)
    let end = firstIndex(in: samples.times, after: through)
    buffer.times.append(contentsOf: samples.times[start..<end])
    buffer.values.append(contentsOf: samples.values[start..<end])
  }
}

/// The index of the first of ascending `times` that is later than `time`.
func firstIndex(in times: [Int64], after time: Int64) -> Int {
  var low = 0
  var high = times.count
  while low < high {
    let middle = (low + high) / 2
    if times[middle] > time { high = middle } else { low = middle + 1 }
  }
  return low
}
