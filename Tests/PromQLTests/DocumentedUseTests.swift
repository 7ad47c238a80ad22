import PromQL
import Testing

/// docs/promql.md shows these lines; DocumentationTests holds the page to them.
@Suite struct DocumentedUse {
  @Test func theLibraryIsUsedAsThePageSays() throws {
    var samples = MemorySource()
    samples.append(["__name__": "up", "mcp": "weather"], time: 60_000, value: 1)
    let query = try Query(Expression(parsing: "sum by (mcp) (sum_over_time(up[5m]))"))
    let result = try query.evaluate(at: 120_000, over: samples)  // times in milliseconds

    guard case .vector(let elements) = result.value else {
      Issue.record("\(result.value)")
      return
    }
    #expect(elements.count == 1)
  }
}
