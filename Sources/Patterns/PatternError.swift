/// Why a text is no pattern.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: String, Sendable, CaseIterable {
    /// The text is no regular expression of RE2.
    case syntax
    /// The text has more bytes than its limit.
    case tooLong
    /// Compiled, it would take more memory or instructions than its limits.
    case tooLarge
  }

  public let reason: Reason
  /// For a person; a syntax error in the words of Go's regexp, which Prometheus shows.
  public let detail: String

  public init(reason: Reason, detail: String) {
    self.reason = reason
    self.detail = detail
  }

  public var description: String { detail }
}

extension PatternError {
  /// ``error parsing regexp: what: `part` ``; a long part is cut.
  init(syntax what: String, at part: String) {
    let longest = 200
    var shown = part
    if part.utf8.count > longest {
      shown = String(decoding: part.utf8.prefix(longest), as: UTF8.self) + "…"
    }
    let place = part.isEmpty ? "" : ": `\(shown)`"
    self.init(reason: .syntax, detail: "error parsing regexp: \(what)\(place)")
  }

  /// From an `RE2::ErrorCode` and the part of the pattern that it is about.
  init(code: Int32, part: String) {
    let words: [Int32: String] = [
      2: "invalid escape sequence",
      3: "invalid character class",
      4: "invalid character class range",
      5: "missing closing ]",
      6: "missing closing )",
      7: "unexpected )",
      8: "trailing backslash at end of expression",
      9: "missing argument to repetition operator",
      10: "invalid repeat count",
      11: "invalid nested repetition operator",
      12: "invalid or unsupported Perl syntax",
      13: "invalid UTF-8",
      14: "invalid named capture",
    ]
    let tooLarge: Int32 = 15
    if code == tooLarge {
      self.init(reason: .tooLarge, detail: "error parsing regexp: expression too large")
    } else {
      self.init(syntax: words[code] ?? "internal error", at: part)
    }
  }
}
