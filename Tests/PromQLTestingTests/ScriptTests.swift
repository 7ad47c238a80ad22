import PromQLTesting
import Testing

/// The language of Prometheus's engine tests: what passes, what fails and why, what is skipped.
@Suite struct Scripts {
  private func report(_ text: String) -> Report {
    var report = Report()
    report.run(text, of: "x.test")
    return report
  }

  static let load = """
    load 1m
      a{x="1"} 1 2 3
      a{x="2"} 10 20 30


    """

  /// An `eval` and its block, on line 5.
  @Test(arguments: [
    "eval instant at 1m a\n  a{x=\"1\"} 2\n  a{x=\"2\"} 20",
    "EVAL instant at 1m a\n  a{x=\"2\"} 20.000001\n  a{x=\"1\"} 2",
    "eval instant at 2m sum(a)\n  {} 33",
    "eval instant at 1h a",
    "eval instant at 0 scalar(a{x=\"1\"})\n  1",
    "eval instant at 0 NaN\n  NaN",
    "eval instant at 0 \"b\"\n  expect string `b`",
    "eval instant at 1m a / 0\n  {x=\"1\"} Inf\n  {x=\"2\"} +Inf",
    "eval instant at 1m sort_desc(a)\n  expect ordered\n  a{x=\"2\"} 20\n  a{x=\"1\"} 2",
    "eval_ordered instant at 1m sort(a)\n  a{x=\"1\"} 2\n  a{x=\"2\"} 20",
    "eval range from 0 to 2m step 1m a{x=\"1\"}\n  a{x=\"1\"} 1 2 3",
    "eval range from 1m to 3m step 2m a{x=\"1\"} > 2\n  a{x=\"1\"} _ 3",
    "eval range from 0 to 1m step 1m vector(7)\n  {} 7x1",
    "eval instant at 2m a{x=\"1\"}[2m]\n  expect range vector from 1m to 2m step 1m\n"
      + "  a{x=\"1\"} 2 3",
    "eval instant at 1m a + on() a\n  expect fail",
    "eval_fail instant at 1m a + on() a",
    "eval instant at 1m label_replace(a, \"x\", \"\", \"\", \"\")\n"
      + "  expect fail msg: vector cannot contain metrics with the same labelset",
    "eval instant at 1m label_replace(a, \"x\", \"\", \"\", \"\")\n"
      + "  expect fail regex: same .+set$",
    "eval instant at 1m quantile(2, a)\n  expect warn\n  expect no_info\n  {} Inf",
    "eval_warn instant at 1m quantile(2, a)\n  {} Inf",
    "eval instant at 1m quantile(2, a)\n  {} Inf\n  expect warn msg: PromQL warning: "
      + "quantile value should be between 0 and 1, got 2 (1:10)",
    "eval instant at 1m quantile(2, a)\n  {} Inf\n  expect warn regex: got 2 \\(1:10\\)",
    "eval instant at 1m rate(a[2m])\n  expect info\n  expect no_warn\n"
      + "  {x=\"1\"} 0.01666666\n  {x=\"2\"} 0.1666666",
    "eval_info instant at 1m rate(a[2m])\n  {x=\"1\"} 0.01666666\n  {x=\"2\"} 0.1666666",
    "eval instant at 1m time() - 60\n  0",
    "eval instant at 1m timestamp(a{x=\"1\"})\n  {x=\"1\"} 60",
    "eval instant at 1m a{x=\"3\"} # a comment",
  ])
  func holds(evaluation: String) {
    #expect(report(Self.load + evaluation + "\n").lines == [])
    #expect(report(Self.load + evaluation).closingLine == "1 passed, 0 failed, 0 skipped")
  }

