/// The outcomes as JUnit's XML, in the shape of promtool's.
package enum JUnitReport {
  /// `time`: UTC, as in `2026-11-24T10:00:00`.
  package static func xml(_ outcomes: [RuleTestOutcome], at time: String) -> String {
    "<testsuites>" + outcomes.map { suite($0, at: time) }.joined() + "</testsuites>"
  }

  private static func suite(_ outcome: RuleTestOutcome, at time: String) -> String {
    var cases = outcome.results.map { result in
      let failures = result.failures.map { "<failure>\(escaped($0))</failure>" }.joined()
      return "<testcase name=\"\(escaped(result.name))\">\(failures)</testcase>"
    }
    if let problem = outcome.problem {
      cases.append("<testcase name=\"unknown\"><error>\(escaped(problem))</error></testcase>")
    }
    let failures = outcome.results.reduce(0) { $0 + $1.failures.count }
    let figures =
      "tests=\"\(cases.count)\" failures=\"\(failures)\" "
      + "errors=\"\(outcome.problem == nil ? 0 : 1)\" skipped=\"0\""
    let name = escaped(outcome.file)
    return "<testsuite name=\"\(name)\" \(figures) timestamp=\"\(time)\">\(cases.joined())"
      + "</testsuite>"
  }

  private static func escaped(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out.append(contentsOf: "&amp;".unicodeScalars)
      case "<": out.append(contentsOf: "&lt;".unicodeScalars)
      case ">": out.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": out.append(contentsOf: "&#34;".unicodeScalars)
      case "'": out.append(contentsOf: "&#39;".unicodeScalars)
      case "\t": out.append(contentsOf: "&#x9;".unicodeScalars)
      case "\n": out.append(contentsOf: "&#xA;".unicodeScalars)
      case "\r": out.append(contentsOf: "&#xD;".unicodeScalars)
      case "\u{20}"..."\u{d7ff}", "\u{e000}"..."\u{fffd}", "\u{10000}"..."\u{10ffff}":
        out.append(scalar)
      default: out.append("\u{fffd}")  // nothing that XML can hold
      }
    }
    return String(out)
  }
}
