import Foundation
import TestSupport
import Testing

/// What templates become, in the words of Go 1.19's text/template with Prometheus's functions; the
/// cases were run there. Where later versions differ they win: loops over numbers, `else with`.
@Suite("Case files") struct CaseFileTests {
  struct Case {
    var text: String
    var result: String
  }

  @Test(arguments: [
    ("syntax", 110), ("control", 40), ("fields", 50), ("builtins", 80), ("printing", 90),
    ("functions", 110), ("times", 30),
  ])
  func everyTemplateBecomesWhatTheFileSays(name: String, least: Int) throws {
    let cases = try Self.cases(name)
    #expect(cases.count >= least)
    for one in cases {
      #expect(AlertContext.result(of: one.text) == one.result, "\(one.text)")
    }
  }

  @Test func everyTemplateOfAMessageBecomesWhatTheFileSays() throws {
    let cases = try Self.cases("messages")
    #expect(cases.count >= 120)
    for one in cases {
      let expected = one.result
        .replacing("error parsing template __alert_T: ", with: "")
        .replacing("error executing template __alert_T: ", with: "")
        .replacing("template: __alert_T:", with: "template: T:")
      #expect(MessageContext.result(of: one.text) == expected, "\(one.text)")
    }
  }

  static func cases(_ name: String) throws -> [Case] {
    let lines = try text(of: name).split(separator: "\n", omittingEmptySubsequences: false)
    var cases: [Case] = []
    for (text, result) in zip(lines, lines.dropFirst()) {
      guard let mark = result.first, result.dropFirst().first == " ", !text.isEmpty,
        let before = prefixes[mark]
      else { continue }
      cases.append(
        Case(text: unescaped(text), result: before + unescaped(result.dropFirst(2))))
    }
    return cases
  }

  /// Of a file that has nothing but templates.
  static func lines(_ name: String) throws -> [Substring] {
    try text(of: name).split(separator: "\n").filter { !$0.hasPrefix("#") }
  }

  private static func text(of name: String) throws -> String {
    let file = projectRoot.appending(path: "Tests/TemplatesTests/Cases/\(name).txt")
    return try String(contentsOf: file, encoding: .utf8)
  }

  private static let prefixes: [Character: String] = [
    "=": "",
    "?": "error parsing template __alert_T: template: __alert_T:",
    "!": "error executing template __alert_T: template: __alert_T:",
  ]

  static func unescaped(_ text: Substring) -> String {
    let escapes: [Character: String] = ["n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"]
    var out = ""
    var rest = text
    while let character = rest.popFirst() {
      if character == "\\", let escaped = rest.popFirst() {
        out += escapes[escaped] ?? "\\\(escaped)"
      } else {
        out.append(character)
      }
    }
    return out
  }
}
