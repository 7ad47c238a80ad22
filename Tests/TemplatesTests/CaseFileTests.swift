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

  static func cases(_ name: String) throws -> [Case] {
    let file = projectRoot.appending(path: "Tests/TemplatesTests/Cases/\(name).txt")
    let lines = try String(contentsOf: file, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
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

  private static let prefixes: [Character: String] = [
    "=": "",
    "?": "error parsing template __alert_T: template: __alert_T:",
    "!": "error executing template __alert_T: template: __alert_T:",
  ]

  private static func unescaped(_ text: Substring) -> String {
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
