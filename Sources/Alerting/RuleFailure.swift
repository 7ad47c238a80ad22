/// Why a rule gave nothing this time; its alerts stay as they were, except over the limit.
package struct RuleFailure: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Reason: String, CaseIterable, Sendable {
    /// The query failed.
    case query
    /// The result is neither a vector nor a scalar.
    case type
    /// Two elements have the same labels once the rule's are there.
    case duplicate
    /// More alerts or series than the group's limit.
    case limit
  }

  package var reason: Reason
  /// In Prometheus's words.
  package var description: String

  init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
