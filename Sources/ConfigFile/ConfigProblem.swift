/// One thing that is wrong in a configuration or rule file, and where. Never holds a value of a
/// configuration.
package struct ConfigProblem: Equatable, Sendable, CustomStringConvertible {
  package var file: String
  /// From 1.
  package var line: Int
  /// From 1, in Unicode scalars.
  package var column: Int
  /// The key, as in `mcps[0].probe.interval`; in a rule file the rule, as in `group "mcp", rule 2,
  /// "McpDown"`; empty for the file as a whole.
  package var path: String
  package var message: String
  /// The valid word that was probably meant.
  package var nearest: String?

  /// `breakwater.yml:12:7: mcps[0].probe.intervall: unknown key; did you mean "interval"?`
  package var description: String { "\(file):\(line):\(column): \(sentence)" }

  /// The same without the place in a file.
  var sentence: String {
    let key = path.isEmpty ? "" : "\(path): "
    let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
    return "\(key)\(message)\(hint)"
  }
}

/// Everything that keeps a configuration from being used, in order of place. Never empty.
package struct ConfigProblems: Error, Equatable, Sendable, CustomStringConvertible {
  package let problems: [ConfigProblem]

  /// A line each.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// A place in a file: line and column, both from 1; columns count Unicode scalars.
struct Place: Comparable, Hashable, Sendable {
  var line = 1
  var column = 1

  static func < (lhs: Self, rhs: Self) -> Bool {
    (lhs.line, lhs.column) < (rhs.line, rhs.column)
  }

  /// The place behind the last character, with every line break that YAML knows.
  init(endOf text: String) {
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": (line, column) = (line + 1, 1)
      default: column += 1
      }
      previous = scalar
    }
  }

  init(line: Int = 1, column: Int = 1) {
    self.line = line
    self.column = column
  }
}
