import Notifications
import PromQL
import TestSupport
import Testing

@Suite struct MatcherTexts {
  /// What is written, and what it means as Alertmanager would write it.
  static let good: [(String, String)] = [
    ("", "{}"),
    ("  ", "{}"),
    ("{}", "{}"),
    ("{ }", "{}"),
    (#"a="b""#, #"{a="b"}"#),
    (#"a=b"#, #"{a="b"}"#),
    (#" a != "b c" "#, #"{a!="b c"}"#),
    (#"{a=~"b|c"}"#, #"{a=~"b|c"}"#),
    (#"{a!~"b.*", c="d",}"#, #"{a!~"b.*",c="d"}"#),
    (#"a="b","c"="d""#, #"{a="b",c="d"}"#),
    (#"{"a b"="c", "🙂"!="d"}"#, #"{"a b"="c","🙂"!="d"}"#),
    (#"a="b,c={}""#, #"{a="b,c={}"}"#),
    (#"a="""#, #"{a=""}"#),
    (#"a="b\"c\\d\ne""#, #"{a="b\"c\\d\ne"}"#),
    (#"a="\t\u00e9""#, "write"),
    ("é=ü", #"{"é"="ü"}"#),
    (#"a-b="c""#, #"{"a-b"="c"}"#),
    (#""\U0001F642"="c""#, #"{"🙂"="c"}"#),
  ]

  @Test(arguments: good) func bothGrammarsTogether(text: String, meaning: String) throws {
    let reading = try MatcherSyntax.matchers(text)
    if meaning == "write" {
      #expect(reading.warning != nil)
    } else {
      #expect(reading.warning == nil)
      #expect(reading.matchers.text == meaning)
    }
  }

  /// Where the classic meaning stands, and what to write.
  static let classic: [(String, String)] = [
    (#"a="\d+""#, #"{a="\\d+"}"#),
    (#"a="\x41""#, #"{a="\\x41"}"#),
    (#"a=~"\w+\.b""#, #"{a=~"\\w+\\.b"}"#),
    ("a=", #"{a=""}"#),
    ("a=b c", #"{a="b c"}"#),
    ("a=b=c", #"{a="b=c"}"#),
    ("a==b", #"{a="=b"}"#),
    (#"a=b\"#, #"{a="b\\"}"#),
    (#"{a=b"#, #"{a="b"}"#),
    ("a=b}", #"{a="b"}"#),
    ("a={b}", #"{a="{b"}"#),
    ("a=\"b\nc\"", #"{a="b\nc"}"#),
  ]

  @Test(arguments: classic)
  func whereTheyDifferTheClassicMeaningStandsWithAWarning(text: String, meaning: String) throws {
    let reading = try MatcherSyntax.matchers(text)
    #expect(reading.matchers.text == meaning)
    let inside = String(meaning.dropFirst().dropLast())
    #expect(reading.warning == "write \(inside), which cannot be misread")
    let again = try MatcherSyntax.matchers(inside)
    #expect(again.matchers == reading.matchers && again.warning == nil)
  }

  static let bad: [(text: String, column: Int, message: String)] = [
    ("a", 2, "expected =, !=, =~ or !~"),
    (#"a"b""#, 2, "expected =, !=, =~ or !~"),
    (#"="b""#, 1, "expected the name of a label"),
    (#"{"a b"="c""#, 11, "expected } at the end"),
    (#""a b"="c"}"#, 10, "} without a { before it"),
    (#"{"a b"="c"} d"#, 13, "expected the end after }"),
    (#""a b"="c" "d"="e""#, 11, "expected a comma or the end"),
    (#""a b"="c",,"d"="e""#, 11, "expected the name of a label"),
    (#""a b"="c"#, 7, "missing \" at the end"),
    (#""a b"="\q""#, 7, "an escape that is none, or a line break; write \\\\ for a backslash"),
    (#""a b"="\xff""#, 7, "an escape that is none, or a line break; write \\\\ for a backslash"),
    (#"""="b""#, 1, "the name of a label is not empty"),
    ("🙂!", 2, "expected != or !~"),
    ("a b=c", 3, "expected =, !=, =~ or !~"),
    ("'a'=b", 1, "' must stand in quotes"),
    (#"a=~"(""#, 4, "error parsing regexp: missing closing ): `(`"),
  ]

  @Test(arguments: bad) func mistakesHaveAColumn(text: String, column: Int, message: String) {
    let fault = #expect(throws: MatcherSyntax.Fault.self) { try MatcherSyntax.matchers(text) }
    #expect(fault?.column == column)
    #expect(fault?.message == message)
  }

  @Test func longTextsAndListsAreRefused() {
    let long = "a=" + String(repeating: "b", count: 65_536)
    #expect(throws: MatcherSyntax.Fault.self) { try MatcherSyntax.matchers(long) }
    let many = Array(repeating: "a=b", count: 1001).joined(separator: ",")
    #expect(throws: MatcherSyntax.Fault.self) { try MatcherSyntax.matchers(many) }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func whatIsPrintedReadsBackAsItWas(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<200 {
      let matchers = try (0..<Int.random(in: 0...3, using: &random)).map { _ in
        try Matcher(random.text(atLeast: 1), random.pick([.equal, .notEqual]), random.text())
      }
      let text = "{" + matchers.map(\.description).joined(separator: ", ") + "}"
      let reading = try MatcherSyntax.matchers(text)
      // A control character other than a line feed has an escape that the classic grammar lacks.
      if reading.warning == nil { #expect(reading.matchers == matchers, "\(text)") }
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func noTextIsTooOddToBeReadOrRefused(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let pieces = ["a", "=", "~", "!", "\"", "\\", ",", "{", "}", " ", "\n", "é", "x41", "("]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in random.pick(pieces) }
      let written = text.joined()
      do {
        let reading = try MatcherSyntax.matchers(written)
        let again = reading.matchers.map(\.description).joined(separator: ",")
        #expect(try MatcherSyntax.matchers(again).matchers == reading.matchers, "\(written)")
      } catch {
        #expect((1...written.unicodeScalars.count + 1).contains(error.column))
      }
    }
  }
}

extension SeededRandom {
  fileprivate mutating func text(atLeast count: Int = 0) -> String {
    let pieces = [
      "a", "B", "_", " ", "\"", "\\", "\n", "é", "🙂", "{", "}", ",", "=", "~", "'", "1",
    ]
    return (0..<Int.random(in: count...5, using: &self)).map { _ in pick(pieces) }.joined()
  }
}
