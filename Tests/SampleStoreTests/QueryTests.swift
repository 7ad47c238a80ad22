import PromQL
import SampleStore
import TestSupport
import Testing

/// Queries of a head come to what the same queries of a plain source come to.
@Suite struct QueriesOfAHead {
  private static let selectors = [
    "metric_0", "metric_1", "{mcp=~\"mcp-[1-4]\"}", "metric_0{state!=\"open\"}",
    "metric_1{number!~\"3|5\"}",
  ]
  private static let windows = ["[10s]", "[1m]", "[5m]", "[1ms]", "[1m:7s]", "[30s:]"]
  private static let modifiers = ["", "", "", " offset 3s", " @ end()", " offset -20s"]
  private static let functions = FunctionSignature.all
    .filter { $0.arguments == [.matrix] && !$0.isExperimental }.map(\.name)

  private func expression(_ random: inout SeededRandom) -> String {
    func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
    let (selector, modifier) = (pick(Self.selectors), pick(Self.modifiers))
    let called = "\(pick(Self.functions))(\(selector)\(pick(Self.windows))\(modifier))"
    return switch Int.random(in: 0..<8, using: &random) {
    case 0..<4: called
    case 4: selector + modifier
    case 5: "timestamp(\(selector)\(modifier))"
    case 6: "sum by (mcp) (\(called))"
    default: "topk by (state) (2, \(called)) * on(number, mcp, state) \(selector)"
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>) func areThoseOfItsSamples(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var twins = Twins(seed: seed)
    try twins.addGroup(series: 9)
    try twins.addGroup(series: 12)
    for _ in 0..<200 { twins.step() }
    let head = twins.head.snapshot
    for _ in 0..<60 {
      let query = try Query(Expression(parsing: expression(&random)))
      let time = twins.randomWindow().through
      let found = Result { try query.evaluate(at: time, over: head).value }
      let wanted = Result { try query.evaluate(at: time, over: twins.oracle).value }
      #expect(text(found) == text(wanted), "\(query.expression) at \(time)")
      let ranges = [head as any SampleSource, twins.oracle].map { source in
        Result {
          try query.evaluate(from: time, through: time + 60_000, step: 7_001, over: source).value
        }
      }
      #expect(text(ranges[0]) == text(ranges[1]), "\(query.expression) from \(time)")
    }
  }

  /// Values with all their digits, NaN as a word: its sign says nothing.
  private func text(_ result: Result<QueryValue, any Error>) -> String {
    switch result {
    case .success(let value): "\(value)".split(separator: "-nan").joined(separator: "nan")
    case .failure(let error): "\(error)"
    }
  }
}
