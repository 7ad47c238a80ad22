import RuleTesting
import Testing

/// How the clock goes, what is loaded and evaluated when, and what ends a test.
struct RunTests {
  private func failures(rules: String = "", _ tests: String) throws -> [String] {
    try TestBench(rules: rules, tests).failures()
  }

  @Test func rulesSeeTheSamplesUpToTheirTickOnly() throws {
    let failures = try failures(
      rules:
        "groups: [{name: g, rules: [{record: r, expr: 'count_over_time(m[10m] offset -5m)'}]}]",
      """
      rule_files: [rules.yml]
      evaluation_interval: 2m
      tests:
        - interval: 1m
          input_series: [{series: m, values: 1x9}]
          promql_expr_test:
            - {expr: r, eval_time: 0m, exp_samples: [{labels: r, value: 1}]}
            - {expr: r, eval_time: 4m, exp_samples: [{labels: r, value: 5}]}
            - {expr: timestamp(r), eval_time: 5m59s999ms, exp_samples: [{value: 240}]}
      """)
    // The clock goes on to the last tick, 4m, and no sample behind it is loaded.
    #expect(failures == [])
  }

  @Test func anAlertIsLookedAtWhereTheLastTickLeftIt() throws {
    let failures = try failures(
      rules: "groups: [{name: g, rules: [{alert: A, expr: m > 1}]}]",
      """
      rule_files: [rules.yml]
      tests:
        - input_series: [{series: m, values: 1 2 1}]
          alert_rule_test:
            - {eval_time: 2m, alertname: A}
            - {eval_time: 1m59s, alertname: A, exp_alerts: [{}]}
            - {eval_time: 59s, alertname: A}
      """)
    #expect(failures == [])
  }

  @Test func theClockBeginsWhereItIsSet() throws {
    let test = { (start: String) in
      """
      tests:
        - start_timestamp: \(start)
          input_series: [{series: m, values: 1 2 3}]
          promql_expr_test:
            - {expr: m, eval_time: 1m, exp_samples: [{labels: m, value: 2}]}
            - {expr: timestamp(m), eval_time: 2m, exp_samples: [{value: 1700000120}]}
      """
    }
    for start in ["1700000000", "2023-11-14T22:13:20Z", "'2023-11-14T23:13:20.000+01:00'"] {
      #expect(try failures(test(start)) == [])
    }
  }

  @Test func subqueriesStepByTheEvaluationInterval() throws {
    let failures = try failures(
      """
      evaluation_interval: 20s
      tests:
        - promql_expr_test:
            - {expr: 'count_over_time(vector(1)[1m:])', eval_time: 5m, exp_samples: [{value: 3}]}
      """)
    #expect(failures == [])
  }

  @Test func ofTwoDescriptionsOfASeriesTheLaterCounts() throws {
    let failures = try failures(
      """
      tests:
        - input_series: [{series: m, values: 7}, {series: m, values: 1}]
          promql_expr_test: [{expr: m, eval_time: 0, exp_samples: [{labels: m, value: 1}]}]
      """)
    #expect(failures == [])
  }

  @Test func groupsGoInTheOrderThatIsSet() throws {
    let rules = """
      groups:
        - {name: late, rules: [{record: b, expr: a + 1}]}
        - {name: early, rules: [{record: a, expr: 1}]}
      """
    let test = { (order: String, count: Int) in
      """
      rule_files: [rules.yml]
      group_eval_order: \(order)
      tests:
        - promql_expr_test: [{expr: count(b) or vector(0), eval_time: 0, exp_samples:
            [{value: \(count)}]}]
      """
    }
    #expect(try failures(rules: rules, test("[early, late]", 1)) == [])
    #expect(try failures(rules: rules, test("[late, early]", 0)) == [])
    #expect(
      try failures(rules: rules, test("[late, late]", 0)) == [
        "group name repeated in evaluation order: late"
      ])
  }

  @Test func aRuleThatFailsEndsItsTestAndNoOther() throws {
    let failures = try failures(
      rules: "groups: [{name: g, rules: [{record: r, expr: m * on () n}, {alert: A, expr: m}]}]",
      """
      rule_files: [rules.yml]
      tests:
        - input_series:
            - {series: m, values: 1}
            - {series: 'n{i="a"}', values: _ 1x5}
            - {series: 'n{i="b"}', values: _ _ _ 1x5}
          alert_rule_test: [{eval_time: 2m, alertname: A}, {eval_time: 4m, alertname: A}]
          promql_expr_test: [{expr: not run, eval_time: 9m}]
        - promql_expr_test: [{expr: 1, eval_time: 0}]
      """)
    #expect(failures.count == 3)
    #expect(failures[0].contains("alertname: A, time: 2m"))
    let duplicate = "found duplicate series for the match group {} on the right hand-side"
    #expect(failures[1].hasPrefix("    rule: r, time: 3m0s, err: \(duplicate)"))
    #expect(failures[2].hasPrefix("    expr: \"1\", time: 0s,"))
  }

  @Test func aRuleCannotWriteWhatIsThereAlready() throws {
    let failures = try failures(
      rules: "groups: [{name: g, rules: [{record: r, expr: 1}]}]",
      """
      rule_files: [rules.yml]
      tests: [{input_series: [{series: r, values: 7}]}]
      """)
    #expect(failures == ["    rule: r, time: 0s, err: duplicate sample for timestamp"])
  }

  @Test func aCheckOfAlertsNeedsAName() throws {
    let failures = try failures("tests: [{name: x, alert_rule_test: [{eval_time: 90s}]}]")
    #expect(
      failures == [
        "an item under alert_rule_test misses required attribute alertname at eval_time 1m30s "
          + "(in TestGroup x)"
      ])
  }

  @Test func theLastBitMayDifferWhenComparisonIsFuzzy() throws {
    for (value, passes) in [
      ("1", true), ("1.0000000000000002", true), ("0.9999999999999999", true),
      ("1.0000000000000004", false), (".nan", false), (".inf", false),
    ] {
      let failures = try failures(
        """
        fuzzy_compare: true
        tests: [{promql_expr_test: [{expr: 1, eval_time: 0, exp_samples: [{value: \(value)}]}]}]
        """)
      #expect(failures.isEmpty == passes, "\(value)")
    }
  }

  @Test func nativeHistogramsFailTheirTestAndNoOther() throws {
    let failures = try failures(
      """
      tests:
        - input_series: [{series: h, values: '{{sum:3 count:2 buckets:[2]}}'}]
          promql_expr_test: [{expr: h, eval_time: 0}]
        - promql_expr_test:
            - {expr: h, eval_time: 0, exp_samples: [{labels: h, histogram: '{{count:2}}'}]}
        - promql_expr_test: [{expr: 1, eval_time: 0, exp_samples: [{value: 1}]}]
      """)
    #expect(
      failures == [
        "    series: h, err: native histograms are not supported",
        "    expr: \"h\", err: native histograms are not supported",
      ])
  }

  @Test func manyTicksAreNoMatter() throws {
    let failures = try failures(
      rules: "groups: [{name: g, rules: [{record: r, expr: vector(1)}]}]",
      """
      rule_files: [rules.yml]
      tests:
        - promql_expr_test:
            - expr: count_over_time(r[20000m])
              eval_time: 19999m
              exp_samples: [{value: 20000}]
      """)
    #expect(failures == [])
  }
}