  @Test(arguments: [
    ("a\n  a{x=\"1\"} 2", "unexpected a{x=\"2\"} with 20"),
    ("a\n  a{x=\"1\"} 2\n  a{x=\"2\"} 21", "expected 21 for a{x=\"2\"}, got 20"),
    ("a{x=\"1\"}\n  a{x=\"1\"} 2\n  a{x=\"2\"} 20", "expected a{x=\"2\"}, which is not there"),
    ("a{x=\"1\"} - 2\n  {x=\"1\"} 1e-300", "expected 1e-300 for {x=\"1\"}, got 0"),
    (
      "sort(a)\n  expect ordered\n  a{x=\"2\"} 20\n  a{x=\"1\"} 2",
      "expected a{x=\"1\"} at position 2, it is at 1"
    ),
    ("1\n  2", "expected 2, got 1"), ("1", "expected nothing, got the scalar 1"),
    ("1\n  {} 1", "expected a vector or matrix, got the scalar 1"),
    ("a\n  1", "expected a scalar, got a vector"),
    ("\"b\"\n  expect string \"c\"", "expected the string 'c', got 'b'"),
    ("\"b\"\n  1", "expected a scalar, got a string"),
    ("a\n  expect fail", "expected an error, there is none"),
    ("a + on() a\n", "found duplicate series for the match group {}"),
    ("a + on() a\n  expect fail msg: no", "expected the error 'no', got: found duplicate"),
    ("a + on() a\n  expect fail regex: ^no", "expected the error like '^no', got: found duplicate"),
    ("a[5m]\n  a{x=\"1\"} 2", "expected a vector or matrix, got a range vector"),
    ("quantile(2, a)\n  expect no_warn\n  {} Inf", "expected no warning, got: PromQL warning"),
    ("sum(a)\n  expect warn\n  {} 22", "expected warning of any text, got none"),
    ("rate(a[2m]) > 9\n  expect no_info", "expected no info, got: PromQL info: metric might not"),
    ("quantile(2, a)\n  expect warn msg: no\n  {} Inf", "expected warning 'no', got [\"PromQL"),
    (
      "quantile(2, a) + quantile(3, a)\n  {} Inf\n  expect warn regex: got 2",
      "unexpected warning: PromQL warning: quantile value should be between 0 and 1, got 3"
    ),
    ("a +", "1:4: parse error: unexpected end of input"),
  ])
  func failuresAreReportedWithFileAndLine(evaluation: String, why: String) {
    let report = report(Self.load + "eval instant at 1m " + evaluation + "\n")
    #expect(report.lines.count == 1)
    #expect(report.lines.first?.hasPrefix("x.test:5: failed: \(why)") == true, "\(report.lines)")
    #expect(report.closingLine == "0 passed, 1 failed, 0 skipped")
  }

  @Test(arguments: [
    ("a{x=\"1\"}\n  a{x=\"1\"} 1 2 4", "a{x=\"1\"}: expected 4 at 120000 ms, got 3"),
    ("a{x=\"1\"}\n  a{x=\"1\"} 1 2", "a{x=\"1\"}: expected 2 samples, got 3"),
    ("a{x=\"1\"}\n  a{x=\"1\"} _ 2 3", "a{x=\"1\"}: expected a sample at 60000 ms, it is at 0 ms"),
    ("a{x=\"1\"}", "unexpected a{x=\"1\"} with 3 samples"),
    ("b\n  b 1", "expected b, which is not there"),
  ])
  func rangesAreComparedSampleBySample(evaluation: String, why: String) {
    let report = report(Self.load + "eval range from 0 to 2m step 1m " + evaluation + "\n")
    #expect(report.lines == ["x.test:5: failed: \(why)"])
  }

  @Test(arguments: [
    ("info(a)", "function \"info\" is not supported"),
    ("1 + limitk(1, a)", "aggregation \"limitk\" is not supported"),
    ("a[5m+1m]", "duration expression \"5m + 1m\" is not supported"),
    ("a + fill(1) a", "modifier \"fill\" is not supported"),
    ("a\n  a {{sum:1}}", "native histograms are not supported"),
    ("sum(h)\n  {} 1", "h{x=\"1\"} could not be loaded"),
    ("rate({x=\"1\", y=\"\"}[5m])", "h{x=\"1\"} could not be loaded"),
    ("count(sum_over_time(n[5m:]))", "n{x=\"3\"} could not be loaded"),
    ("st", "st could not be loaded"),
  ])
  func whatIsNotRunIsSkippedWithTheReason(evaluation: String, why: String) {
    let load = """
      load 1m
        h{x="1"} 1 {{sum:1}}
        h{x="2"} 1
        st@st -30s
        st 1

      load_with_nhcb 1m
        n_bucket{x="3", le="+Inf"} 4
        n_count{x="3"} 4
        n_sum{x="3"} 4


      """
    let report = report(load + "eval instant at 1m " + evaluation + "\n")
    #expect(report.lines.first?.hasPrefix("x.test:12: skipped: ") == true)
    #expect(report.lines.first?.hasSuffix(why) == true, "\(report.lines)")
    #expect(report.closingLine == "0 passed, 0 failed, 1 skipped")
    let others = others(load)
    #expect(others == "3 passed, 0 failed, 0 skipped", "what does not touch them is run")
  }

