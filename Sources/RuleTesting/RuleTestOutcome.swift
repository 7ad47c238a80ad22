package import Alerting
package import Patterns

/// What came of one test of a file.
package struct RuleTestResult: Equatable, Sendable {
  /// `unnamed#0` for the first test when it has no name.
  package var name: String
  /// In promtool's words, of one line or several each; none when the test passes.
  package var failures: [String]
  /// All samples at the end, when they were asked for.
  package var dump: String?
}

/// What came of a file of tests.
package struct RuleTestOutcome: Equatable, Sendable {
  package var file: String
  /// Why no test was run; `nil` when they were.
  package var problem: String?
  package var results: [RuleTestResult] = []

  package init(file: String, problem: String) {
    self.file = file
    self.problem = problem
  }

  /// Runs the tests of a file that `options` selects, each over rules that begin anew. Needs a
  /// stack of 16 MiB, as the parser of expressions does.
  package init(
    file: String, running tests: RuleTestFile, options: RuleTestOptions = RuleTestOptions(),
    over groups: [RuleGroup]
  ) {
    self.file = file
    let ordered: [RuleGroup]
    do throws(RepeatedGroup) {
      ordered = try tests.ordered(groups)
    } catch {
      problem = "group name repeated in evaluation order: \(error.name)"
      return
    }
    for (index, test) in tests.tests.enumerated() where options.selects(test.name) {
      var run = RuleTestRun(test, in: tests, groups: ordered, options)
      let failures = run.failures()
      results.append(
        RuleTestResult(
          name: test.name.isEmpty ? "unnamed#\(index)" : test.name, failures: failures,
          dump: options.dumpsSamples ? run.dump : nil))
    }
  }

  /// Everything that failed, in order.
  package var failures: [String] { (problem.map { [$0] } ?? []) + results.flatMap(\.failures) }

  package var passed: Bool { problem == nil && results.allSatisfy(\.failures.isEmpty) }
}

/// Which tests are run, and what of them is shown.
package struct RuleTestOptions: Sendable {
  /// Tests whose name one of these matches anywhere; `nil`: all.
  package var names: [Pattern]?
  /// Failures show what is missing and what is too much, not all that was expected and came.
  package var showsDifferences = false
  package var dumpsSamples = false

  package init() {}

  func selects(_ name: String) -> Bool { names?.contains { $0.matches(name) } ?? true }

  /// A pattern that matches wherever it is found in a name.
  package static func name(containing pattern: String) throws(PatternError) -> Pattern {
    _ = try Pattern(pattern)  // `a)(b` is none, whatever stands around it
    return try Pattern("(?s:.*)(?:\(pattern))(?s:.*)")
  }
}

private struct RepeatedGroup: Error {
  var name: String
}

extension RuleTestFile {
  /// The groups in the order of evaluation; those not in `groupOrder` go with its first.
  fileprivate func ordered(_ groups: [RuleGroup]) throws(RepeatedGroup) -> [RuleGroup] {
    var ranks: [String: Int] = [:]
    for (rank, name) in groupOrder.enumerated() {
      guard ranks.updateValue(rank, forKey: name) == nil else { throw RepeatedGroup(name: name) }
    }
    return groups.enumerated().sorted { first, second in
      let ranks = (ranks[first.element.name] ?? 0, ranks[second.element.name] ?? 0)
      return ranks.0 == ranks.1 ? first.offset < second.offset : ranks.0 < ranks.1
    }.map(\.element)
  }
}
