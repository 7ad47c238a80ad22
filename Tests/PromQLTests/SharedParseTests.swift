import Foundation
import PromQL
import Testing

/// Facts from the tests of Prometheus's own parser.
@Suite(.enabled(if: ParseCases.isThere, Comment(rawValue: ParseCases.absence)))
struct SharedParse {
  /// In the data a sum of two durations is multiplied out wrongly; the tree has what was written.
  private static let wrongTimes: Set = [
    "foo[4s180ms] @ 2.345", "foo[4.18] @ 2.345", "foo[4s18ms] @ 2.345",
    #"foo{bar="baz"}[10m5s:1h6ms]"#,
  ]

  private func bytes(of fact: [String: Any]) -> [UInt8] {
    if let text = fact["input"] as? String { return Array(text.utf8) }
    return (fact["input_b64"] as? String).flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
  }

  private func parse(_ bytes: [UInt8]) -> Result<Expression, ParseErrors> {
    Result { () throws(ParseErrors) in try Expression(parsing: bytes) }
  }

  @Test func treesAndErrorsAreThoseOfPrometheus() {
    var counts = (valid: 0, messages: 0, positions: 0, all: 0, invalid: 0)
    let facts = ParseCases.parsing("expressions")
    for fact in facts {
      let text = fact["input"] as? String ?? "not UTF-8"
      let result = parse(bytes(of: fact))
      switch (result, fact["valid"] as? Bool) {
      case (.success(let expression), true):
        counts.valid += 1
        expectTree(of: expression, in: fact, text)
      case (.failure(let failure), false):
        counts.valid += 1
        counts.invalid += 1
        let expected = fact["errors"] as? [[String: Any]] ?? []
        let messages = expected.compactMap { $0["message"] as? String }
        let positions = expected.compactMap { $0["pos"] as? [Int] }
        let first = failure.errors.first
        counts.messages += first?.message == messages.first ? 1 : 0
        counts.positions += (first?.range).map(TreeForm.position) == positions.first ? 1 : 0
        let isAll =
          failure.errors.map(\.message) == messages
          && failure.errors.map { TreeForm.position($0.range) } == positions
        counts.all += isAll ? 1 : 0
        #expect(isAll, "\(text): \(failure.errors), expected \(expected)")
      default: Issue.record("\(text): \(result)")
      }
    }
    #expect(facts.count > 200)
    #expect(counts.valid == facts.count)
    #expect(counts.messages == counts.invalid)
    #expect(counts.positions == counts.invalid)
    #expect(counts.all == counts.invalid)
  }

  private func expectTree(of expression: Expression, in fact: [String: Any], _ text: String) {
    guard let tree = fact["ast"] else { return }
    let difference = TreeForm.difference(tree, TreeForm.of(expression))
    let isKnown = Self.wrongTimes.contains(text)
    #expect((difference == nil) != isKnown, "\(text): \(difference ?? "as in the data")")
  }

  @Test func printingIsThatOfPrometheus() throws {
    for fact in ParseCases.parsing("printer") {
      let expression = try Expression(parsing: bytes(of: fact))
      #expect(expression.description == fact["canonical"] as? String)
    }
  }

  @Test func printedExpressionsParseToThemselves() throws {
    for fact in ParseCases.parsing("expressions") where fact["valid"] as? Bool == true {
      let expression = try Expression(parsing: bytes(of: fact))
      let again = try Expression(parsing: expression.description)
      #expect(again.isWritten(like: expression), "\(expression)")
    }
  }

  @Test func tokensAreThoseOfPrometheus() {
    for fact in ParseCases.parsing("lexer") where fact["series_desc"] == nil {
      var lexer = Lexer(bytes(of: fact))
      var tokens: [Token] = []
      while tokens.last?.kind != .end, tokens.last?.kind != .error { tokens.append(lexer.next()) }
      let text = fact["input"] as? String ?? "not UTF-8"
      let isValid = fact["valid"] as? Bool
      #expect((tokens.last?.kind == .end) == isValid, "\(text): \(tokens)")
      let expected = fact["tokens"] as? [[Any]] ?? []
      guard isValid == true else { continue }
      #expect(tokens.dropLast().map(\.text) == expected.map { $0[2] as? String })
      #expect(tokens.dropLast().map(\.range.lowerBound) == expected.map { $0[1] as? Int })
    }
  }
}
