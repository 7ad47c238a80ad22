package import Patterns
package import PromQL

/// Matchers as people write them: `severity="page"`, `{a="b", "c d"=~"e|f"}`.
///
/// There are two grammars: the classic one, and the one after it that knows labels of any UTF-8 and
/// Go's escapes. A text counts as the newer one has it. Where that fails, as at `"\d"`, or where
/// both read it and differ, as at `"\x41"`, the classic meaning stands, with a warning: so it is in
/// Alertmanager.
package enum MatcherSyntax {
  package struct Reading: Equatable, Sendable {
    package var matchers: [Matcher]
    /// What to write instead, if the two grammars disagree.
    package var warning: String?
  }

  /// Why a text is no matcher, and where: in Unicode scalars, from 1.
  package struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
    package var message: String
    package var column: Int

    package var description: String { "column \(column): \(message)" }
  }

  static let bytesLimit = 65_536
  static let matchersLimit = 1000

  /// Matchers with commas between them, in braces or not; none are a list too.
  package static func matchers(
    _ text: String, limits: Pattern.Limits = .init()
  ) throws(Fault) -> Reading {
    guard text.utf8.count <= bytesLimit else {
      throw Fault(message: "longer than \(bytesLimit) bytes", column: 1)
    }
    var newer: [Parts] = []
    var fault: Fault?
    do {
      var parser = UTF8MatcherParser(text)
      newer = try parser.parse()
    } catch {
      fault = error
    }
    let classic = ClassicMatcherParser.parse(text)
    guard max(newer.count, classic?.count ?? 0) <= matchersLimit else {
      throw Fault(message: "over \(matchersLimit) matchers", column: 1)
    }
    let differs = classic.map { $0.map(\.meaning) != newer.map(\.meaning) } ?? false
    if let classic, fault != nil || differs {
      let matchers = try classic.map { parts throws(Fault) in try parts.matcher(limits) }
      let suggestion = matchers.map(\.description).joined(separator: ",")
      return Reading(matchers: matchers, warning: "write \(suggestion), which cannot be misread")
    }
    if let fault { throw fault }
    return Reading(
      matchers: try newer.map { parts throws(Fault) in try parts.matcher(limits) }, warning: nil)
  }

  /// A matcher before its pattern is compiled.
  struct Parts {
    var label: String
    var op: Matcher.Operator
    var value: String
    /// Of the value.
    var column: Int

    /// What it means, in bytes.
    var meaning: [[UInt8]] { [Array(label.utf8), Array(op.rawValue.utf8), Array(value.utf8)] }

    func matcher(_ limits: Pattern.Limits) throws(Fault) -> Matcher {
      do throws(PatternError) {
        return try Matcher(label, op, value, limits: limits)
      } catch {
        throw Fault(message: error.detail, column: column)
      }
    }
  }
}
