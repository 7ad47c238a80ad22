import Agent
import ConfigFile
import Foundation
import TestSupport
import Testing

struct HostileFileTests {
  private func load(_ bytes: some Sequence<UInt8>) throws -> [String] {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "breakwater-\(UUID().uuidString).yml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    do {
      _ = try ConfigFile.load(path: file.path())
      return []
    } catch {
      return error.problems.map { $0.description.replacing(file.path(), with: "FILE") }
    }
  }

  @Test func aFileThatIsNotThereIsAProblem() {
    #expect(throws: ConfigProblems.self) { try ConfigFile.load(path: "/nowhere/breakwater.yml") }
    #expect(throws: ConfigProblems.self) { try ConfigFile.load(path: "/") }
    #expect(throws: ConfigProblems.self) { try ConfigFile.load(path: "") }
  }

  @Test func otherEncodingsAreRefusedAtTheirFirstByte() throws {
    let bytes = Array("global: {}\n# é ".utf8) + [0xe4, 0x20]
    #expect(try load(bytes) == ["FILE:2:5: not UTF-8"])
    #expect(try load([0xff, 0xfe, 0x61, 0x00]) == ["FILE:1:1: not UTF-8"])
    #expect(try load([0x61, 0x00]) == ["FILE:1:2: not YAML: control characters are not allowed"])
  }

  @Test func aFileHasALargestSize() throws {
    let line = Array("# nothing but comments, many of them\n".utf8)
    let large = Array(repeating: line, count: (8 << 20) / line.count + 1).joined()
    #expect(try load(large) == ["FILE:1:1: larger than 8192 KiB"])
  }

  @Test(arguments: ["mcps: [", "[", "- ", "{a: ", "? "])
  func nestingWithoutEndIsRefused(opening: String) {
    #expect(!problems(in: String(repeating: opening, count: 200_000)).isEmpty)
  }

  /// Ten levels of ten aliases each, which a reader that follows them takes for 10^10 values; once
  /// as values and once as a key, which a reader that hashes keys would follow too.
  @Test(arguments: ["global: *a9", "? *a9\n: 1"])
  func aliasesAreNotFollowed(use: String) {
    var lines = ["a0: &a0 x"]
    for level in 1...9 {
      let copies = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(copies)]")
    }
    let found = problems(in: (lines + [use]).joined(separator: "\n"))
    #expect(found.contains("test.yml:1:5: a0: anchors are not supported"))
    #expect(found.contains { $0.hasPrefix("test.yml:11:") })
  }

  @Test func problemsAreListedUpToABound() throws {
    let lines = (1...5000).map { "unknown\($0): 1" }.joined(separator: "\n")
    let found = problems(in: lines)
    #expect(found.count == 1001)
    #expect(found.last == "test.yml:1000:1: too many problems: 4000 more are not listed")
  }

  @Test func manyMCPsAreRead() throws {
    let mcps = (0..<5000).map { "  - {name: m\($0), url: 'http://a.example/\($0)'}\n" }.joined()
    let settings = try check("mcps:\n" + mcps).get().settings
    #expect(settings.mcps.count == 5000)
    #expect(settings.mcps.last?.name == "m4999")
  }

  /// Whatever becomes of a file, reading it ends, and every problem stands inside the file.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func mangledFilesNeverTrap(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let names = Fixtures.invalid.filter { !$0.contains("nested") } + ["valid-full.yml"]
    let pool = try names.map { Array(try Fixtures.text($0).utf8) }
    for _ in 0..<100 {
      var bytes = try #require(pool.randomElement(using: &random))
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        Mangling.mangle(&bytes, with: pool, &random)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      guard case .failure(let failure) = check(text, directory: Fixtures.directory.path()) else {
        continue
      }
      #expect(!failure.problems.isEmpty)
      let lines = Mangling.lineLengths(of: text)
      for problem in failure.problems {
        let isInside =
          problem.line >= 1 && problem.column >= 1 && problem.line <= lines.count
          && problem.column <= lines[problem.line - 1] + 1
        #expect(isInside, "\(problem) in:\n\(text)")
      }
    }
  }
}

/// Damage to files, and where their lines end.
enum Mangling {
  /// Scalars per line, for every line break that YAML knows.
  static func lineLengths(of text: String) -> [Int] {
    var lengths = [0]
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where previous == "\r": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lengths.append(0)
      default: lengths[lengths.count - 1] += 1
      }
      previous = scalar
    }
    return lengths
  }

  static func mangle(_ bytes: inout [UInt8], with pool: [[UInt8]], _ random: inout SeededRandom) {
    let tokens = [
      "&a ", "*a", "!!str ", "{", "}", "[", "]", ": ", "- ", "\n", "\t", "\"", "'", "|\n", ">-",
      "#",
      "? ", "---\n", "...\n", "%YAML 9.9\n", "\u{FEFF}", "\u{2028}", "\r", "\\x", "<<: ", "~", "30",
      "-1s", "é", "\u{1F600}", "99999999999999999999", "0", ".nan",
    ]
    let at = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, at + Int.random(in: 0...12, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.removeSubrange(at..<end)
    case 1: bytes.insert(contentsOf: bytes[at..<end], at: at)
    case 2: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: at)
    case 3 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
    default:
      let other = pool.randomElement(using: &random) ?? []
      let from = Int.random(in: 0...other.count, using: &random)
      bytes.insert(contentsOf: other[from..<min(other.count, from + 40)], at: at)
    }
  }
}
