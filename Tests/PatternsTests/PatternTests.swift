import Patterns
import Testing

struct PatternTests {
  @Test(arguments: [
    ("(x+x+)+y", "x"), ("(a*)*", "a"), ("(a|a)*b", "a"), ("([a-zA-Z]+)*$", "a"),
    ("(.*a){15}b", "a"), (String(repeating: "a?", count: 500), "a"),
  ])
  func `a pattern that makes others backtrack ends on a long value`(
    text: String, unit: String
  ) throws {
    let pattern = try Pattern(text)
    let long = String(repeating: unit, count: 100_000)
    #expect(!pattern.matches(long + "!"))
    #expect(pattern.groups(matchingAll: long + "!") == nil)
  }

  @Test func `a match is of the whole value, and a dot is any character`() throws {
    let pattern = try Pattern("a.c")
    for (value, matches) in [
      ("abc", true), ("a\nc", true), ("aéc", true), ("abcd", false), ("xabc", false), ("", false),
    ] {
      #expect(pattern.matches(value) == matches, "\(value)")
    }
    #expect(try Pattern("").matches(""))
    #expect(try !Pattern("").matches("a"))
    #expect(try Pattern("a*").matches(""))
  }

  @Test func `values are bytes`() throws {
    let composed = "\u{e9}"
    let decomposed = "e\u{301}"
    #expect(composed == decomposed)
    #expect(try !Pattern(composed).matches(decomposed))
    #expect(try !Pattern("[\(composed)]").matches(decomposed))
    #expect(try Pattern(composed) != Pattern(decomposed))
    #expect(try Pattern(composed) == Pattern(composed))
  }

  @Test func `groups are told apart from empty and missing ones`() throws {
    let pattern = try Pattern("(?P<first>a+)|(b)(c*)(?<last>é)?")
    #expect(pattern.groups(matchingAll: "aa") == ["aa", "aa", nil, nil, nil])
    #expect(pattern.groups(matchingAll: "b") == ["b", nil, "b", "", nil])
    #expect(pattern.groups(matchingAll: "bccé") == ["bccé", nil, "b", "cc", "é"])
    #expect(pattern.groups(matchingAll: "abc") == nil)
    #expect(pattern.groupNumber(named: "first") == 1)
    #expect(pattern.groupNumber(named: "last") == 4)
    #expect(pattern.groupNumber(named: "none") == nil)
    #expect(pattern.groupNumber(named: "") == nil)
    #expect(try Pattern("a*").groups(matchingAll: "") == [""])
    #expect(try Pattern("a|b").groups(matchingAll: "b") == ["b"])
  }

  @Test func `groups beyond the 63rd are told as missing`() throws {
    let pattern = try Pattern(String(repeating: "(a)", count: 100))
    let groups = try #require(pattern.groups(matchingAll: String(repeating: "a", count: 100)))
    #expect(groups.count == 101)
    #expect(groups[63] == "a")
    #expect(groups[64] == nil)
  }

  @Test func `a named group may be written as Go writes it, where it is one`() throws {
    for (text, value) in [
      ("(?<n>a)", "a"), ("\\(?<n>", "(<n>"), ("[(?<n>]+", "(?<n>"), ("\\Q(?<n>a\\E", "(?<n>a"),
      ("[]\\](?<n>]+", "](?<n>"), ("[^](?<n>]", "x"), ("[[:alpha:](?<n>]+", "a(?<n>"),
      ("[[:](?<n>a)", ":a"), ("\\\\(?<n>a)", "\\a"),
    ] {
      #expect(try Pattern(text).matches(value), "\(text)")
    }
  }

  @Test(arguments: [
    ("a\\C", "error parsing regexp: invalid escape sequence: `\\C`"),
    ("a(b", "error parsing regexp: missing closing ): `a(b`"),
    ("a)b", "error parsing regexp: unexpected ): `a)b`"),
    ("[z-a]", "error parsing regexp: invalid character class range: `z-a`"),
    ("a**", "error parsing regexp: invalid nested repetition operator: `**`"),
    ("*", "error parsing regexp: missing argument to repetition operator: `*`"),
    ("a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"),
    ("[a", "error parsing regexp: missing closing ]: `[a`"),
    ("a\\", "error parsing regexp: trailing backslash at end of expression"),
    ("\\8", "error parsing regexp: invalid escape sequence: `\\8`"),
    ("(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
    ("(?P<n", "error parsing regexp: invalid named capture: `(?P<n`"),
  ])
  func `what is no pattern is refused in words that say why`(text: String, detail: String) {
    let error = #expect(throws: PatternError.self) { try Pattern(text) }
    #expect(error?.reason == .syntax)
    #expect(error?.detail == detail)
  }

  @Test(arguments: ["(?<=a)b", "(?<!a)b", "a(?!b)", "(a)\\1", "[\\C]", "\\pX", "a{2}{3}{4}**"])
  func `what only backtracking engines know is refused`(text: String) {
    #expect(throws: PatternError.self) { try Pattern(text) }
  }

  @Test func `a pattern that costs too much is refused`() throws {
    let long = #expect(throws: PatternError.self) {
      try Pattern(String(repeating: "a", count: 65_537))
    }
    #expect(long?.reason == .tooLong)
    #expect(try Pattern(String(repeating: "a", count: 65_536)).literals?.count == 1)
    #expect(throws: PatternError.self) {
      try Pattern(String(repeating: "a", count: 4097), limits: .request)
    }
    for text in ["(\\pL{1,100}){1,9}", "((a{1,100}){1,100}){1,100}"] {
      #expect(throws: PatternError.self) { try Pattern(text) }
    }
    let large = #expect(throws: PatternError.self) {
      try Pattern("\\pL{1,60}", limits: Pattern.Limits(instructions: 1000))
    }
    #expect(large?.reason == .tooLarge)
    let nested = String(repeating: "(", count: 30_000) + String(repeating: ")", count: 30_000)
    _ = try? Pattern(nested)  // whatever it says: it comes back
  }

  @Test func `a hostile pattern is read in linear time, and its error is short`() throws {
    for unit in ["[[:", "\\Q", "(?<", "[", "\\Qa\\E"] {
      let text = String(repeating: unit, count: 65_536 / unit.utf8.count)
      do {
        _ = try Pattern(text)
      } catch {
        #expect(error.detail.utf8.count < 400)
      }
    }
  }

  @Test(arguments: [
    ("$1-$2", "b-"), ("${1}x", "bx"), ("$1x", ""), ("$n$$", "c$"), ("$ $", "$ $"), ("${n", "${n"),
    ("$9", ""), ("$0", "abc"), ("${}", "${}"), ("$01", ""), ("é$n", "éc"),
    ("$99999999999999999999", ""),
  ])
  func `a template gets the groups of a match`(template: String, result: String) throws {
    let pattern = try Pattern("a(b)(x)?(?P<n>c)")
    #expect(pattern.expanding(template, matchingAll: "abc") == result)
    #expect(pattern.expanding(template, matchingAll: "abcd") == nil)
  }
}
