import Patterns
import PromQL
import Testing

struct MatcherTests {
  @Test func `each operator is the opposite of another, absent labels are empty`() throws {
    for (op, value, candidate, matches) in [
      (Matcher.Operator.equal, "a", "a", true), (.equal, "a", "b", false), (.equal, "", "", true),
      (.equal, "\u{e9}", "e\u{301}", false), (.matches, "a.*", "ab", true),
      (.matches, "a.*", "ba", false), (.matches, "", "", true), (.matches, "a?", "", true),
    ] {
      let negated: Matcher.Operator = op == .equal ? .notEqual : .doesNotMatch
      #expect(try Matcher("l", op, value).matches(candidate) == matches)
      #expect(try Matcher("l", negated, value).matches(candidate) == !matches)
    }
  }

  @Test func `the only values that can match are known`() throws {
    #expect(try Matcher("l", .equal, "a|b").literals == ["a|b"])
    #expect(try Matcher("l", .matches, "b|a").literals == ["a", "b"])
    #expect(try Matcher("l", .matches, "a.*").literals == nil)
    #expect(try Matcher("l", .notEqual, "a").literals == nil)
    #expect(try Matcher("l", .doesNotMatch, "a").literals == nil)
  }

  @Test func `equal means the same bytes`() throws {
    #expect(try Matcher("l", .matches, "\u{e9}") != Matcher("l", .matches, "e\u{301}"))
    #expect(Matcher("l", equals: "\u{e9}") != Matcher("l", equals: "e\u{301}"))
    #expect(Matcher("l", equals: "a") == Matcher("l", equals: "a"))
    #expect(Matcher("l", equals: "a") != Matcher("l", equals: "a", negated: true))
  }

  @Test func `limits of the caller hold`() {
    #expect(throws: PatternError.self) {
      try Matcher("l", .matches, String(repeating: "a", count: 5000), limits: .request)
    }
    #expect(throws: Never.self) { try Matcher("l", .equal, String(repeating: "a", count: 5000)) }
  }
}
