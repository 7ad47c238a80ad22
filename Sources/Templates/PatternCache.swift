import Patterns

/// The regular expressions of one expansion, each compiled once.
struct PatternCache {
  /// What compiling one counts as, in bytes.
  static let cost = 8 << 10

  private var patterns: [String: Pattern] = [:]

  /// The pattern, and whether it had to be compiled; `panics`: Go's words for a mistake are those
  /// of `regexp.MustCompile`.
  mutating func pattern(
    _ text: String, panics: Bool
  ) throws(GoError) -> (Pattern, isNew: Bool) {
    if let known = patterns[text] { return (known, false) }
    do throws(PatternError) {
      // As in Go, a dot does not match a newline unless the pattern says so.
      let pattern = try Pattern("(?-s)" + text, limits: .request)
      patterns[text] = pattern
      return (pattern, true)
    } catch {
      let detail = Self.detail(text) ?? error.detail
      let quoted = Quoting.backquoted(Array(text.utf8))
      throw GoError(panics ? "regexp: Compile(\(quoted)): \(detail)" : detail)
    }
  }

  /// What is wrong with the pattern as it was written.
  private static func detail(_ text: String) -> String? {
    do throws(PatternError) {
      _ = try Pattern(text, limits: .request)
      return nil
    } catch {
      return error.detail
    }
  }
}
