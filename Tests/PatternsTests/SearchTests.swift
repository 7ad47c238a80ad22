import Patterns
import Testing

@Suite("Searching") struct SearchTests {
  @Test(arguments: [
    ("b", "abc", true), ("^b", "abc", false), ("", "", true), ("(?-s)a.c", "a\nc", false),
    ("é.", "caféx", true),
  ])
  func aPatternIsFoundAnywhere(pattern: String, value: String, found: Bool) throws {
    #expect(try Pattern(pattern).isFound(in: value) == found)
  }

  /// As Go's `ReplaceAllString`.
  @Test(arguments: [
    ("(a)b", "x$1", "ab", "xa"), ("x*", "-", "abc", "-a-b-c-"), ("x*", "-", "axbxxc", "-a-b-c-"),
    ("", "-", "é", "-é-"), ("a|", "X", "aab", "XXbX"), ("^", ">", "ab", ">ab"),
    ("$", "<", "ab", "ab<"), (#"\b"#, "|", "ab cd", "|ab| |cd|"),
    ("(a)(b)?", "<$1$2$3>", "ab a", "<ab> <a>"), ("(?P<n>b)", "[${n}]$$", "abc", "a[b]$c"),
    ("x", "y", "", ""), ("", "-", "", "-"),
  ])
  func everyMatchIsReplaced(
    pattern: String, replacement: String, value: String, result: String
  ) throws {
    #expect(
      try Pattern(pattern).replacingAll(in: value, with: replacement, atMost: 100) == result)
  }

  @Test func aResultThatIsTooLongIsNone() throws {
    let pattern = try Pattern("a")
    #expect(pattern.replacingAll(in: "aaaa", with: "xxx", atMost: 12) == "xxxxxxxxxxxx")
    #expect(pattern.replacingAll(in: "aaaa", with: "xxx", atMost: 11) == nil)
    #expect(pattern.replacingAll(in: "bbbb", with: "", atMost: 3) == nil)
  }
}
