import Patterns
import TestSupport
import Testing

/// What is decided without RE2 is decided as RE2 decides it.
struct LiteralShapeTests {
  @Test(arguments: [
    ("", [""]), ("foo", ["foo"]), ("b|a", ["a", "b"]), ("(a|b)", ["a", "b"]),
    ("(?:a|a)", ["a"]), ("a|", ["", "a"]), ("a\\.b", ["a.b"]), ("10\\.0\\.0\\.1", ["10.0.0.1"]),
    ("api\\-server", ["api-server"]), ("()", [""]), ("\n", ["\n"]),
    ("e\u{301}|\u{e9}", ["e\u{301}", "\u{e9}"]),
  ])
  func `a choice of literals is known`(pattern: String, values: [String]) throws {
    let literals = try #require(try Pattern(pattern).literals)
    #expect(literals.map { Array($0.utf8) } == values.map { Array($0.utf8) })
  }

  @Test(arguments: [
    ".*", ".+", "a.*", ".*a", ".+a.+", "a.b", "(a)|b", "(a|(b))", "(?i)a", "(?i:a)", "a+", "a\\d",
    "\\Qa\\E", "^a$", "[a]", "a{2}", "\\pL", "a\\*.*", "(?P<n>a)",
    "a\\|b|c",
  ])
  func `what is more than that is no choice of literals`(pattern: String) throws {
    #expect(try Pattern(pattern).literals == nil)
  }

  @Test func `the plain shapes are recognised`() {
    let shapes: [(String, LiteralShape?)] = [
      (".*", .around(leading: .any, literal: "", trailing: .none)),
      (".+", .around(leading: .some, literal: "", trailing: .none)),
      ("foo.*", .around(leading: .none, literal: "foo", trailing: .any)),
      (".+foo", .around(leading: .some, literal: "foo", trailing: .none)),
      (".*foo.+", .around(leading: .any, literal: "foo", trailing: .some)),
      ("a\\\\.*", .around(leading: .none, literal: "a\\", trailing: .any)),
      ("a\\.*", nil), (".*.*", nil), (".*?", nil), (".*foo.*|bar", nil),
      (".*\u{301}", .around(leading: .any, literal: "\u{301}", trailing: .none)),
      (".*" + String(repeating: "a", count: 65) + ".*", nil),
    ]
    for (pattern, shape) in shapes { #expect(LiteralShape(pattern) == shape, "\(pattern)") }
  }

  @Test func `random patterns and values get the same answer with and without a shape`() throws {
    var random = SeededRandom(seed: 9627)
    let pieces = [
      "a", "b", "ab", "ba", ".*", ".+", "|", "(", ")", "(?:", "\\.", "\\|", "\\-", ".", "*", "+",
      "?", "^", "$", "é", "e\u{301}", "\u{301}", "\n", "\\", "{", "}", "[", "]", "(?i)", "\0",
    ]
    let valuePieces = ["a", "b", ".", "|", "é", "e\u{301}", "\n", "\\", "-", "A", "\0", "\u{301}"]
    var withShape = 0
    var matched = 0
    for _ in 0..<40_000 {
      let text = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }.joined()
      guard let engine = try? Pattern(text, shape: nil), let shape = LiteralShape(text) else {
        continue
      }
      withShape += 1
      for _ in 0..<8 {
        let value = (0..<Int.random(in: 0...4, using: &random)).map { _ in
          valuePieces.randomElement(using: &random) ?? ""
        }.joined()
        let expected = engine.matches(value)
        matched += expected ? 1 : 0
        #expect(shape.matches(value) == expected, "\(text.debugDescription) on \(value)")
      }
    }
    #expect(withShape > 3000)
    #expect(matched > 1000)
  }
}
