/// What is said of the scripts that were run.
package struct Report: Equatable, Sendable {
  /// Failures and skips, a line each.
  package private(set) var lines: [String] = []
  package private(set) var passed = 0
  package private(set) var failed = 0
  package private(set) var skipped = 0

  package init() {}

  package mutating func add(_ outcomes: [Outcome], of file: String) {
    for outcome in outcomes {
      switch outcome.verdict {
      case .passed: passed += 1
      case .failed(let why):
        failed += 1
        lines.append("\(file):\(outcome.line): failed: \(Self.oneLine(why))")
      case .skipped(let why):
        skipped += 1
        lines.append("\(file):\(outcome.line): skipped: \(Self.oneLine(why))")
      }
    }
  }

  /// Runs the text of a file; one that cannot be read fails at the line where that shows.
  package mutating func run(_ text: String, of file: String) {
    do throws(ScriptError) {
      add(try Script(parsing: text).run(), of: file)
    } catch {
      add([Outcome(line: error.line, verdict: .failed(error.message))], of: file)
    }
  }

  /// The file could not be read at all.
  package mutating func fail(_ file: String, _ why: String) {
    add([Outcome(line: 1, verdict: .failed(why))], of: file)
  }

  package var closingLine: String { "\(passed) passed, \(failed) failed, \(skipped) skipped" }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
