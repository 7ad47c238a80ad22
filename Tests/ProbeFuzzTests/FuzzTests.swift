import Foundation
import ProbeFuzzing
import TestSupport
import Testing

/// Some thousand damaged inputs through the bodies of the fuzz targets for what servers send, the
/// same in every run. `make torture` gives a million to each of the targets themselves.
@Suite("Fuzzing of probes") struct ProbeFuzzTests {
  /// The seeds in Fuzz/corpus/NAME, with `===` between and escapes as in Swift.
  private static func corpus(_ name: String) throws -> [[UInt8]] {
    let file = projectRoot.appending(path: "Fuzz/corpus/\(name)")
    return try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n===\n")
      .map { Array(unescaped($0).utf8) }
  }

  private static func unescaped(_ text: String) -> String {
    [("\\r", "\r"), ("\\n", "\n"), ("\\0", "\u{0}"), ("\\e", "\u{1e}"), ("\\b", "\u{feff}")]
      .reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }

  @Test("event streams are read by the rules, in any cut", arguments: 1...4)
  func streams(seed: UInt64) throws {
    try run(seed, "event-streams.txt", rounds: 3_000, EventStreamFuzz.problem)
  }

  @Test("answers end in a clean result, in any cut", arguments: 1...4)
  func answers(seed: UInt64) throws {
    try run(seed, "answers.txt", rounds: 500, AnswerFuzz.problem)
  }

  @Test("no redirect leads to another origin", arguments: 1...4)
  func redirects(seed: UInt64) throws {
    try run(seed, "redirects.txt", rounds: 1_000, RedirectFuzz.problem)
  }

  private func run(
    _ seed: UInt64, _ name: String, rounds: Int, _ problem: ([UInt8]) -> String?
  ) throws {
    var random = SeededRandom(seed: seed)
    let corpus = try Self.corpus(name)
    #expect(corpus.count > 10)
    for input in corpus {
      if let problem = problem(input) { Issue.record("\(problem)\n\(input)") }
    }
    for _ in 0..<rounds {
      let input = Self.damaged(corpus, &random)
      if let problem = problem(input) { Issue.record("\(problem)\n\(input)") }
    }
  }

  private static let words = [
    "\r", "\n", "\r\n", "\n\n", ":", " ", "data:", "event: ", "message", "endpoint", "id: 1", "{",
    "}", "[", "]", "\"", "\\", "null", "1", "1e9", "\"id\":1,", "\"result\":{", "\"error\":{",
    "\"nextCursor\":\"a\"", "//", "@", "\\@", "#", "?", "..", "%40", "[::1]", "localhost",
    "http://",
    "https:", ":80", ":443", "\u{feff}", "\u{1e}", "\u{0}", "é", "\u{ff}",
  ]

  private static func damaged(_ corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
    guard var bytes = corpus.randomElement(using: &random) else { return [] }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...8, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3:
        let other = corpus.randomElement(using: &random) ?? []
        let count = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other.prefix(count), at: place)
      default:
        bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
      }
    }
    return bytes
  }
}
