import ConfigFile
import Foundation
import PromQL
import RuleTesting
import TestSupport
import Testing

/// Our runner of rule tests and Debian's promtool over the same generated files: the same verdict,
/// and the same failures in the same words.
@Suite(
  .enabled(if: Peer.isInstalled("promtool"), "no promtool on PATH: nothing to compare with"),
  .timeLimit(.minutes(30)))
struct RuleTestComparison {
  @Test func promtoolSaysTheSameOfGeneratedFiles() async throws {
    let environment = ProcessInfo.processInfo.environment
    let count =
      environment["COMPARISONS"].flatMap { UInt64($0) }
      ?? (environment["TORTURE"] == "1" ? 1_000 : 50)
    let first = environment["COMPARISON_SEED"].flatMap { UInt64($0) } ?? 1
    let scratch = try Scratch()
    var figures = Figures()
    for seed in first..<(first + count) {
      let file = try GeneratedRuleTest(seed: seed, in: scratch)
      let ours = try file.outcome()
      let theirs = try await runCommand("promtool", ["test", "rules", file.path], in: scratch)
      #expect(ours.passed == (theirs.status == 0), "seed \(seed)")
      let text = ours.failures.map { $0 + "\n" }.joined()
      let wanted = theirs.errors.replacing("  FAILED:\n", with: "")
      let lines = zip(text.split(separator: "\n"), wanted.split(separator: "\n"))
      let first = lines.first { $0 != $1 }
      #expect(text == wanted, "seed \(seed): \(String(describing: first))")
      if !file.isSpoilt && ours.results.allSatisfy({ !$0.failures.contains(where: \.isOfRule) }) {
        #expect(ours.passed, "seed \(seed): what we expect of ourselves")
      }
      figures.add(ours, file)
    }
    print("rule tests: \(figures)")
    if count >= 50 { #expect(figures.filled * 3 > figures.checks) }
  }
}

extension String {
  fileprivate var isOfRule: Bool { hasPrefix("    rule: ") }
}

extension RuleFileGenerator.Check {
  /// As failures name it.
  fileprivate var place: String {
    let name = isAlert ? "alertname: \(text)" : "expr: \(text.quoted)"
    return "    \(name), time: \(Duration.seconds(seconds).prometheusText),"
  }
}

/// What the files were.
private struct Figures: CustomStringConvertible {
  var files = 0
  var passed = 0
  var brokenOff = 0
  var checks = 0
  /// Checks that expect something.
  var filled = 0

  mutating func add(_ outcome: RuleTestOutcome, _ file: GeneratedRuleTest) {
    files += 1
    passed += outcome.passed ? 1 : 0
    brokenOff += outcome.failures.contains { $0.isOfRule } ? 1 : 0
    checks += file.checks
    filled += file.filled
  }

  var description: String {
    "\(files) files, \(passed) pass, in \(brokenOff) a rule fails, "
      + "\(filled) of \(checks) checks expect something"
  }
}

/// A test file with expectations: right for even seeds, for odd ones some are wrong.
private struct GeneratedRuleTest {
  let path: String
  let isSpoilt: Bool
  let checks: Int
  private(set) var filled = 0

  init(seed: UInt64, in scratch: Scratch) throws {
    var generator = RuleFileGenerator(seed: seed)
    let (head, checks) = generator.test()
    let directory = "seed-\(seed)"
    try FileManager.default.createDirectory(
      at: scratch.path(directory), withIntermediateDirectories: true)
    try scratch.write("\(directory)/rules.yml", generator.rules)
    path = scratch.path("\(directory)/tests.yml").path
    self.checks = checks.count
    isSpoilt = seed % 2 == 1
    let nothing = checks.map { ($0, ExpectedAnswers(nil, of: $0)) }
    try scratch.write("\(directory)/tests.yml", head + Self.text(of: nothing, through: checks))
    let failures = try outcome().failures
    var random = SeededRandom(seed: seed)
    var answers: [ExpectedAnswers] = []
    for (index, check) in checks.enumerated() {
      var answer = ExpectedAnswers(failures.first { $0.contains(check.place) }, of: check)
      if !answer.alerts.isEmpty || !answer.samples.isEmpty { filled += 1 }
      if isSpoilt, index == 0 || Int.random(in: 0..<4, using: &random) == 0 {
        answer.spoil(check, with: &random)
      }
      answers.append(answer)
    }
    let text = Self.text(of: Array(zip(checks, answers)), through: checks)
    try scratch.write("\(directory)/tests.yml", head + text)
  }

  func outcome() throws -> RuleTestOutcome {
    let tests = try RuleTests.load(path: path)
    return RuleTestOutcome(file: path, running: tests.file, over: tests.groups)
  }

  /// The checks, and one that passes and takes the clock as far as all checks do.
  private static func text(
    of checks: [(RuleFileGenerator.Check, ExpectedAnswers)],
    through all: [RuleFileGenerator.Check]
  ) -> String {
    let last = all.map(\.seconds).max() ?? 0
    let alerts = checks.filter(\.0.isAlert).map { $1.yaml(of: $0) }
    let samples = checks.filter { !$0.0.isAlert }.map { $1.yaml(of: $0) }
    return "    alert_rule_test:\n\(alerts.joined())    promql_expr_test:\n\(samples.joined())"
      + "      - {expr: \"0\", eval_time: \(last)s, exp_samples: [{value: 0}]}\n"
  }
}
