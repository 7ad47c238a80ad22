import PromQL
import Testing

/// What one part of a query holds while another is evaluated counts.
@Suite struct SampleBudget {
  /// 11 steps, so that a budget of 30 has room for two columns.
  private static let nested = [
    "1 + (1 + (1 + time()))",
    "vector(1) + (1 + (1 + time()))",
    "clamp(vector(1), 1 + time(), 2 + time())",
    "clamp(clamp(vector(time()), 1, 2), 1, 2)",
    "quantile(0.5, topk(1, vector(time()) + 1))",
    "histogram_quantile(0.5, vector(time()) + 1)",
    "quantile_over_time(0.5, vector(time())[1s:100ms])",
  ]

  private func evaluate(_ text: String, budget: Int) throws -> QueryResult {
    var options = EngineOptions()
    options.maximumSamples = budget
    return try Query(Expression(parsing: text), options: options)
      .evaluate(from: 0, through: 10_000, step: 1_000, over: MemorySource())
  }

  @Test(arguments: nested) func countsWhatIsHeldMeanwhile(text: String) throws {
    #expect(throws: QueryError.self) { try evaluate(text, budget: 30) }
    #expect(try evaluate(text, budget: 300).peakSamples >= 33)
  }

  @Test func givesBackWhatWasHeld() throws {
    let sum = (["time()"] + [String](repeating: "1", count: 400)).joined(separator: " + ")
    #expect(try evaluate(sum, budget: 60).peakSamples <= 60)
  }
}
