public import Signals

/// The labels of a series: sorted by name (in bytes), each name once, no empty value.
///
/// Immutable and shared; comparing is by bytes, so that two spellings of one character stay two
/// values. The metric's name is the label `__name__`.
public struct LabelSet: Sendable {
  /// Sorted by name.
  public let labels: [Label]
  /// The sum of a hash of each label, so that taking a label away costs that label only. The same
  /// in every process; equal sets have equal fingerprints.
  public let fingerprint: UInt64

  public static let empty = LabelSet(sorted: [])
  public static let nameLabel = "__name__"

  /// Sorts; drops labels with an empty value; of equal names the last one stays.
  public init(_ labels: some Sequence<Label>) {
    var byName: [Label] = []
    for label in labels {
      byName.removeAll { $0.name.hasSameBytes(as: label.name) }
      if !label.value.isEmpty { byName.append(label) }
    }
    self.init(sorted: byName.sorted { $0.name.precedesInBytes($1.name) })
  }

  /// The labels must be sorted by name, unique, and without empty values.
  init(sorted labels: [Label]) {
    self.init(sorted: labels, labels.reduce(0) { $0 &+ Self.fingerprint(of: $1) })
  }

  private init(sorted labels: [Label], _ fingerprint: UInt64) {
    self.labels = labels
    self.fingerprint = fingerprint
  }

  private static func fingerprint(of label: Label) -> UInt64 {
    var hash = StableHash(of: label.name)
    hash.combine(label.value)
    return hash.mixed
  }

  /// The value of the label; `nil` when the set has none of that name.
  public subscript(name: String) -> String? {
    for label in labels where label.name.hasSameBytes(as: name) { return label.value }
    return nil
  }

  public var metricName: String? { self[Self.nameLabel] }
  public var isEmpty: Bool { labels.isEmpty }

  /// Only the labels called one of `names`.
  public func keeping(_ names: [String]) -> LabelSet {
    let kept = labels.filter { label in names.contains { label.name.hasSameBytes(as: $0) } }
    return kept.count == labels.count ? self : LabelSet(sorted: kept)
  }

  /// All labels but those called one of `names`.
  public func dropping(_ names: [String]) -> LabelSet {
    var kept: [Label] = []
    kept.reserveCapacity(labels.count)
    var rest = fingerprint
    for label in labels {
      if names.contains(where: { label.name.hasSameBytes(as: $0) }) {
        rest &-= Self.fingerprint(of: label)
      } else {
        kept.append(label)
      }
    }
    return kept.count == labels.count ? self : LabelSet(sorted: kept, rest)
  }

  /// The fingerprint of what `dropping` would leave.
  func fingerprint(dropping names: [String]) -> UInt64 {
    guard !names.isEmpty else { return fingerprint }
    return labels.reduce(fingerprint) { rest, label in
      names.contains { label.name.hasSameBytes(as: $0) }
        ? rest &- Self.fingerprint(of: label) : rest
    }
  }

  /// With the label set; an empty value deletes it.
  public func setting(_ name: String, to value: String) -> LabelSet {
    var kept: [Label] = []
    kept.reserveCapacity(labels.count + 1)
    kept += labels.lazy.filter { !$0.name.hasSameBytes(as: name) }
    if !value.isEmpty {
      let place = kept.firstIndex { name.precedesInBytes($0.name) } ?? kept.count
      kept.insert(Label(name: name, value: value), at: place)
    }
    return LabelSet(sorted: kept)
  }
}

extension LabelSet: ExpressibleByDictionaryLiteral {
  /// `["__name__": "up", "mcp": "weather"]`
  public init(dictionaryLiteral pairs: (String, String)...) {
    self.init(pairs.map { Label(name: $0, value: $1) })
  }
}

extension LabelSet: Hashable {
  public static func == (lhs: LabelSet, rhs: LabelSet) -> Bool {
    guard lhs.fingerprint == rhs.fingerprint, lhs.labels.count == rhs.labels.count else {
      return false
    }
    return zip(lhs.labels, rhs.labels).allSatisfy {
      $0.name.hasSameBytes(as: $1.name) && $0.value.hasSameBytes(as: $1.value)
    }
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension LabelSet: Comparable {
  /// Label by label, name before value, in bytes; a set that another one continues comes first.
  public static func < (lhs: LabelSet, rhs: LabelSet) -> Bool {
    for (left, right) in zip(lhs.labels, rhs.labels) {
      if !left.name.hasSameBytes(as: right.name) { return left.name.precedesInBytes(right.name) }
      if !left.value.hasSameBytes(as: right.value) {
        return left.value.precedesInBytes(right.value)
      }
    }
    return lhs.labels.count < rhs.labels.count
  }
}

extension LabelSet: CustomStringConvertible {
  /// `name{a="1", b="2"}`, as Prometheus prints a series.
  public var description: String {
    let name = metricName
    let shown = labels.filter { $0.name != Self.nameLabel || !Identifier.isMetricName(name ?? "") }
      .map { label in
        let quoted = Identifier.isLabelName(label.name) ? label.name : label.name.quoted
        return "\(quoted)=\(label.value.quoted)"
      }
    let plain = name.flatMap { Identifier.isMetricName($0) ? $0 : nil }
    if shown.isEmpty, let plain { return plain }
    return (plain ?? "") + "{" + shown.joined(separator: ", ") + "}"
  }
}

extension String {
  /// Whether the two are the same bytes: `==` also holds for two spellings of one character.
  func hasSameBytes(as other: String) -> Bool {
    let (left, right) = (utf8Span.span, other.utf8Span.span)
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }

  /// Order by bytes, as Go compares strings.
  func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
