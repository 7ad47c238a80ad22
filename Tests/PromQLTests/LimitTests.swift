import Patterns
import PromQL
import Testing
import Threading

/// Bounds on what a query's text may cost.
@Suite struct Limits {
  private static let stackBytes = 16 << 20
  private static let depth = 5_000

  /// Runs `body` on a thread with the stack that deep expressions need.
  private func onDeepStack<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) async -> Result? {
    await withCheckedContinuation { waiter in
      let thread = NamedThread("deep", stackBytes: Self.stackBytes) {
        waiter.resume(returning: body())
      }
      if thread == nil { waiter.resume(returning: nil) }
    }
  }

  private func times(_ text: String, _ count: Int = depth - 1) -> String {
    String(repeating: text, count: count)
  }

  /// As deep as it may be: parsed, printed, searched, checked and destroyed without end of stack.
  @Test func theDeepestTreesFitInTheStack() async {
    let texts = [
      times("(") + "a" + times(")"), times("-") + "a", "a" + times("+a"), "a" + times("^a"),
      times("abs(") + "a" + times(")"), times("sum(") + "a" + times(")"),
      times("a+(", Self.depth / 2 - 1) + "a" + times(")", Self.depth / 2 - 1),
      times("sum_over_time(", Self.depth / 2 - 1) + "a" + times("[1m:])", Self.depth / 2 - 1),
    ]
    for text in texts {
      let message = await onDeepStack { () -> String in
        do throws(ParseErrors) {
          let expression = try Expression(parsing: text)
          return expression.unsupported.isEmpty && expression.description.count >= text.count
            ? "parsed" : "printed as \(expression.description.prefix(100))"
        } catch {
          return error.description
        }
      }
      #expect(message == "parsed", "\(text.prefix(20))")
    }
  }

  @Test func deeperTreesAreAnError() async {
    let count = 20_000
    let texts = [
      times("(", count), times("-", count) + "a", "a" + times("+a", count), times("abs(", count),
      "a" + times("^a", count), "a" + times("[1m:]", count), times("sum(", count),
      "a[" + times("(", count), "a[" + times("-", count) + "1]", "a[1" + times("+1", count) + "]",
      "a[1" + times("^1", count) + "]", "a[" + times("min_of(1,", count),
    ]
    for text in texts {
      let errors = await onDeepStack { () -> [ParseError] in
        do throws(ParseErrors) {
          _ = try Expression(parsing: text)
          return []
        } catch {
          return error.errors
        }
      }
      #expect(errors?.first?.message == "expression nested too deeply", "\(text.prefix(20))")
    }
  }

  /// Each of these once took time quadratic in its length somewhere.
  @Test(.timeLimit(.minutes(10))) func longTextsTakeTimeInProportion() async {
    let texts = [
      "(" + times("-{}-1", 10_000) + ")" + times("[1m:]", 1_000),
      "a" + times(" offset 5m", 10_000), "a" + times("[5m]", 10_000), times("# c\n", 40_000),
      "f(" + times("1,", 20_000) + "1)", "{" + times("a='b',", 10_000) + "}",
      "sum by (" + times("a,", 20_000) + ") (b)", "'" + times("\\n", 20_000) + "'",
      times("9", 100_000), "a[" + times("1/0+", 10_000) + "1]",
    ]
    for text in texts {
      let elapsed = await onDeepStack {
        ContinuousClock().measure { _ = try? Expression(parsing: text) }
      }
      #expect(
        elapsed.map { $0 < .seconds(10) } ?? false,
        "\(text.prefix(20)): \(String(describing: elapsed))")
    }
  }

  @Test func longerTextsAreAnError() {
    #expect(throws: Never.self) { try Expression(parsing: "abcd", limits: ParseLimits(bytes: 4)) }
    let error = #expect(throws: ParseErrors.self) {
      try Expression(parsing: "abcde", limits: ParseLimits(bytes: 4))
    }
    #expect(error?.errors.first?.message == "query is longer than 4 bytes")
  }

  @Test func patternsHaveTheirLimits() {
    let limits = ParseLimits(pattern: Pattern.Limits(patternBytes: 3))
    #expect(throws: Never.self) { try Expression(parsing: "a{b=~'abc'}", limits: limits) }
    let error = #expect(throws: ParseErrors.self) {
      try Expression(parsing: "a{b=~'abcd'}", limits: limits)
    }
    #expect(error?.errors.first?.range == 2..<11)
  }
}

/// A regular expression may be dear to compile, whatever it matches.
@Suite struct PatternLimits {
  private let limits = ParseLimits(patterns: 2)

  @Test func moreRegularExpressionsThanAllowedAreAnError() {
    #expect(throws: Never.self) {
      try Expression(parsing: #"label_replace(a{b=~"c"}, "d", "e", "f", "g")"#, limits: limits)
    }
    for text in [
      #"a{b=~"c"} + a{b!~"d"} + a{b=~"e"}"#,
      #"label_replace(a{b=~"c", d!~"e"}, "d", "e", "f", "g")"#,
    ] {
      #expect {
        try Expression(parsing: text, limits: limits)
      } throws: { error in
        (error as? ParseErrors)?.errors.map(\.message)
          == ["query has more than 2 regular expressions"]
      }
    }
  }

  @Test func labelReplaceKeepsToItsLimits() throws {
    var options = EngineOptions()
    options.pattern.patternBytes = 3
    let short = try Expression(parsing: #"label_replace(a, "b", "", "c", "abc")"#)
    #expect(throws: Never.self) { try Query(short, options: options) }
    let long = try Expression(parsing: #"label_replace(a, "b", "", "c", "abcd")"#)
    #expect(throws: QueryError.self) { try Query(long, options: options) }
  }
}
