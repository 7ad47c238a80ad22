import PromQL

/// A question that two answered in two ways.
struct DifferingAnswers {
  var question: Question
  var ours: Answer
  var theirs: Answer
  var source: MemorySource

  func contains(_ pattern: some RegexComponent) -> Bool {
    question.query.firstMatch(of: pattern) != nil
  }

  func areEqual(by comparison: Comparison) -> Bool {
    comparison.difference(ours: ours, theirs: theirs) == nil
  }
}

/// Why Prometheus 2.42 answers otherwise than 3.x and we do. The list is closed: a difference that
/// none of these explains is a mistake of ours until somebody shows that it is not.
struct KnownDifference: Sendable {
  var reason: String
  var explains: @Sendable (DifferingAnswers) -> Bool

  static let all: [KnownDifference] = [
    KnownDifference(reason: "3.x: label_replace and label_join may write any UTF-8 label name") {
      guard case .value = $0.ours, case .failure(_, let message) = $0.theirs else { return false }
      return message.hasPrefix("invalid destination label name")
        && $0.question.query.contains("\"~invalid\"")
    },
    KnownDifference(
      reason: "3.x: elements that a comparison filters away count when one meets many"
    ) {
      guard case .failure(_, let message) = $0.ours, case .value = $0.theirs else { return false }
      return message.hasPrefix("multiple matches for labels: many-to-one")
        && $0.contains(/([=!<>]=|[<>]) (?!bool)/)
    },
    KnownDifference(reason: "of several errors of matching each side names the one it meets first")
    {
      guard case .failure(_, let ours) = $0.ours, case .failure(_, let theirs) = $0.theirs else {
        return false
      }
      return [ours, theirs].allSatisfy {
        $0.hasPrefix("multiple matches for labels") || $0.hasPrefix("found duplicate series")
      }
    },
    KnownDifference(
      reason: "2.x: the deviation of large numbers whose last bit differs (compensated sums of 3.x)"
    ) {
      $0.contains(/(stddev|stdvar).*(avg|_over_time|rate|increase)/)
        && $0.areEqual(by: Comparison(tolerance: 1e-6))
    },
    KnownDifference(
      reason: "3.x: the deviation of a group that begins with NaN or an infinity is NaN"
    ) {
      $0.contains(/stddev|stdvar/) && $0.areEqual(by: Comparison(isNaNEqualToAll: true))
    },
    KnownDifference(
      reason: "3.x: behind a gap, extrapolation to zero is bound by half an interval, not by 1.1"
    ) {
      $0.contains(/(rate|increase)\((flaky|demo_intermittent|short_lived|.*\[\w+:)/)
        && $0.areEqual(by: Comparison(tolerance: 0.25))
    },
    KnownDifference(
      reason: "2.x: predict_linear of a selector with @ finds samples at the first step only"
    ) {
      if case .instant = $0.question.times, !$0.contains(/\[\w+:/) { return false }
      return $0.contains(/predict_linear\([^()]*@/)
    },
    KnownDifference(
      reason: "2.x: a constant subquery without a step in its window takes one after it"
    ) {
      $0.contains(/@ .*\[(45s|1m5s):(1m|2m)?\]/)
    },
    KnownDifference(
      reason: "of equal elements topk keeps others: 2.x has series in a hash map's order, and NaN "
        + "give way to NaN"
    ) { $0.rankEqualElements },
    KnownDifference(
      reason: "count_values writes the last bit, which 2.x, or Go's mathematics, rounds otherwise"
    ) {
      $0.contains(/count_values/) && $0.areEqual(by: Comparison(labelDigits: 11))
    },
    KnownDifference(
      reason:
        "2.x: adds within ranges in a hash map's order, so that x - x may not be 0"
    ) { $0.contains(/((sum|avg|stddev|stdvar).+) (-|[=<>]=|[<>]|!=)( bool)? \1/) },
    KnownDifference(reason: "next to nothing is left of a sum: below 1e-12") {
      $0.areEqual(by: Comparison(absoluteTolerance: 1e-12))
    },
    KnownDifference(
      reason:
        "the last bit, blown up by sin, cos, tan, floor, %, ^, changes: Go's mathematics, and "
        + "compensated sums of 3.x"
    ) {
      $0.contains(/\b(sin|cos|tan|changes|resets|floor|ceil|round)\(|[%^]/)
        && $0.contains(
          /[\^\/%]|(avg|std...|rate|delta|increase|deriv)(_over_time)?\b|(sin|cos|tan|exp|l[no])/)
        && $0.areEqual(by: Comparison(tolerance: .infinity))
    },
  ]
}
