import ConfigFile
import Foundation
import Glibc
import RuleFuzzing
import TestSupport
import Testing

/// A directory of the test's own, removed with it.
final class RuleDirectory {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "breakwater-\(UUID().uuidString)", directoryHint: .isDirectory)

  var path: String { url.path(percentEncoded: false) }

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: false, encoding: .utf8)
    return file.path(percentEncoded: false)
  }
}

struct HostileRuleFileTests {
  private func problems(at path: String) -> [String] {
    do {
      _ = try RuleFile.load(path: path)
      return []
    } catch {
      return error.problems.map { $0.description.replacing(path, with: "FILE") }
    }
  }

  /// Ten levels of ten aliases each: 10^10 values in 500 bytes.
  @Test(arguments: ["groups: *a9", "groups: [*a9]", "groups: [{name: a, rules: *a9}]"])
  func aliasBombsAreRefused(use: String) {
    for (leaf, wrap) in [("x", ("[", "]")), ("{alert: a, expr: 1}", ("[", "]"))] {
      var lines = ["a0: &a0 \(leaf)"]
      for level in 1...9 {
        let copies = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
        lines.append("a\(level): &a\(level) \(wrap.0)\(copies)\(wrap.1)")
      }
      let found = ruleProblems(in: (lines + [use]).joined(separator: "\n"))
      #expect(found.contains { $0.contains("holds more than 1000000 values") }, "\(found)")
    }
  }

  /// Each mapping merges the one before and adds a key: all of them are n^2 keys.
  @Test func mergeBombsAreRefused() {
    var lines = ["a0: &a0 {k0: 1}"]
    for level in 1...3000 {
      lines.append("a\(level): &a\(level) {<<: *a\(level - 1), k\(level): 1}")
    }
    let found = ruleProblems(in: lines.joined(separator: "\n"))
    #expect(found.contains { $0.contains("nested deeper than 32 levels") })
    let wide = (0..<30_000).map { "k\($0): 1" }.joined(separator: ", ")
    let uses = (0..<1000).map { "m\($0): {<<: *wide}" }.joined(separator: "\n")
    let merged = ruleProblems(in: "wide: &wide {\(wide)}\n\(uses)")
    #expect(merged.contains { $0.contains("holds more than 1000000 values") })
  }

  /// A text shared by many counts for its length.
  @Test func longTextsThatAreSharedAreRefused() {
    let long = String(repeating: "a", count: 60_000)
    let uses = (0..<10_000).map { "- {record: r\($0), expr: *long}" }.joined(separator: "\n")
    let found = ruleProblems(in: "x: &long \(long)\ngroups: [{name: a, rules: [\n\(uses)]}]")
    #expect(!found.isEmpty)
    let group = "groups:\n- name: a\n  rules:\n  - {record: r, expr: &long \(long)}\n"
    let indented = uses.replacing("- {", with: "  - {")
    let listed = ruleProblems(in: group + indented)
    #expect(listed.contains { $0.contains("holds more than 1000000 values") })
  }

  @Test(arguments: ["groups: [", "[", "- ", "{a: ", "? ", "&a [", "<<: ["])
  func nestingWithoutEndIsRefused(opening: String) {
    #expect(!ruleProblems(in: String(repeating: opening, count: 100_000)).isEmpty)
  }

  @Test func expressionsThatAreNestedTooDeepAreRefused() {
    for (before, after) in [("(", ")"), ("-", ""), ("sum(", ")"), ("1+", "")] {
      let text =
        String(repeating: before, count: 5000) + "1" + String(repeating: after, count: 5000)
      let found = ruleProblems(in: "groups: [{name: a, rules: [{record: r, expr: '\(text)'}]}]")
      #expect(found.count == 1 && found.contains { $0.contains("could not parse") })
    }
    let deep = String(repeating: "(", count: 200) + "1" + String(repeating: ")", count: 200)
    #expect(ruleProblems(in: "groups: [{name: a, rules: [{record: r, expr: \(deep)}]}]").isEmpty)
  }

