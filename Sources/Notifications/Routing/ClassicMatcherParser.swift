import PromQL

/// The grammar before labels could be any UTF-8: a name of letters, an operator, and whatever
/// follows up to a comma, in quotes or not; a backslash before anything but `n`, `"` and itself is
/// a backslash.
enum ClassicMatcherParser {
  /// `nil` when it is not of this grammar.
  static func parse(_ text: String) -> [MatcherSyntax.Parts]? {
    var matchers: [MatcherSyntax.Parts] = []
    for (token, column) in tokens(text) {
      guard let parts = matcher(token, column) else { return nil }
      matchers.append(parts)
    }
    return matchers
  }

  /// What stands between commas outside of quotes, and where it begins.
  private static func tokens(_ text: String) -> [([Unicode.Scalar], Int)] {
    var scalars = Array(text.unicodeScalars)[...]
    if scalars.first == "{" { scalars = scalars.dropFirst() }
    if scalars.last == "}" { scalars = scalars.dropLast() }
    var tokens: [([Unicode.Scalar], Int)] = []
    var start = scalars.startIndex
    var (isQuoted, isEscaped) = (false, false)
    for index in scalars.indices {
      switch scalars[index] {
      case "," where !isQuoted:
        tokens.append((Array(scalars[start..<index]), start + 1))
        start = index + 1
        continue
      // The original forgets that a comma ends an escape, so `"\,"` is not closed.
      case ",": break
      case "\"" where isEscaped: isEscaped = false
      case "\"": isQuoted.toggle()
      case "\\": isEscaped.toggle()
      default: isEscaped = false
      }
    }
    let last = Array(scalars[start...])
    if !last.allSatisfy(\.properties.isWhitespace) { tokens.append((last, start + 1)) }
    return tokens
  }

  private static func matcher(_ token: [Unicode.Scalar], _ column: Int) -> MatcherSyntax.Parts? {
    var rest = token[...].drop(while: isSpace)
    let name = rest.prefix { isNamePart($0) }
    guard let first = name.first, !("0"..."9").contains(first) else { return nil }
    rest = rest.dropFirst(name.count).drop(while: isSpace)
    guard let op = takeOperator(&rest) else { return nil }
    rest = rest.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
    guard let value = unquoted(rest) else { return nil }
    return MatcherSyntax.Parts(
      label: String(String.UnicodeScalarView(name)), op: op, value: value,
      column: column + rest.startIndex)
  }

  private static func takeOperator(
    _ rest: inout ArraySlice<Unicode.Scalar>
  ) -> Matcher.Operator? {
    // The longer ones first, since `=` begins `=~`.
    for op in [Matcher.Operator.matches, .doesNotMatch, .notEqual, .equal]
    where rest.starts(with: op.rawValue.unicodeScalars) {
      rest = rest.dropFirst(op.rawValue.unicodeScalars.count)
      return op
    }
    return nil
  }

  private static func unquoted(_ raw: ArraySlice<Unicode.Scalar>) -> String? {
    var value = String.UnicodeScalarView()
    var rest = raw
    var isOpen = rest.first == "\""
    if isOpen { rest = rest.dropFirst() }
    while let scalar = rest.popFirst() {
      if scalar == "\"" {
        guard isOpen, rest.isEmpty else { return nil }
        isOpen = false
      } else if scalar == "\\", let next = rest.popFirst() {
        switch next {
        case "n": value.append("\n")
        case "\"", "\\": value.append(next)
        default: value.append(contentsOf: [scalar, next])
        }
      } else {
        value.append(scalar)
      }
    }
    return isOpen ? nil : String(value)
  }

  /// As `\s` of a regular expression has it.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    ["\t", "\n", "\u{c}", "\r", " "].contains(scalar)
  }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || scalar == "_" || scalar == ":"
  }
}
