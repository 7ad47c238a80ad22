import PromQL
import Testing

/// What a short query must not make of few samples.
@Suite struct HostileQueries {
  private static let time: Int64 = 1_000

  private func source(series: Int) -> MemorySource {
    var source = MemorySource()
    for number in 0..<series {
      let labels = LabelSet.empty.setting(LabelSet.nameLabel, to: "m").setting("x", to: "\(number)")
      source.append(labels, time: Self.time, value: Double(number))
    }
    return source
  }

  private func evaluate(_ text: String, series: Int, budget: Int) throws -> QueryValue {
    var options = EngineOptions()
    options.maximumSamples = budget
    return try Query(Expression(parsing: text), options: options)
      .evaluate(at: Self.time, over: source(series: series)).value
  }

  @Test(arguments: [
    "m * on() group_left() (m == -1)", "(m == -1) * on() group_right() m", "m + on() (m == -1)",
  ])
  func seriesThatAreFilteredAwayMakeNoPairs(text: String) throws {
    #expect(try evaluate(text, series: 300, budget: 1_500) == .vector([]))
  }

  @Test func whatIsLeftOfManyStillMeets() throws {
    let value = try evaluate("m * on() group_left() (m == 7)", series: 300, budget: 1_500)
    guard case .vector(let elements) = value else { throw Unexpected() }
    #expect(elements.count == 300)
    #expect(elements.allSatisfy { $0.sample.value == 7 * (Double($0.labels["x"] ?? "") ?? -1) })
  }

  private static let nested = 40

  @Test(arguments: [
    (String(repeating: "label_replace(", count: nested), "\"x\", \"$1$1\", \"x\", \"(.*)\""),
    (String(repeating: "label_join(", count: nested), "\"x\", \"\", \"x\", \"x\""),
  ])
  func labelsThatGrowAreAnError(start: String, arguments: String) throws {
    let text = start + "m" + String(repeating: ", \(arguments))", count: Self.nested)
    let error = #expect(throws: QueryError.self) {
      try evaluate(text, series: 1, budget: 100_000)
    }
    #expect(error?.reason == .tooManySamples)
  }

  private struct Unexpected: Error {}
}
