/// A pattern that bytes can decide: no engine needed.
///
/// Only what is plain to see is recognised; whatever is left is for RE2.
package enum LiteralShape: Equatable, Sendable {
  /// `a|b|c`: exactly these values, sorted by bytes, each once.
  case oneOf([String])
  /// `.*`, `.+`, and a literal with one of them before it, behind it, or both.
  case around(leading: Wildcard, literal: String, trailing: Wildcard)

  package enum Wildcard: String, CaseIterable, Sendable {
    case none = ""
    case any = ".*"
    case some = ".+"

    /// How many bytes must be there at least.
    var least: Int { self == .some ? 1 : 0 }
  }

  /// Looking for a longer literal anywhere in a value could take too many comparisons.
  private static let longestSought = 64

  /// `nil` when the pattern is anything else.
  package init?(_ pattern: String) {
    // Bytes, not characters: a combining mark must not hide what stands before it.
    var body = pattern.utf8[...]
    if let alternatives = Self.alternatives(in: Self.withoutGroup(body)) {
      self = .oneOf(alternatives)
      return
    }
    let leading = Self.wildcard(body.prefix(2))
    body = body.dropFirst(leading.rawValue.utf8.count)
    // In `a\.*` the dot is escaped; but then what is left, `a\`, is no literal.
    let trailing = Self.wildcard(body.suffix(2))
    body = body.dropLast(trailing.rawValue.utf8.count)
    guard let literal = Self.literal(body) else { return nil }
    if leading != .none && trailing != .none {
      guard (1...Self.longestSought).contains(literal.utf8.count) else { return nil }
    }
    self = .around(leading: leading, literal: literal, trailing: trailing)
  }

  private static func wildcard(_ text: Substring.UTF8View) -> Wildcard {
    [.any, .some].first { text.elementsEqual($0.rawValue.utf8) } ?? .none
  }

  /// What is within `(…)` or `(?:…)`; the text itself when it has no such group around it.
  private static func withoutGroup(_ text: Substring.UTF8View) -> Substring.UTF8View {
    guard text.last == UInt8(ascii: ")") else { return text }
    if text.starts(with: "(?:".utf8) { return text.dropFirst(3).dropLast() }
    return text.first == UInt8(ascii: "(") ? text.dropFirst().dropLast() : text
  }

  private static func alternatives(in text: Substring.UTF8View) -> [String]? {
    var values: [String] = []
    for part in text.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false) {
      guard let value = literal(part) else { return nil }
      values.append(value)
    }
    values.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var unique: [String] = []
    for value in values where unique.last?.utf8.elementsEqual(value.utf8) != true {
      unique.append(value)
    }
    return unique
  }

  private static let operators = Array(#"\.+*?()|[]{}^$"#.utf8)
  private static let escapable = operators + Array("-/".utf8)

  /// The text that the pattern stands for, when it has no operator and escapes punctuation only.
  private static func literal(_ pattern: Substring.UTF8View) -> String? {
    var out: [UInt8] = []
    var rest = pattern
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst(), escapable.contains(escaped) else { return nil }
        out.append(escaped)
      } else if operators.contains(byte) {
        return nil
      } else {
        out.append(byte)
      }
    }
    return String(validating: out, as: UTF8.self)
  }
}

extension LiteralShape {
  package func matches(_ value: String) -> Bool {
    switch self {
    case .oneOf(let values):
      return Self.contains(values, value)
    case .around(let leading, let literal, let trailing):
      let bytes = value.utf8.span
      let wanted = literal.utf8.span
      let first = leading.least
      let last = bytes.count - wanted.count - trailing.least
      guard first <= last else { return false }
      switch (leading, trailing) {
      case (.none, .none): return last == 0 && Self.isEqual(bytes, at: 0, wanted)
      case (.none, _): return Self.isEqual(bytes, at: 0, wanted)
      case (_, .none): return Self.isEqual(bytes, at: last, wanted)
      default: return (first...last).contains { Self.isEqual(bytes, at: $0, wanted) }
      }
    }
  }

  private static func isEqual(_ bytes: Span<UInt8>, at start: Int, _ wanted: Span<UInt8>) -> Bool {
    for index in 0..<wanted.count where bytes[start + index] != wanted[index] { return false }
    return true
  }

  /// Whether the sorted values have one with these bytes.
  private static func contains(_ values: [String], _ value: String) -> Bool {
    var range = 0..<values.count
    while !range.isEmpty {
      let middle = (range.lowerBound + range.upperBound) / 2
      let candidate = values[middle]
      if candidate.utf8.elementsEqual(value.utf8) { return true }
      let isBefore = candidate.utf8.lexicographicallyPrecedes(value.utf8)
      range = isBefore ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return false
  }
}
