import Foundation
import TestSupport
import Testing

/// `check rules` as scripts see it that know promtool's.
@Suite(.timeLimit(.minutes(5))) struct CheckRulesCommand {
  private static let good = """
    groups:
      - name: mcp
        rules:
          - {record: "mcp:up:sum", expr: sum(mcp_up)}
          - {alert: Down, expr: "mcp:up:sum == 0", for: 5m}
    """
  private static let twice = """
    groups:
      - name: mcp
        rules:
          - {record: a, expr: 1, labels: {b: c}}
          - {record: a, expr: 2, labels: {b: c}}
    """
  private static let bad = "groups: [{name: mcp, rules: [{alert: Down, expr: mcp_upp +}]}]\n"

  private func check(_ arguments: [String], input: URL? = nil) async throws -> CommandResult {
    let scratch = try Scratch()
    return try await runCommand(
      breakwaterExecutable, ["check", "rules"] + arguments, in: scratch, input: input)
  }

  @Test func eachFileIsJudged() async throws {
    let scratch = try Scratch()
    let good = try scratch.write("good.yml", Self.good).path
    let bad = try scratch.write("bad.yml", Self.bad).path
    let fine = try await check([good])
    #expect(fine.status == 0)
    #expect(fine.output == "Checking \(good)\n  SUCCESS: 2 rules found\n\n")
    #expect(fine.errors == "")
    let both = try await check([bad, good])
    #expect(both.status == 1)
    #expect(
      both.output == "Checking \(bad)\n\nChecking \(good)\n  SUCCESS: 2 rules found\n\n")
    #expect(
      both.errors == "  FAILED:\n\(bad):1:59: group \"mcp\", rule 1, \"Down\": could not parse "
        + "expression: 1:10: parse error: unexpected end of input\n")
  }

  @Test func rulesThatAreThereTwiceAreLint() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("twice.yml", Self.twice).path
    let found = try await check([file])
    #expect(found.status == 0 && found.output == "Checking \(file)\n\n")
    #expect(
      found.errors == """
          FAILED:
        lint error 1 duplicate rule(s) found.
        Metric: a
        Label(s):
        \tb: c
        Might cause inconsistency while recording expressions

        """)
    #expect(try await check(["--lint-fatal", file]).status == 3)
    let unlinted = try await check(["--lint=none", "--lint-fatal", file])
    #expect(unlinted.status == 0 && unlinted.output.contains("SUCCESS: 2 rules found"))
  }

  @Test func withoutAFileStandardInputIsRead() async throws {
    let scratch = try Scratch()
    let result = try await check([], input: try scratch.write("rules.yml", Self.good))
    #expect(result.status == 0)
    #expect(result.output == "Checking standard input\n  SUCCESS: 2 rules found\n\n")
  }

  @Test func aMetricThatIsNeverThereIsAWarning() async throws {
    let scratch = try Scratch()
    let text = Self.good.replacing("sum(mcp_up)", with: "sum(mcp_upp)")
    let file = try scratch.write("rules.yml", text).path
    let result = try await check([file])
    #expect(result.status == 0 && result.output.contains("SUCCESS: 2 rules found"))
    #expect(
      result.errors == "warning: \(file):4:42: group \"mcp\", rule 1, \"mcp:up:sum\": "
        + "metric \"mcp_upp\" is never there; did you mean \"mcp_up\"?\n")
  }

  @Test func unknownFieldsMayBeIgnored() async throws {
    let scratch = try Scratch()
    let file = try scratch.write("rules.yml", "owner: me\n" + Self.good).path
    #expect(try await check([file]).status == 1)
    #expect(try await check(["--ignore-unknown-fields", file]).status == 0)
  }
}
