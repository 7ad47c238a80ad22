import Foundation
import RuleTesting
import Testing

/// Files that would take all time or memory are refused or fail, and soon.
struct HostileFiles {
  @Test(arguments: [
    ("1m", "292y"), ("1ms", "106700d"), ("1s", "5000001s"),
  ])
  func evaluationsAreBounded(interval: String, time: String) throws {
    let failures = try TestBench(
      """
      evaluation_interval: \(interval)
      tests: [{promql_expr_test: [{expr: 1, eval_time: \(time)}]}]
      """
    ).failures()
    #expect(failures.count == 1)
    #expect(failures[0].hasSuffix("err: more than 5000000 evaluations"))
  }

  @Test func valuesOfOneSeriesAreBounded() throws {
    let failures = try TestBench(
      "tests: [{input_series: [{series: m, values: 1x999999999999}]}]"
    ).failures()
    #expect(failures == ["    series: m, err: parse error: more than 100000 values"])
  }

  @Test func valuesOfAllSeriesAreBounded() throws {
    let series = (0..<200).map { "- {series: 'm{i=\"\($0)\"}', values: 1x99998}" }
    let text = "tests:\n- input_series:\n  " + series.joined(separator: "\n  ")
    #expect(
      try TestBench(text).failures() == ["    input_series, err: more than 10000000 values"])
  }

  @Test func aBombOfAliasesIsRefused() throws {
    var text = "tests:\n- input_series: &a0 [{series: m, values: 1}]\n"
    for level in 1...20 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "- external_labels: &a\(level) [\(aliases)]\n"
    }
    let problems = try TestBench(text).problems()
    #expect(problems.contains { $0.contains("holds more than 1000000 values") })
  }

  @Test func aHundredMegabytesAreRefusedUnread() throws {
    let bench = try TestBench("")
    let file = try FileHandle(forWritingTo: URL(filePath: bench.path))
    try file.truncate(atOffset: 100 << 20)
    try file.close()
    #expect(bench.problems() == ["tests.yml:1:1: larger than 8192 KiB"])
  }

  @Test func nothingOfTheDiskIsTakenForAFile() throws {
    let bench = try TestBench("rule_files: [/dev/zero, /]\ntests: [{}]")
    #expect(bench.problems().count == 2)
  }

  @Test(arguments: [
    "m{", "", "{", "m 1 2", "m{a=\"b\"} x", "\u{0}", "{{", "m{a=\"\\x\"}", "😀",
  ])
  func noTextIsTooOdd(text: String) throws {
    let quoted =
      "\""
      + text.reduce(into: "") { out, character in
        switch character {
        case "\"", "\\": out += "\\\(character)"
        case "\0": out += "\\0"
        default: out.append(character)
        }
      } + "\""
    _ = try TestBench(
      """
      tests:
        - input_series: [{series: \(quoted), values: 1}]
        - input_series: [{series: m, values: \(quoted)}]
          promql_expr_test:
            - {expr: \(quoted), eval_time: 0, exp_samples: [{labels: \(quoted), value: 1}]}
            - {expr: 1, eval_time: 0, exp_samples: [{labels: \(quoted), value: 1}]}
      """
    ).outcome(.only(""))
  }
}
