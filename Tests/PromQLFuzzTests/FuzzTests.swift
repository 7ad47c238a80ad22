import Foundation
import PromQLFuzzing
import TestSupport
import Testing

/// Some thousand damaged inputs through the bodies of the fuzz targets, the same in every run.
/// `make torture` gives a million to each of the targets themselves.
@Suite("Fuzzing") struct FuzzSmoke {
  private static let corpus: [[UInt8]] = {
    let file = projectRoot.appending(path: "Fuzz/corpus/expressions.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { Array($0.utf8) }
  }()

  @Test("the parser says what a damaged text is, or prints it", arguments: 1...4)
  func damagedTexts(seed: UInt64) async {
    var random = SeededRandom(seed: seed)
    #expect(Self.corpus.count > 20)
    for round in 0..<2_000 {
      if round % 50 == 0 { await Task.yield() }  // others want the thread, too
      let bytes = Mutation.damaged(Self.corpus, &random)
      if let problem = ParserFuzz.problem(with: bytes) { record(problem, bytes) }
    }
  }

  @Test("the evaluator keeps its rules over random samples", arguments: 1...4)
  func randomSamples(seed: UInt64) async {
    var random = SeededRandom(seed: seed)
    for round in 0..<2_000 {
      if round % 50 == 0 { await Task.yield() }
      var bytes = (0..<Int.random(in: 20...400, using: &random)).map { _ in
        UInt8.random(in: 0..<EvaluatorFuzz.separator, using: &random)
      }
      if round % 4 == 0 {
        let text = Mutation.damaged(Self.corpus, &random)
        bytes = EvaluatorFuzz.input(bytes, text: String(decoding: text, as: UTF8.self))
      }
      if let problem = EvaluatorFuzz.problem(with: bytes) { record(problem, bytes) }
    }
  }

  private func record(_ problem: String, _ bytes: [UInt8]) {
    Issue.record("\(problem)\n\(bytes)")
  }
}

/// Damage as fuzzers do it.
enum Mutation {
  private static let words = [
    "(", ")", "[", "]", "{", "}", "\"", "'", "`", "\\", "#", "@", " offset ", "start()", "-", "+",
    "^", "==", "=~", "!~", "bool ", "on(", "group_left", "5m", ":", ",", "NaN", "0x", "1e309",
    "_", "\u{0}", "é", "\u{ff}", "by", "99999999999999999999", "1ms",
  ]

  static func damaged(_ corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
    guard var bytes = corpus.randomElement(using: &random) else { return [] }
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...8, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3:
        let other = corpus.randomElement(using: &random) ?? []
        bytes.insert(
          contentsOf: other.prefix(Int.random(in: 0...other.count, using: &random)), at: place)
      default:
        bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
      }
    }
    return bytes
  }
}
