import RuleTesting
import Testing

private let rules = """
  groups:
    - name: g
      rules:
        - alert: A
          expr: m > 0
          labels: {s: 'p "q"'}
          annotations: {d: "hi {{ $value }}", e: ""}
        - {record: r, expr: sum by (i) (m)}
  """

private let series = """
  rule_files: [rules.yml]
  tests:
    - name: first
      input_series:
        - {series: 'm{i="a"}', values: '1 2 3'}
        - {series: 'm{i="b"}', values: '1 2 -1'}
  """

/// The texts are those of promtool 2.42.
struct ComparisonTexts {
  private func failures(
    _ checks: String, _ options: RuleTestOptions = RuleTestOptions()
  ) throws -> [String] {
    try TestBench(rules: rules, series + "\n" + checks).failures(options)
  }

  @Test func firingAlertsThatWereNotExpectedAreShown() throws {
    let failures = try failures(
      "    alert_rule_test: [{eval_time: 1m30s, alertname: A, exp_alerts: []}]")
    #expect(
      failures == [
        """
            name: first,
            alertname: A, time: 1m30s,\(" ")
                exp:[],\(" ")
                got:[
                    0:
                      Labels:{alertname="A", i="a", s="p \\"q\\""}
                      Annotations:{d="hi 2", e=""},
                    1:
                      Labels:{alertname="A", i="b", s="p \\"q\\""}
                      Annotations:{d="hi 2", e=""}
                    ]
        """
      ])
  }

  @Test func alertsAreComparedInAnyOrder() throws {
    let failures = try failures(
      """
          alert_rule_test:
            - eval_time: 1m
              alertname: A
              exp_alerts:
                - {exp_labels: {i: b, s: 'p "q"'}, exp_annotations: {d: hi 2, e: ""}}
                - {exp_labels: {s: 'p "q"', i: a}, exp_annotations: {e: "", d: hi 2}}
            - eval_time: 2m
              alertname: A
              exp_alerts:
                - {exp_labels: {i: a, s: 'p "q"'}, exp_annotations: {d: hi 3, e: ""}}
      """)
    #expect(failures == [])
  }

  @Test(arguments: [
    "{exp_labels: {i: a}, exp_annotations: {d: hi 3, e: ''}}",
    "{exp_labels: {i: a, s: 'p \"q\"'}, exp_annotations: {d: hi 3}}",
    "{exp_labels: {i: a, s: 'p \"q\"', x: ''}, exp_annotations: {d: hi 3, e: ''}}",
    "{}",
  ])
  func everyLabelAndAnnotationCounts(alert: String) throws {
    let check = "    alert_rule_test: [{eval_time: 2m, alertname: A, exp_alerts: [\(alert)]}]"
    #expect(try failures(check).count == 1)
  }

  @Test func anAlertThatNoRuleHasDoesNotFire() throws {
    let failures = try failures(
      "    alert_rule_test: [{eval_time: 2m, alertname: B, exp_alerts: [{}]}]")
    #expect(
      failures == [
        """
            name: first,
            alertname: B, time: 2m,\(" ")
                exp:[
                    0:
                      Labels:{alertname="B"}
                      Annotations:{}
                    ],\(" ")
                got:[]
        """
      ])
  }

  @Test(arguments: [
    (
      "{expr: m, eval_time: 5m}",
      """
       time: 5m,
              exp: nil
              got: {__name__="m", i="a"} 3E+00, {__name__="m", i="b"} -1E+00
      """
    ),
    ("{expr: m +, eval_time: 5m}", " time: 5m, err: 1:4: parse error: unexpected end of input"),
    (
      "{expr: 'm[5m]', eval_time: 5m}",
      " time: 5m, err: rule result is not a vector or scalar"
    ),
    (
      "{expr: 'r * 1e30 / 3', eval_time: 1m, exp_samples: [{labels: 'f{', value: 2}]}",
      " time: 1m, err: labels \"f{\": parse error: unexpected end of input inside braces"
    ),
    (
      "{expr: 1 / 3, eval_time: 0, exp_samples: [{labels: '{}', value: 0.333}]}",
      """
       time: 0s,
              exp: {} 3.33E-01
              got: {} 3.333333333333333E-01
      """
    ),
    (
      "{expr: m / 0 - m / 0, eval_time: 0, exp_samples: [{labels: '{i=\"a\"}', value: .nan}]}",
      """
       time: 0s,
              exp: {i="a"} NaN
              got: {i="a"} NaN, {i="b"} NaN
      """
    ),
  ])
  func whatAnExpressionGivesIsShown(check: String, text: String) throws {
    let failures = try failures("    promql_expr_test: [\(check)]")
    #expect(failures.count == 1)
    #expect(failures[0].hasSuffix(text), "\(failures[0])")
    #expect(failures[0].hasPrefix("    expr: \""))
  }

  @Test func differencesAreShownWhenAskedFor() throws {
    var options = RuleTestOptions()
    options.showsDifferences = true
    let failures = try failures(
      """
          alert_rule_test:
            - eval_time: 2m
              alertname: A
              exp_alerts: [{exp_labels: {i: c}}]
          promql_expr_test:
            - expr: m
              eval_time: 2m
              exp_samples: [{labels: 'm{i="a"}', value: 3}, {labels: 'm{i="b"}', value: 7}]
      """, options)
    #expect(
      failures == [
        """
            name: first,
            alertname: A, time: 2m,\(" ")
                diff:
                    - Labels:{alertname="A", i="c"}
                      Annotations:{}
                    + Labels:{alertname="A", i="a", s="p \\"q\\""}
                      Annotations:{d="hi 3", e=""}
        """,
        """
            expr: "m", time: 2m,
                diff:
                    - {__name__="m", i="b"} 7E+00
                    + {__name__="m", i="b"} -1E+00
        """,
      ])
  }

  @Test func theSamplesAtTheEndAreShownWhenAskedFor() throws {
    var options = RuleTestOptions()
    options.dumpsSamples = true
    let bench = try TestBench(
      """
      tests: [{input_series: [{series: 'm{i="a"}', values: '1 _ 3'}],
        promql_expr_test: [{expr: absent(n), eval_time: 2m, exp_samples: [{value: 1}]}]}]
      """)
    let outcome = try bench.outcome(options)
    #expect(
      outcome.results.map(\.dump) == [
        """
        DEBUG: Dump of all data (input_series and rules) at 2m1s:
        {__name__="m", i="a"} =>
        1 @[0]
        3 @[120000]
        """
      ])
    #expect(outcome.passed)
  }
}
