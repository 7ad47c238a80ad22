import Alerting
import ConfigFile
import Foundation
import RuleTesting
import Signals
import TestSupport
import Testing

/// What a test file may say, and what is told of one that is wrong.
struct FileTests {
  @Test func everyKeyIsRead() throws {
    let file = try RuleTests.parse(
      text: """
        rule_files: [a.yml, 'b/*.yml']
        evaluation_interval: 30s
        group_eval_order: [g, h]
        fuzzy_compare: true
        tests:
          - name: x
            interval: 10s
            start_timestamp: 1.5
            input_series: [{series: m, values: 1 2}]
            external_labels: {site: lab, a: 1}
            external_url: https://x.example
            alert_rule_test:
              - eval_time: 106700d
                alertname: A
                exp_alerts: [{exp_labels: {b: 2, a: true}, exp_annotations: {c: ''}}]
            promql_expr_test:
              - expr: m
                eval_time: 0
                exp_samples: [{labels: m, value: 0x10}, {histogram: '{{count:1}}'}]
        """, file: "t.yml")
    var expected = RuleTestFile()
    expected.ruleFiles = ["a.yml", "b/*.yml"]
    expected.evaluationInterval = .seconds(30)
    expected.groupOrder = ["g", "h"]
    expected.isFuzzy = true
    var test = RuleTest()
    test.name = "x"
    test.interval = .seconds(10)
    test.start = Timestamp(milliseconds: 1500)
    test.series = [RuleTest.InputSeries(series: "m", values: "1 2")]
    test.externalLabels = [Label(name: "a", value: "1"), Label(name: "site", value: "lab")]
    test.externalURL = "https://x.example"
    var alerts = AlertCheck()
    alerts.time = .seconds(106_700 * 86_400)
    alerts.alertName = "A"
    alerts.alerts = [
      AlertFace(
        labels: [Label(name: "a", value: "true"), Label(name: "b", value: "2")],
        annotations: [Label(name: "c", value: "")])
    ]
    test.alertChecks = [alerts]
    var samples = ExpressionCheck()
    samples.expression = "m"
    samples.samples = [.init(labels: "m", value: 16), .init(isHistogram: true)]
    test.expressionChecks = [samples]
    expected.tests = [test]
    #expect(file == expected)
  }

  @Test(arguments: ["", "tests: []", "tests: [{}]", "---\ntests:\n---\nnot: read\n", "# none"])
  func littleIsNeeded(text: String) throws {
    #expect(try TestBench(text).outcome().passed)
  }

  @Test func anchorsAreAllowed() throws {
    let bench = try TestBench(
      """
      tests:
        - input_series: &series [{series: m, values: 1}]
          promql_expr_test: &checks
            - {expr: m, eval_time: 0, exp_samples: [{labels: m, value: 1}]}
        - {input_series: *series, promql_expr_test: *checks}
      """)
    #expect(try bench.outcome().results.map(\.failures) == [[], []])
  }

  @Test(arguments: [
    (
      "tests:\n- input: 3\n  interval: 5\n",
      [
        "tests.yml:2:3: tests[0]: field input not found (unknown key)",
        "tests.yml:3:13: tests[0]: interval: not a valid duration string: \"5\"",
      ]
    ),
    (
      "test: []",
      ["tests.yml:1:1: field test not found (unknown key); did you mean \"tests\"?"]
    ),
    (
      "tests: [{promql_expr_test: [{expr: 1, exp_samples: [{value: '1'}]}]}]",
      ["tests.yml:1:61: tests[0].promql_expr_test[0].exp_samples[0]: value: expected a number"]
    ),
    (
      "tests: [{start_timestamp: yesterday}]",
      [
        "tests.yml:1:27: tests[0]: start_timestamp: expected seconds since 1970 or a time such as "
          + "2026-11-24T10:00:00Z"
      ]
    ),
    ("tests: 5", ["tests.yml:1:8: tests: expected a list"]),
    (
      "rule_files: ['[']\ntests: [{}]",
      ["tests.yml:1:1: rule_files: \"[\": syntax error in pattern"]
    ),
    (
      "tests: [",
      [
        "tests.yml:1:9: not YAML: while parsing a flow node on line 2: did not find expected node "
          + "content"
      ]
    ),
  ])
  func whatIsWrongIsToldWithItsPlace(text: String, problems: [String]) throws {
    #expect(try TestBench(text).problems() == problems)
  }

  @Test func unknownKeysMayBeIgnored() throws {
    let bench = try TestBench(
      rules: "groups: [{name: g, colour: red, rules: [{record: r, expr: 1, x: 1}]}]",
      """
      rule_files: [rules.yml]
      tests: [{colour: red, promql_expr_test: [{expr: r, exp_samples: [{labels: r, value: 1}]}]}]
      """)
    #expect(bench.problems().count == 1)
    let tests = try RuleTests.load(path: bench.path, ignoresUnknownFields: true)
    let outcome = RuleTestOutcome(file: bench.path, running: tests.file, over: tests.groups)
    #expect(outcome.failures == [])
  }

  @Test func ruleFilesAreFoundFromTheTestFile() throws {
    let bench = try TestBench(
      rules: "groups: [{name: g, rules: [{record: r, expr: 1}]}]",
      "rule_files: ['ru*.yml', ./rules.yml, none.yml]\ntests: [{}]")
    let tests = try RuleTests.load(path: bench.path)
    #expect(tests.groups.map(\.name) == ["g"])
    #expect(tests.warnings == ["no file match pattern \(bench.scratch.path("none.yml").path)"])
  }

  @Test func brokenRulesAreToldOnceAndOnlyIfThereIsATest() throws {
    let rules = "groups: [{name: g, rules: [{record: r, expr: 1 +}]}]"
    let bench = try TestBench(rules: rules, "rule_files: [rules.yml]\ntests: [{}, {}]")
    #expect(bench.problems().count == 1)
    #expect(bench.problems()[0].hasPrefix("rules.yml:1:"))
    #expect(try TestBench(rules: rules, "rule_files: [rules.yml]\ntests: []").problems() == [])
  }
}
