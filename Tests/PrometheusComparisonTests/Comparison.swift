import Foundation
import PromQL
import Signals

/// What is not the same in two answers to one question; nil when nothing is.
struct Comparison {
  /// Relative. Compliance asks for 1e-5.
  var tolerance = 1e-9
  var absoluteTolerance = 0.0
  /// The order of a vector counts.
  var isOrdered = false
  var isNaNEqualToAll = false
  /// Long numbers in labels are rounded to so many digits; nil: they are text.
  var labelDigits: Int?

  func difference(ours: Answer, theirs: Answer) -> String? {
    switch (ours, theirs) {
    case (.failure(let ourKind, let ourMessage), .failure(let kind, let message)):
      if ourKind != kind { return "errors differ in kind" }
      let isSame = kind != "execution" || Self.gist(ourMessage) == Self.gist(message)
      return isSame ? nil : "errors differ in what they say"
    case (.failure, .value): return "only we fail"
    case (.value, .failure): return "only they fail"
    case (.value(let ours), .value(let theirs)): return difference(ours, theirs)
    }
  }

  /// A message without the series it is about.
  private static func gist(_ message: String) -> String {
    let start = message.firstIndex { "{\"[:".contains($0) } ?? message.endIndex
    return String(message[..<start].filter { $0 != " " })
  }

  private func difference(_ ours: QueryValue, _ theirs: QueryValue) -> String? {
    switch (ours, theirs) {
    case (.scalar(let ours), .scalar(let theirs)): return difference([ours], [theirs])
    case (.string(let ourTime, let ourText), .string(let time, let text)):
      return ourTime == time && ourText == text ? nil : "strings differ"
    case (.vector(let ours), .vector(let theirs)):
      if isOrdered, let found = difference(ours.map(\.sample), theirs.map(\.sample)) {
        return "in order: " + found
      }
      return difference(
        ours.map { SampleSeries(labels: $0.labels, samples: [$0.sample]) },
        theirs.map { SampleSeries(labels: $0.labels, samples: [$0.sample]) })
    case (.matrix(let ours), .matrix(let theirs)): return difference(ours, theirs)
    default: return "types differ"
    }
  }

  private func difference(_ ours: [SampleSeries], _ theirs: [SampleSeries]) -> String? {
    let ours = ours.map(rounded).sorted { $0.labels < $1.labels }
    let theirs = theirs.map(rounded).sorted { $0.labels < $1.labels }
    for (left, right) in zip(ours, theirs) {
      if left.labels < right.labels { return "only we have \(left.labels)" }
      if right.labels < left.labels { return "only they have \(right.labels)" }
      if let found = difference(left.samples, right.samples) { return "\(left.labels): \(found)" }
    }
    if ours.count > theirs.count { return "only we have \(ours[theirs.count].labels)" }
    if ours.count < theirs.count { return "only they have \(theirs[ours.count].labels)" }
    return nil
  }

  private func rounded(_ series: SampleSeries) -> SampleSeries {
    guard let labelDigits else { return series }
    var series = series
    for label in series.labels.labels where label.value.utf8.count > labelDigits {
      guard let number = Double(label.value), number.isFinite, number != 0 else { continue }
      let scale = pow(10, Double(labelDigits) - log10(abs(number)).rounded(.up))
      let text = "\((number * scale).rounded() / scale)"
      series.labels = series.labels.setting(label.name, to: text)
    }
    return series
  }

  private func difference(_ ours: [Sample], _ theirs: [Sample]) -> String? {
    for (left, right) in zip(ours, theirs) {
      if left.time < right.time { return "only we have a value at \(left.time)" }
      if right.time < left.time { return "only they have a value at \(right.time)" }
      if !isClose(left.value, right.value) {
        return "at \(left.time): ours \(left.value), theirs \(right.value)"
      }
    }
    return ours.count == theirs.count ? nil : "\(ours.count) values, theirs \(theirs.count)"
  }

  private func isClose(_ left: Double, _ right: Double) -> Bool {
    if left.isNaN || right.isNaN { return isNaNEqualToAll || (left.isNaN && right.isNaN) }
    if left == right || tolerance.isInfinite { return true }
    return abs(left - right) <= max(tolerance * max(abs(left), abs(right)), absoluteTolerance)
  }
}
