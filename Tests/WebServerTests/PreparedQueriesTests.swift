import PromQL
import Testing
import WebServer

@Suite struct PreparedQueriesTests {
  private let prepared = PreparedQueries()

  private func query(
    _ text: String, _ options: EngineOptions = EngineOptions(), isNew: Bool
  ) throws -> Query {
    let made = try Query(Expression(parsing: text), options: options)
    var wasMade = false
    let query = try prepared.query(text, options) { () throws(Problem) in
      wasMade = true
      return made
    }
    #expect(wasMade == isNew, "\(text)")
    return query
  }

  @Test func theSameTextWithTheSameOptionsIsMadeOnce() throws {
    let first = try query("up", isNew: true)
    #expect(try query("up", isNew: false) === first)
    var options = EngineOptions()
    options.lookbackDelta = 1
    _ = try query("up", options, isNew: true)
    _ = try query("up ", isNew: true)
  }

  /// Two spellings of one character: Swift's strings are equal, the label values are not.
  @Test func textsAreComparedByBytes() throws {
    _ = try query("up{a=\"\u{e9}\"}", isNew: true)
    _ = try query("up{a=\"e\u{301}\"}", isNew: true)
  }

  @Test func theOneUsedLongestAgoGoesFirst() throws {
    for number in 0..<32 { _ = try query("x\(number)", isNew: true) }
    _ = try query("x0", isNew: false)
    _ = try query("x32", isNew: true)
    #expect(prepared.count == 32)
    _ = try query("x0", isNew: false)
    _ = try query("x1", isNew: true)
  }

  @Test func largeOnesAreNotKept() throws {
    let small = try query("small", isNew: true)
    prepared.weigh(small, samples: 10)
    let large = try query("large", isNew: true)
    prepared.weigh(large, samples: 50_001)
    #expect(prepared.count == 0)
    _ = try query("x{a=\"" + String(repeating: "a", count: 5000) + "\"}", isNew: true)
    #expect(prepared.count == 0)
  }

  @Test func whatFailedIsForgotten() throws {
    let failed = try query("up", isNew: true)
    prepared.forget(failed)
    _ = try query("up", isNew: true)
  }
}
