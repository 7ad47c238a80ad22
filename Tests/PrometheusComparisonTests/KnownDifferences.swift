import PromQL

/// Why Prometheus 2.42 answers otherwise than 3.x and we do. The list is closed: a difference that
/// none of these explains is a mistake of ours until somebody shows that it is not.
struct KnownDifference: Sendable {
  var reason: String
  var explains: @Sendable (Question, _ ours: Answer, _ theirs: Answer) -> Bool

  static let all: [KnownDifference] = [
    KnownDifference(
      reason: "3.x: label_replace and label_join may write any UTF-8 label name"
    ) { question, ours, theirs in
      guard case .value = ours, case .failure(_, let message) = theirs else { return false }
      return message.hasPrefix("invalid destination label name")
        && question.query.contains("\"~invalid\"")
    },
    KnownDifference(
      reason: "3.x: the deviation of a group that begins with NaN or an infinity is NaN"
    ) { question, ours, theirs in
      guard question.query.contains("stddev") || question.query.contains("stdvar") else {
        return false
      }
      return Comparison.onlyWhereNaN(ours: ours, theirs: theirs)
    },
  ]
}

extension Comparison {
  /// Whether the two are the same but for values that are NaN on exactly one side.
  static func onlyWhereNaN(ours: Answer, theirs: Answer) -> Bool {
    var lenient = Comparison()
    lenient.isNaNEqualToAll = true
    return lenient.difference(ours: ours, theirs: theirs) == nil
  }
}
