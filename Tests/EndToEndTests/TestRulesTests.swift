import Foundation
import TestSupport
import Testing

/// `breakwater test rules` from outside: streams, exit status, files.
struct TestRulesTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("rules.yml", "groups: [{name: g, rules: [{record: r, expr: m * 2}]}]")
    try scratch.write("pass.yml", Self.tests(expecting: 4))
    try scratch.write("fail.yml", Self.tests(expecting: 5))
  }

  private static func tests(expecting value: Int) -> String {
    """
    rule_files: [rules.yml]
    tests:
      - name: doubled
        input_series: [{series: m, values: 1 2}]
        promql_expr_test:
          - {expr: r, eval_time: 1m, exp_samples: [{labels: r, value: \(value)}]}
    """
  }

  private func run(_ arguments: String...) async throws -> CommandResult {
    try await runCommand(breakwaterExecutable, ["test", "rules"] + arguments, in: scratch)
  }

  @Test func eachFileIsToldOf() async throws {
    let passed = try await run("pass.yml")
    #expect(passed.status == 0)
    #expect(passed.output == "Unit Testing:  pass.yml\n  SUCCESS\n\n")
    #expect(passed.errors == "")

    let failed = try await run("pass.yml", "fail.yml", "none.yml")
    #expect(failed.status == 1)
    #expect(
      failed.errors == """
          FAILED:
            expr: "r", time: 1m,
                exp: {__name__="r"} 5E+00
                got: {__name__="r"} 4E+00
          FAILED:
        none.yml:1:1: cannot be read: no such file

        """)
  }

  @Test func testsAreChosenByTheirName() async throws {
    #expect(try await run("--run", "doub", "fail.yml").status == 1)
    #expect(try await run("--run", "other", "--run", "^more", "fail.yml").status == 0)
    #expect(try await run("--run", "(", "fail.yml").status == 64)
    #expect(try await run().status == 64)
  }

  @Test func differencesAndSamplesAreShownWhenAskedFor() async throws {
    let result = try await run("--diff", "--debug", "fail.yml")
    #expect(result.errors.contains("            + {__name__=\"r\"} 4E+00\n"))
    #expect(result.output.contains("{__name__=\"r\"} =>\n2 @[0]\n4 @[60000]\n"))
  }

  @Test func theResultsAreAFileOfJUnit() async throws {
    #expect(try await run("--junit", "junit.xml", "pass.yml", "fail.yml").status == 1)
    let text = try String(contentsOf: scratch.path("junit.xml"), encoding: .utf8)
    let suite = "<testsuite name=\"fail.yml\" tests=\"1\" failures=\"1\" errors=\"0\""
    #expect(text.contains(suite))
    #expect(try await run("--junit", "none/junit.xml", "pass.yml").status == 1)
  }

  /// The deepest expression there may be, for which a thread of the usual stack is too small.
  @Test func theDeepestExpressionIsTaken() async throws {
    let (open, close) = (String(repeating: "(", count: 4_999), String(repeating: ")", count: 4_999))
    try scratch.write(
      "deep.yml",
      "tests: [{promql_expr_test: [{expr: \"\(open)1\(close)\", exp_samples: [{value: 1}]}]}]")
    #expect(try await run("deep.yml").status == 0)
  }
}
