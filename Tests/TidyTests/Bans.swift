import Foundation
import Testing

/// A word that must not be in the code of some files, and what to use in its place.
struct Ban: Sendable, CustomTestStringConvertible {
  var token: String
  var use: String
  /// Comments and strings count too.
  var inComments = false

  var testDescription: String { token }

  /// Where the token stands by itself, not within a longer word.
  func violations(in file: SourceFile) -> [Violation] {
    zip(file.lines, file.code).enumerated().compactMap { index, line in
      let text = inComments ? line.0 : line.1[...]
      guard Self.contains(text, token) else { return nil }
      return Violation(path: file.path, line: index + 1, message: "'\(token)': use \(use)")
    }
  }

  private static func contains(_ text: Substring, _ token: String) -> Bool {
    var rest = text
    while let found = rest.range(of: token) {
      let before = rest[..<found.lowerBound].last
      let after = rest[found.upperBound...].first
      let startsInWord = isWord(token.first) && isWord(before)
      let endsInWord = isWord(token.last) && isWord(after)
      if !startsInWord && !endsInWord { return true }
      rest = rest[found.upperBound...]
    }
    return false
  }

  private static func isWord(_ character: Character?) -> Bool {
    character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
  }
}

extension Ban {
  /// No clock, no I/O, no task, no lock, no chance, no pointer: same input, same output.
  static let pure: [Ban] = [
    Ban(token: "ContinuousClock", use: "a MonotonicInstant argument"),
    Ban(token: "SuspendingClock", use: "a MonotonicInstant argument"),
    Ban(token: "Date(", use: "a Timestamp argument"),
    Ban(token: "clock.now", use: "an argument `now`"),
    Ban(token: "Clock.now", use: "an argument `now`"),
    Ban(token: "Date.now", use: "a Timestamp argument"),
    Ban(token: "Instant.now", use: "an argument `now`"),
    Ban(token: "Task", use: "an effect returned to the runtime"),
    Ban(token: "await", use: "an effect returned to the runtime"),
    Ban(token: "Mutex", use: "a value that one owner changes"),
    Ban(token: "UUID(", use: "an identifier minted at the edge"),
    Ban(token: "SystemRandomNumberGenerator", use: "StableHash, or a generator as argument"),
    Ban(token: ".random(", use: "StableHash, or a generator as argument"),
    Ban(token: "hashValue", use: "StableHash, the same in every process"),
    Ban(token: "Hasher(", use: "StableHash, the same in every process"),
    Ban(token: "print(", use: "an effect, or a value that the caller prints"),
    Ban(token: "unsafe", use: "a safe type; pointers are for the edges that wrap C"),
  ]

  static let inSources: [Ban] = [
    Ban(token: "try!", use: "a thrown error: data from outside never traps"),
    Ban(token: "as!", use: "`as?` and an error"),
    Ban(token: "fatalError", use: "an error; a precondition for mistakes of our own"),
    Ban(token: "Thread.sleep", use: "a timer of the loop that waits"),
  ]

  static let inTests: [Ban] = [
    Ban(token: "Task.sleep", use: "`eventually` or `until`: wait for what must come"),
    Ban(token: "Thread.sleep", use: "`eventually` or `until`: wait for what must come"),
    Ban(token: "usleep", use: "`eventually` or `until`: wait for what must come"),
    Ban(token: "import XCTest", use: "Swift Testing"),
    Ban(token: "try!", use: "`try` in a throwing test"),
  ]

  static let everywhere: [Ban] = [
    Ban(token: "@testable", use: "`package` access: tests see what other targets see"),
    Ban(token: "TODO", use: "an issue, or do it now", inComments: true),
    Ban(token: "FIXME", use: "a fix, before merging", inComments: true),
    Ban(token: "XXX", use: "a sentence that says what is the matter", inComments: true),
  ]
}
