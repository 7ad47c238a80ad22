import PromQL

/// The series of one test, in memory. Samples of a series come in order of time.
struct TestSamples: SampleSource {
  /// Why a sample was not taken, in Prometheus's words.
  enum Refusal: String, Error {
    case duplicate = "duplicate sample for timestamp"
    case outOfOrder = "out of order sample"
  }

  private struct Series {
    var labels: LabelSet
    var samples = SampleBuffer()
  }

  private var series: [Series] = []
  private var places: [LabelSet: Int] = [:]
  private var placesByName: [String: [Int]] = [:]
  private(set) var sampleCount = 0

  var seriesVersion: UInt64? { UInt64(series.count) }

  /// The same value at the same time is taken twice without complaint.
  mutating func append(_ labels: LabelSet, time: Int64, value: Double) throws(Refusal) {
    let place = place(of: labels)
    let count = series[place].samples.count
    if count > 0 {
      let last = series[place].samples.times[count - 1]
      if time == last {
        let isSame = series[place].samples.values[count - 1].bitPattern == value.bitPattern
        if isSame { return }
        throw .duplicate
      }
      if time < last { throw .outOfOrder }
    }
    series[place].samples.append(time: time, value: value)
    sampleCount += 1
  }

  private mutating func place(of labels: LabelSet) -> Int {
    if let place = places[labels] { return place }
    series.append(Series(labels: labels))
    places[labels] = series.count - 1
    placesByName[labels.metricName ?? "", default: []].append(series.count - 1)
    return series.count - 1
  }

  func select(_ matchers: [Matcher], from: Int64, through: Int64) -> SeriesList {
    let name = matchers.first { $0.label == LabelSet.nameLabel && $0.op == .equal }
    let candidates = name.map { placesByName[$0.value] ?? [] } ?? Array(series.indices)
    let found = candidates.filter { place in
      matchers.allSatisfy { $0.matches(series[place].labels) }
    }.sorted { series[$0].labels < series[$1].labels }
    return SeriesList(labels: found.map { series[$0].labels }, handles: found)
  }

  func read(series handle: Int, after: Int64, through: Int64, into buffer: inout SampleBuffer) {
    guard series.indices.contains(handle), after < through else { return }
    let start = firstIndex(of: handle, after: after)
    let end = firstIndex(of: handle, after: through)
    buffer.times.append(contentsOf: series[handle].samples.times[start..<end])
    buffer.values.append(contentsOf: series[handle].samples.values[start..<end])
  }

  private func firstIndex(of handle: Int, after time: Int64) -> Int {
    var low = 0
    var high = series[handle].samples.count
    while low < high {
      let middle = (low + high) / 2
      if series[handle].samples.times[middle] > time { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Everything, as promtool prints it: a line for each series and one for each of its samples.
  var dump: String {
    series.sorted { $0.labels < $1.labels }.map { series in
      let samples = zip(series.samples.times, series.samples.values)
        .map { "\(FloatText.decimal($1)) @[\($0)]" }
      return GoText.labels(series.labels.labels) + " =>\n" + samples.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
