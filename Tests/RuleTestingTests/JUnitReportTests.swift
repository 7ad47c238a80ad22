import RuleTesting
import Testing

struct JUnitReportTests {
  @Test func outcomesAreWrittenInPromtoolsShape() throws {
    let outcome = try TestBench(
      """
      tests:
        - {name: a<b, promql_expr_test: [{expr: 1, eval_time: 0, exp_samples: [{value: 1}]}]}
        - promql_expr_test: [{expr: "1 < \\x01'", eval_time: 0}]
      """
    ).outcome()
    var named = outcome
    named.file = "t.yml"
    let broken = RuleTestOutcome(file: "u.yml", problem: "no & such\tfile")
    #expect(
      JUnitReport.xml([named, broken], at: "2026-11-24T10:00:00") == """
        <testsuites><testsuite name="t.yml" tests="2" failures="1" errors="0" skipped="0" \
        timestamp="2026-11-24T10:00:00"><testcase name="a&lt;b"></testcase>\
        <testcase name="unnamed#1"><failure>    expr: &#34;1 &lt; \\x01&#39;&#34;, time: 0s, err: \
        1:5: parse error: unexpected character: &#39;\\x01&#39;</failure></testcase></testsuite>\
        <testsuite name="u.yml" tests="1" failures="0" errors="1" skipped="0" \
        timestamp="2026-11-24T10:00:00"><testcase name="unknown">\
        <error>no &amp; such&#x9;file</error></testcase></testsuite></testsuites>
        """)
  }
}
