import TemplateFuzzing
import TestSupport
import Testing

/// Some thousand damaged templates through the body of the fuzz target, the same in every run.
@Suite("Fuzzing") struct FuzzTests {
  private static let names = [
    "syntax", "control", "fields", "builtins", "printing", "functions", "times",
    "messages",
  ]
  private static let words = [
    "{{", "}}", "{{-", "-}}", "(", ")", "|", "$", ".", "\"", "`", "'", "\\", "%", "*", "-", "9",
    "{{end}}", "{{else}}", "{{range 99}}", "{{if .}}", "{{with $}}", "{{template \"x\" .}}",
    "{{define \"x\"}}", "{{block \"y\" .}}", "{{break}}", "printf \"%*.[1]d\" ", "args ", "nil ",
    "9223372036854775807", "1e308", "query \"up\"", "\n", ".CommonLabels", "range .Alerts",
    "SortedPairs", "toJson ", "list ", "dict ",
    "join \",\" ", "tz \"ab\" ", "é", "\u{0}",
  ]

  @Test(arguments: 1...4) func aDamagedTemplateBecomesAnOutputOrAnError(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let corpus = try Self.names.flatMap { try CaseFileTests.cases($0) }.map { Array($0.text.utf8) }
    #expect(corpus.count > 500)
    for _ in 0..<1_000 {
      let bytes = Self.damaged(corpus, &random)
      if let problem = TemplateFuzz.problem(with: bytes) {
        Issue.record("\(problem)\n\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }

  private static func damaged(_ corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
    guard var bytes = corpus.randomElement(using: &random) else { return [] }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...8, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: corpus.randomElement(using: &random) ?? [], at: place)
      default:
        bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
      }
    }
    return bytes
  }
}
