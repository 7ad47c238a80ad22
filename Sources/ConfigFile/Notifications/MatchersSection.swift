import Notifications
import Patterns
import PromQL
import Signals

extension ConfigFile {
  private static let matchersLimit = 100

  /// The three keys under which a section says what labels it is about.
  struct MatcherKeys {
    var matchers, match, matchRE: String

    static let route = Self(matchers: "matchers", match: "match", matchRE: "match_re")
    static let source = Self(
      matchers: "source_matchers", match: "source_match", matchRE: "source_match_re")
    static let target = Self(
      matchers: "target_matchers", match: "target_match", matchRE: "target_match_re")
  }

  /// All matchers of a section: texts, and the two mappings that came before them.
  static func readMatchers(_ section: Section, _ keys: MatcherKeys) -> [Matcher] {
    let equal = readPairs(section[keys.match]).map { Matcher($0.name, equals: $0.text) }
    let patterns = readPairs(section[keys.matchRE]).compactMap { name, text, value in
      do throws(PatternError) {
        return try Matcher(name, .matches, text)
      } catch {
        value.report(error.detail)
        return nil
      }
    }
    let texts = section[keys.matchers]?.items(atMost: matchersLimit) ?? []
    return equal + patterns + texts.flatMap(readMatcherText)
  }

  /// One entry of `matchers`, which may be several with commas between them.
  private static func readMatcherText(_ value: Value) -> [Matcher] {
    guard let text = value.scalar("a matcher such as severity=\"page\"") else { return [] }
    do throws(MatcherSyntax.Fault) {
      let reading = try MatcherSyntax.matchers(text)
      if let warning = reading.warning { value.warn(warning) }
      return reading.matchers
    } catch {
      var place = value.node.place
      if let inset = value.node.inset { place.column += inset + error.column - 1 }
      value.context.findings.report(error.message, at: place, path: value.path)
      return []
    }
  }

  private static func readPairs(
    _ value: Value?
  ) -> [(name: String, text: String, value: Value)] {
    value?.takes(.mapping(atMost: matchersLimit))
    guard let value, let entries = value.entries() else { return [] }
    guard entries.count <= matchersLimit else {
      value.report("at most \(matchersLimit) entries")
      return []
    }
    return entries.compactMap { entry in
      let item = Value(
        node: entry.value, path: value.path.joined(key: entry.key), context: value.context)
      guard Label.isValid(name: entry.key) else {
        value.context.findings.report(
          "not a label name: [a-zA-Z_][a-zA-Z0-9_]*", at: entry.place, path: item.path)
        return nil
      }
      return item.scalar("text").map { (entry.key, $0, item) }
    }
  }
}