  private func others(_ load: String) -> String {
    report(
      load + """
        eval instant at 0 h{x="2"}
          h{x="2"} 1

        eval instant at 0 n_count
          n_count{x="3"} 4

        eval instant at 0 n_bucket
          n_bucket{le="+Inf", x="3"} 4

        """
    ).closingLine
  }

  @Test func blocksEndAtEmptyLinesAndComments() {
    let text = """
      # A comment.

      clear
      load 1m
        a 1 2
      # This ends the block.
      eval instant at 0 a
        a 1
      # So does this, and the next line is no command:
        a 1
      """
    #expect(report(text).lines == ["x.test:10: failed: unknown command a"])
  }

  @Test func clearForgetsWhatWasLoadedAndDropped() {
    let text = """
      load 1m
        a 1
        h {{sum:1}}
      \("")
      clear
      eval instant at 0 a
      \("")
      eval instant at 0 h
      """
    #expect(report(text).closingLine == "2 passed, 0 failed, 0 skipped")
  }

  @Test func loadsAddUpAndMustNotContradict() {
    let text = """
      load 1m
        a 1
      \("")
      load 2m
        a _ 3
        b 1
        b 2
      \("")
      eval range from 0 to 2m step 2m {__name__=~"a|b"}
        a 1 3
        b 2 2
      \("")
      load 1m
        a 2
      """
    #expect(report(text).lines == ["x.test:13: failed: a has another value at 0 ms"])
    #expect(report(text).passed == 1)
  }

  @Test(arguments: [
    ("nothing", 1, "unknown command nothing"), ("load", 1, "bad time"),
    ("load 5x", 1, "bad time 5x"),
    ("load 0", 1, "a step must be longer than nothing"), ("\nload 1m\n  a b", 3, "parse error: "),
    ("load 1m\n  a{ 1", 2, "parse error: unexpected character inside braces"),
    ("eval", 1, "expected 'instant' or 'range' behind eval"),
    ("eval instant 5m a", 1, "expected 'at'"),
    ("eval instant at 5m", 1, "no query"), ("eval range from 0 to 5m a", 1, "expected 'step'"),
    ("eval range from 5m to 0 step 1m a", 1, "a range must not end before it starts"),
    ("eval range from 0 to 5m step 0 a", 1, "a step must be longer than nothing"),
    ("eval_what instant at 0 a", 1, "unknown command eval_what"),
    ("eval instant at 0 a\n  a 1 2", 2, "an instant has one value for each series"),
    ("eval instant at 0 a\n  expect nothing", 2, "unknown expectation nothing"),
    ("eval instant at 0 a\n  expect fail text: b", 2, "expected 'msg:' or 'regex:'"),
    ("eval instant at 0 a\n  expect string b", 2, "expected a string in quotes"),
    ("eval instant at 0 a\n  expect range of", 2, "expected 'range vector'"),
  ])
  func whatIsNoScriptFailsAtItsLine(text: String, line: Int, why: String) {
    let report = report(text)
    #expect(
      report.lines.first?.hasPrefix("x.test:\(line): failed: \(why)") == true, "\(report.lines)")
    #expect(report.failed == 1)
  }

  @Test func reportsOfSeveralFilesAddUp() {
    var report = Report()
    report.run("eval instant at 0 1\n  1", of: "a.test")
    report.run("eval instant at 0 1\n  2", of: "b.test")
    report.run("eval instant at 0 step()", of: "c.test")
    report.fail("d.test", "cannot be read: no such file")
    #expect(
      report.lines == [
        "b.test:1: failed: expected 2, got 1",
        "c.test:1: skipped: 1:1: parse error: function \"step\" is not supported",
        "d.test:1: failed: cannot be read: no such file",
      ])
    #expect(report.closingLine == "1 passed, 2 failed, 1 skipped")
  }
}
