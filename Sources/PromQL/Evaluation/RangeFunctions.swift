import CMath
import Signals

/// What a range function knows besides its samples.
struct WindowContext {
  /// Length of the window as it is written, in milliseconds.
  var window: Int64
  /// The window's end.
  var end: Int64
  /// The instant at which the query is evaluated.
  var evaluationTime: Int64
  /// The function's scalar argument at this step.
  var parameter: Double
}

/// The functions of one window at a time. Each must equal its namesake in Prometheus's
/// functions.go.
enum RangeFunction: String, CaseIterable {
  case rate, increase, delta, irate, idelta, resets, changes, deriv
  case predictLinear = "predict_linear"
  case avgOverTime = "avg_over_time"
  case sumOverTime = "sum_over_time"
  case countOverTime = "count_over_time"
  case minOverTime = "min_over_time"
  case maxOverTime = "max_over_time"
  case lastOverTime = "last_over_time"
  case firstOverTime = "first_over_time"
  case presentOverTime = "present_over_time"
  case quantileOverTime = "quantile_over_time"
  case stddevOverTime = "stddev_over_time"
  case stdvarOverTime = "stdvar_over_time"

  /// They give the value of one of the samples, so the metric stays what it is.
  var keepsName: Bool { self == .lastOverTime || self == .firstOverTime }
  /// Made for counters; for anything else there is a note.
  var isForCounters: Bool { self == .rate || self == .increase }
  /// Needs only the ends of a window and what was lost by resets between them.
  var needsEndsOnly: Bool { self == .rate || self == .increase || self == .delta }

  /// Of a window's samples: ascending times and as many values, one at least, no stale markers.
  func apply(
    _ times: Span<Int64>, _ values: Span<Double>, _ context: WindowContext
  ) -> Double? {
    switch self {
    case .rate, .increase, .delta: extrapolated(WindowEnds(times, values), context)
    case .irate: Instantaneous.rate(times, values, isCounter: true)
    case .idelta: Instantaneous.rate(times, values, isCounter: false)
    case .deriv: LinearFit(times, values, origin: times[0])?.slope
    case .predictLinear:
      LinearFit(times, values, origin: context.evaluationTime)?.value(after: context.parameter)
    case .quantileOverTime: Quantile.of(values, at: context.parameter)
    case .resets: fold(Resets(), values)
    case .changes: fold(Changes(), values)
    case .avgOverTime: fold(Mean(), values)
    case .sumOverTime: fold(CompensatedSum(), values)
    case .countOverTime: fold(Tally(), values)
    case .minOverTime: fold(Least(), values)
    case .maxOverTime: fold(Greatest(), values)
    case .lastOverTime: fold(Newest(), values)
    case .firstOverTime: fold(Oldest(), values)
    case .presentOverTime: fold(Presence(), values)
    case .stddevOverTime: fold(StandardDeviation(), values)
    case .stdvarOverTime: fold(Variance(), values)
    }
  }

  private func fold(_ initial: some Fold, _ values: Span<Double>) -> Double {
    var fold = initial
    for index in values.indices { fold.add(values[index]) }
    return fold.result
  }

  /// Of one window of many series, from a source that keeps columns; `absent` where there is no
  /// sample. `nil` when the function or the source has no such way.
  func applyToColumns(
    of source: any SampleSource, _ handles: [Int], after: Int64, through: Int64
  ) -> [Double]? {
    func fold<F: Fold>(_ initial: F) -> [Double]? {
      var folds = [F](repeating: initial, count: handles.count)
      var isPresent = [Bool](repeating: false, count: handles.count)
      let hasColumns = source.forEachColumn(of: handles, after: after, through: through) {
        places, values in
        // Spans: one look at the arrays' uniqueness a column, not one an element.
        var ofPlace = folds.mutableSpan
        var isSeen = isPresent.mutableSpan
        for index in places.indices where values[index].isPresent {
          ofPlace[places[index]].add(values[index])
          isSeen[places[index]] = true
        }
      }
      guard hasColumns else { return nil }
      return folds.indices.map { isPresent[$0] ? folds[$0].result.asValue : Block.absent }
    }
    return switch self {
    case .resets: fold(Resets())
    case .changes: fold(Changes())
    case .avgOverTime: fold(Mean())
    case .sumOverTime: fold(CompensatedSum())
    case .countOverTime: fold(Tally())
    case .minOverTime: fold(Least())
    case .maxOverTime: fold(Greatest())
    case .lastOverTime: fold(Newest())
    case .firstOverTime: fold(Oldest())
    case .presentOverTime: fold(Presence())
    case .stddevOverTime: fold(StandardDeviation())
    case .stdvarOverTime: fold(Variance())
    default: nil
    }
  }

