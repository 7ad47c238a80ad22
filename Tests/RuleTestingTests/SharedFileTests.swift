import ConfigFile
import Foundation
import RuleTesting
import TestSupport
import Testing

/// The index of Prometheus's own files and of ours in its format.
private enum SharedIndex {
  struct Entry: Decodable {
    var kind: String
    var file: String
    var expect: String
  }

  static let entries: [Entry]? = SharedCases.data("promtool/index.json").flatMap {
    try? JSONDecoder().decode([Entry].self, from: $0)
  }
}

/// Read in place where they are there.
@Suite(.enabled(if: SharedIndex.entries != nil, "no ../shared/cases/promtool/index.json"))
struct SharedFiles {
  private func outcome(
    _ file: String, _ options: RuleTestOptions = RuleTestOptions()
  ) throws -> RuleTestOutcome {
    let path = SharedCases.root.appending(path: "promtool/\(file)").path
    do {
      return try RuleTestOutcome(path: path, options)
    } catch let problems as ConfigProblems {
      return RuleTestOutcome(file: file, problem: problems.description)
    }
  }

  @Test func everyFileHasTheVerdictThatPromtoolGives() throws {
    let entries = try #require(SharedIndex.entries).filter {
      ["unit", "scenario"].contains($0.kind)
    }
    #expect(entries.count == 18)
    for entry in entries where entry.file != "unit/unittest.yml" {
      let outcome = try outcome(entry.file)
      #expect(outcome.passed == (entry.expect == "pass"), "\(entry.file): \(outcome.failures)")
    }
  }

  @Test func theBroadSelfTestFailsInItsNativeHistogramsOnly() throws {
    let outcome = try outcome("unit/unittest.yml")
    #expect(outcome.results.count == 5)
    #expect(
      outcome.failures == [
        "    expr: \"test_histogram\", err: native histograms are not supported"
      ])
  }

  @Test(arguments: ["unit/rules_run.yml", "unit/rules_run_fuzzy.yml"])
  func testsAreRunByTheirName(file: String) throws {
    #expect(try outcome(file, .only("correct")).passed)
    #expect(try !outcome(file, .only("wrong")).passed)
    #expect(try !outcome(file, .only("wrong", "correct")).passed)
    #expect(try outcome(file, .only("none")).results == [])
  }
}
