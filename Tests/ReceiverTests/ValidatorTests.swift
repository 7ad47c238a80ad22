import Foundation
import Notifications
import Testing

/// The judges find what is broken.
@Suite struct Validators {
  @Test(arguments: [
    (IntegrationKind.slack, "a & b"), (.slack, "a &am"), (.slack, "<!channel>"),
    (.slack, "<http://x"),
    (.slack, "<http://x|a\nb>"), (.slack, "a > b"), (.slack, "<http://x|<http://y|b>>"),
    (.discord, "a\\"), (.discord, "a_b"), (.discord, "**a"), (.discord, "*a*"), (.discord, "\\a"),
    (.discord, "[x](http://evil.test)"), (.discord, "[Page](javascript:x)"),
    (.discord, "[Page](htt"),
    (.mattermost, "@all"), (.mattermost, "a @b"), (.mattermost, "`a`"), (.msteamsv2, "<at>a</at>"),
    (.telegram, "<b>a"), (.telegram, "a</b>"), (.telegram, "<b>a</a>"), (.telegram, "a &l"),
    (.telegram, "<script>a</script>"), (.telegram, "<a href=\"javascript:x\">a</a>"),
    (.telegram, "<b onclick=\"x\">a</b>"), (.telegram, "a < b"), (.telegram, "a > b"),
    (.matrix, "<a href=\"http://x\" onclick=\"y\">a</a>"), (.matrix, "<b"), (.matrix, "&nope;"),
  ])
  func `a broken text is found`(_ kind: IntegrationKind, _ text: String) {
    #expect(MarkupValidator.problem(in: text, of: kind) != nil, "\(kind) \(text)")
  }

  @Test(arguments: [
    (IntegrationKind.slack, "a &amp; *b* <http://x|Page>"),
    (.discord, "**a** \\_ [Page](http://x)"),
    (.mattermost, "user@host \\@"),
    (.telegram, "<b>a &lt;</b> <a href=\"http://x?a&amp;b\">Page</a>"),
    (.matrix, "a<br><b>b</b>"),
  ])
  func `a whole text passes`(_ kind: IntegrationKind, _ text: String) {
    #expect(MarkupValidator.problem(in: text, of: kind) == nil)
  }

  @Test func `MarkdownV2 has no bare character`() {
    #expect(MarkupValidator.escapedMarkdownV2("a\\.b") == nil)
    #expect(MarkupValidator.escapedMarkdownV2("a.b") != nil)
    #expect(MarkupValidator.escapedMarkdownV2("a\\") != nil)
  }

  @Test func `the shown text of HTML has no tags, and entities are characters`() {
    #expect(MarkupValidator.shown(ofHTML: "<b>a</b>&lt;&amp;lt;") == "a<&lt;")
    #expect(MarkupValidator.shown(ofHTML: "&lt;\u{20dd}") == "<\u{20dd}")
    #expect(MarkupValidator.hidden(in: "a\u{202e}b") == "\u{202e}")
    #expect(MarkupValidator.hidden(in: "a\nb") == nil)
  }

  /// Of a good body one member is made bad.
  @Test(arguments: [
    (IntegrationKind.slack, #""title":""#, #""titel":""#),
    (.slack, #""text":""#, #""text":"\u003c!channel> "#),
    (.discord, #""parse":[]"#, #""parse":["everyone"]"#),
    (.discord, #""description":""#, #""description":"LONG"#),
    (.msteamsv2, #""version":"1.4","#, ""), (.msteamsv2, #""text":""#, #""text":"LONG"#),
    (.telegram, #""text":""#, #""text":"LONG"#), (.telegram, #""text":""#, #""text":"\u0007"#),
    (.matrix, #""m.mentions":{}"#, #""m.mentions":{"room":true}"#),
    (.matrix, #""formatted_body":""#, #""formatted_body":"\u003cb>"#),
    (.mattermost, #""text":""#, #""text":"LONG"#), (.mattermost, #""text":""#, #""text":"@all "#),
  ])
  func `a bad body is found`(_ kind: IntegrationKind, _ good: String, _ bad: String) throws {
    let target = try #require(Samples.targets.first { $0.kind == kind })
    let rendered = target.receiver.body(
      for: Samples.message([Samples.alert()]), in: Samples.context())
    let rules = VendorRules.of(kind)
    #expect(rules.problem(in: try ReadBody(rendered), of: kind) == nil)
    let long = String(repeating: "x", count: 16_500)
    let text = String(decoding: rendered.bytes, as: UTF8.self)
      .replacingOccurrences(of: good, with: bad.replacingOccurrences(of: "LONG", with: long))
    #expect(rules.problem(in: try ReadBody(RenderedBody(Array(text.utf8))), of: kind) != nil)
  }

  @Test func `a number that does not add up is found`() {
    let message = Samples.message((0..<3).map { Samples.alert(mcp: "q\($0)q") })
    #expect(Counting.problem(in: "q0q q1q\n+1 more", message) == nil)
    #expect(Counting.problem(in: "q0q q1q", message) != nil)
    #expect(Counting.problem(in: "q0q\n+1 more", message) != nil)
  }
}
