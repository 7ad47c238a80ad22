public import Patterns

/// A condition on one label: `label="value"`, `!=`, `=~`, `!~`. A series without the label has the
/// empty value.
public struct Matcher: Sendable {
  public enum Operator: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case doesNotMatch = "!~"
  }

  public let label: String
  public let op: Operator
  /// The value, or the pattern as it was written.
  public let value: String
  private let pattern: Pattern?

  /// A matcher that compares.
  public init(_ label: String, equals value: String, negated: Bool = false) {
    self.label = label
    op = negated ? .notEqual : .equal
    self.value = value
    pattern = nil
  }

  /// - Throws: `PatternError` when the operator wants a pattern and `value` is none.
  public init(
    _ label: String, _ op: Operator, _ value: String, limits: Pattern.Limits = .init()
  ) throws(PatternError) {
    self.label = label
    self.op = op
    self.value = value
    switch op {
    case .equal, .notEqual: pattern = nil
    case .matches, .doesNotMatch: pattern = try Pattern(value, limits: limits)
    }
  }

  /// The only values that can satisfy the condition, when there are few: a store may look these up
  /// instead of trying every value. The empty one stands for an absent label.
  public var literals: [String]? {
    switch op {
    case .equal: [value]
    case .matches: pattern?.literals
    case .notEqual, .doesNotMatch: nil
    }
  }

  /// Whether a label of this value (empty: absent) satisfies the condition.
  public func matches(_ candidate: String) -> Bool {
    switch op {
    case .equal: candidate.hasSameBytes(as: value)
    case .notEqual: !candidate.hasSameBytes(as: value)
    case .matches: pattern?.matches(candidate) ?? false
    case .doesNotMatch: !(pattern?.matches(candidate) ?? false)
    }
  }

  /// Whether a series with these labels satisfies the condition.
  public func matches(_ labels: LabelSet) -> Bool { matches(labels[label] ?? "") }
}

extension Matcher: Hashable {
  /// Equal when written with the same bytes.
  public static func == (lhs: Matcher, rhs: Matcher) -> Bool {
    lhs.op == rhs.op && lhs.label.hasSameBytes(as: rhs.label)
      && lhs.value.hasSameBytes(as: rhs.value)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(label)
    hasher.combine(op)
    hasher.combine(value)
  }
}

extension Matcher: CustomStringConvertible {
  /// `label="value"`; the label in quotes when it needs them.
  public var description: String {
    let name = Identifier.isLabelName(label) ? label : label.quoted
    return name + op.rawValue + value.quoted
  }
}

extension [Matcher] {
  /// The only metrics whose series can satisfy all of them; `nil` when any can.
  public var metricNames: [String]? {
    lazy.filter { $0.label == LabelSet.nameLabel }.compactMap(\.literals).first
  }
}
