import PromQL
import PromQLTesting
import Testing

/// Which numbers count as the same.
@Suite struct NumberComparison {
  @Test(
    arguments: [
      (1, 1, true), (1, 1.000001, true), (1, 1.00001, false), (0, 0, true), (0, 1e-300, false),
      (0, -0.0, true), (0, .leastNonzeroMagnitude, true), (.infinity, .infinity, true),
      (.infinity, -.infinity, false), (.nan, .nan, true), (.nan, 1, false),
      (StaleMarker.value, .nan, false), (StaleMarker.value, StaleMarker.value, true),
      (1e308, 1.0000001e308, true), (.greatestFiniteMagnitude, .infinity, false), (-1, 1, false),
    ] as [(Double, Double, Bool)])
  func isThatOfPrometheus(left: Double, right: Double, isSame: Bool) {
    #expect(Comparison.isAlmost(left, right) == isSame)
    #expect(Comparison.isAlmost(right, left) == isSame)
  }
}

/// The same query, pinned to a time.
@Suite struct Pinning {
  @Test(arguments: [
    ("a", "a @ 60.000"), ("a @ 5", "a @ 5.000"), ("a @ start()", "a @ 60.000"),
    ("rate(a[5m] @ end())", "rate(a[5m] @ 60.000)"), ("a offset 5m", "a @ 60.000 offset 5m"),
    ("sum(a) + -(b)", "sum(a @ 60.000) + -(b @ 60.000)"),
    ("topk(scalar(a), b)", "topk(scalar(a @ 60.000), b @ 60.000)"),
    ("rate(a[1m])[5m:]", "rate(a[1m])[5m:] @ 60.000"), ("a[5m:] @ 7", "a[5m:] @ 7.000"),
    ("rate(a[5m:1m] offset 1m)", "rate(a[5m:1m] @ 60.000 offset 1m)"), ("1 + 2", "1 + 2"),
  ])
  func writesTheTimeAtSelectorsAndOutermostSubqueries(text: String, pinned: String) throws {
    let expression = try Expression(parsing: text)
    #expect(AtRewriting.pinned(expression, at: 60_000).description == pinned)
  }

  @Test(
    arguments: [
      ("time()", true), ("sum(a) + hour(b)", true), ("predict_linear(a[5m], 1)", true),
      ("timestamp(a)", true), ("rate(a[5m])", false), ("a[5m:] > 1", nil), ("time", false),
    ] as [(String, Bool?)])
  func leavesOutFunctionsOfTheTime(text: String, depends: Bool?) {
    let expression = try? Expression(parsing: text)
    #expect(expression.map { AtRewriting.dependsOnTime($0) } == depends)
  }
}