  /// `rate`, `increase` or `delta` of a window, extrapolated to its ends.
  ///
  /// - Note: Must equal `extrapolatedRate`: from the ends of the samples to the window's, but not
  ///   by more than half an average gap when the window goes on for longer than 1.1 of it, and
  ///   for a counter not beyond where it would have been zero.
  func extrapolated(_ ends: WindowEnds, _ context: WindowContext) -> Double? {
    guard ends.count >= 2, ends.lastTime > ends.firstTime else { return nil }
    let isCounter = self != .delta
    var result = ends.last - ends.first
    if isCounter { result += ends.lost }
    let start = context.end.subtractingSaturating(context.window)
    var toStart = Double(ends.firstTime.subtractingSaturating(start)) / 1000
    var toEnd = Double(context.end.subtractingSaturating(ends.lastTime)) / 1000
    let sampled = Double(ends.lastTime.subtractingSaturating(ends.firstTime)) / 1000
    let gap = sampled / Double(ends.count - 1)
    let threshold = gap * 1.1
    if toStart >= threshold { toStart = gap / 2 }
    if isCounter && result > 0 && ends.first >= 0 {
      let toZero = sampled * (ends.first / result)
      if toZero < toStart { toStart = toZero }
    }
    if toEnd >= threshold { toEnd = gap / 2 }
    var factor = (sampled + toStart + toEnd) / sampled
    if self == .rate { factor /= Double(context.window) / 1000 }
    return result * factor
  }
}

extension WindowEnds {
  init(_ times: Span<Int64>, _ values: Span<Double>) {
    self.init()
    count = values.count
    guard count > 0 else { return }
    firstTime = times[0]
    lastTime = times[count - 1]
    first = values[0]
    last = values[count - 1]
    var previous = first
    for index in values.indices.dropFirst() {
      if values[index] < previous { lost += previous }
      previous = values[index]
    }
  }
}

/// `irate` and `idelta`: the last two samples only.
enum Instantaneous {
  static func rate(
    _ times: Span<Int64>, _ values: Span<Double>, isCounter: Bool
  ) -> Double? {
    guard values.count >= 2 else { return nil }
    let last = values[values.count - 1]
    let previous = values[values.count - 2]
    let elapsed = times[times.count - 1].subtractingSaturating(times[times.count - 2])
    guard elapsed > 0 else { return nil }
    guard isCounter else { return last - previous }
    return (last < previous ? last : last - previous) / (Double(elapsed) / 1000)
  }
}

/// A line fitted to samples by least squares; `nil` for fewer than two.
///
/// - Note: Must equal `linearRegression`: a constant has slope 0, a constant infinity none (NaN).
struct LinearFit {
  let slope: Double
  private let intercept: Double

  init?(_ times: Span<Int64>, _ values: Span<Double>, origin: Int64) {
    guard values.count >= 2 else { return nil }
    var sumX = CompensatedSum()
    var sumY = CompensatedSum()
    var sumXY = CompensatedSum()
    var sumXX = CompensatedSum()
    var isConstant = true
    for index in values.indices {
      let y = values[index]
      if y != values[0] { isConstant = false }
      let x = Double(times[index].subtractingReportingOverflow(origin).partialValue) / 1000
      sumX.add(x)
      sumY.add(y)
      sumXY.add(x * y)
      sumXX.add(x * x)
    }
    if isConstant {
      slope = values[0].isInfinite ? .nan : 0
      intercept = values[0].isInfinite ? .nan : values[0]
      return
    }
    let count = Double(values.count)
    let covariance = sumXY.result - sumX.result * sumY.result / count
    let variance = sumXX.result - sumX.result * sumX.result / count
    slope = covariance / variance
    intercept = sumY.result / count - slope * sumX.result / count
  }

  func value(after seconds: Double) -> Double { slope * seconds + intercept }
}

/// Quantiles by linear interpolation between the closest ranks.
enum Quantile {
  /// - Returns: -Inf below 0, +Inf above 1, NaN for NaN; NaN counts as the least value.
  static func of(_ values: Span<Double>, at quantile: Double) -> Double {
    var sorted: [Double] = []
    sorted.reserveCapacity(values.count)
    for index in values.indices { sorted.append(values[index]) }
    return of(&sorted, at: quantile)
  }

  /// Sorts the values.
  static func of(_ values: inout [Double], at quantile: Double) -> Double {
    guard !values.isEmpty, !quantile.isNaN else { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    values.sort { $0 < $1 || ($0.isNaN && !$1.isNaN) }
    let rank = quantile * Double(values.count - 1)
    let lower = min(max(0, rank.rounded(.down)), Double(values.count - 1))
    let low = Int(lower)
    let high = min(low + 1, values.count - 1)
    let weight = rank - lower
    return values[low] * (1 - weight) + values[high] * weight
  }

  static func isOutside(_ quantile: Double) -> Bool {
    quantile.isNaN || quantile < 0 || quantile > 1
  }
}