  @Test func numbersHaveBounds() {
    let rules = Array(repeating: "{record: r, expr: 1}", count: 1001).joined(separator: ",")
    var options = RuleFile.Options()
    options.rulesLimit = 1000
    let text = "groups: [{name: a, rules: [\(rules)]}]"
    #expect(ruleProblems(in: text).isEmpty)
    #expect(
      ruleProblems(in: text, options: options) == [
        "rules.yml:1:10: group \"a\": more than 100000 rules in all"
      ])
    let groups = (0..<10_001).map { "{name: g\($0)}" }.joined(separator: ",")
    #expect(ruleProblems(in: "groups: [\(groups)]") == ["rules.yml:1:1: more than 10000 groups"])
    let labels = (0...100).map { "l\($0): x" }.joined(separator: ",")
    let rule = "{record: r, expr: 1, labels: {\(labels)}}"
    #expect(
      ruleProblems(in: "groups: [{name: a, rules: [\(rule)]}]") == [
        "rules.yml:1:57: group \"a\", rule 1, \"r\": labels: more than 100"
      ])
    let long = String(repeating: "x", count: 70_000)
    for field in ["record", "expr"] {
      let other = field == "record" ? "expr: 1" : "record: r"
      let found = ruleProblems(in: "groups: [{name: a, rules: [{\(field): \(long), \(other)}]}]")
      #expect(found.contains { $0.contains("\"\(field)\" is longer than") }, "\(found)")
    }
  }

  @Test func filesThatAreNoneAreNotWaitedFor() throws {
    let directory = try RuleDirectory()
    #expect(
      problems(at: "\(directory.path)nowhere.yml") == ["FILE:1:1: cannot be read: no such file"])
    #expect(problems(at: directory.path) == ["FILE:1:1: cannot be read: a directory"])
    let pipe = "\(directory.path)pipe.yml"
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(problems(at: pipe) == ["FILE:1:1: cannot be read: not a regular file"])
    #expect(problems(at: "/dev/zero") == ["FILE:1:1: cannot be read: not a regular file"])
    let circle = "\(directory.path)circle.yml"
    #expect(unsafe symlink("circle.yml", circle) == 0)
    #expect(problems(at: circle) == ["FILE:1:1: cannot be read: links that lead in a circle"])
  }

  @Test func aSparseFileOfAHundredMegabytesIsNotRead() throws {
    let directory = try RuleDirectory()
    let path = try directory.write("sparse.yml", "groups: []\n")
    #expect(unsafe truncate(path, 100 << 20) == 0)
    #expect(problems(at: path) == ["FILE:1:1: larger than 8192 KiB"])
  }

  @Test func otherEncodingsAreRefusedAtTheirFirstByte() throws {
    let directory = try RuleDirectory()
    let path = "\(directory.path)latin.yml"
    try Data(Array("groups: []\n# ".utf8) + [0xe4]).write(to: URL(filePath: path))
    #expect(problems(at: path) == ["FILE:2:3: not UTF-8"])
  }

  /// libyaml puts what is not there at the end of a file onto a line more than there is.
  @Test func nothingStandsBehindTheEnd() {
    #expect(
      ruleProblems(in: "groups:\n- {<<") == [
        "rules.yml:2:6: groups[0][\"<<\"]: map merge requires map or sequence of maps as the value",
        "rules.yml:2:6: not YAML: while parsing a flow mapping on line 2: "
          + "did not find expected ',' or '}'",
      ])
  }

  /// Whatever becomes of a file, reading it ends, and every problem stands inside the file.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func mangledFilesNeverTrap(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let corpus = projectRoot.appending(path: "Fuzz/corpus/rules.yml")
    var texts = try String(contentsOf: corpus, encoding: .utf8).components(separatedBy: "===\n")
    #expect(texts.count > 5)
    texts += try (RuleFixtures.invalid + ["valid-full.yml"]).map { try RuleFixtures.text($0) }
    let pool = texts.map { Array($0.utf8) }
    for _ in 0..<100 {
      var bytes = try #require(pool.randomElement(using: &random))
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        Mangling.mangle(&bytes, with: pool, &random)
      }
      if let problem = RuleFuzz.problem(with: bytes) {
        Issue.record("\(problem) in:\n\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }
}
