import Foundation
import Patterns
import TestSupport
import Testing

/// Patterns and values with the answers of RE2 itself, read in place.
struct SharedRegexTests {
  struct File: Decodable {
    var values: [String]
    var cases: [Case]
    var expand: [Expansion]
  }
  struct Case: Decodable {
    var pattern: String
    var valid: Bool
    var matches: [Int]?
  }
  struct Expansion: Decodable {
    var pattern: String
    var replacement: String
    var value: String
    var result: String?
  }

  static let data = SharedCases.data("regex.json")

  @Test(.enabled(if: data != nil, "no ../shared/cases/regex.json"))
  func `every shared case has the answer that RE2 gives`() throws {
    let file = try JSONDecoder().decode(File.self, from: try #require(Self.data))
    #expect(file.cases.count >= 60)
    for one in file.cases {
      guard one.valid else {
        #expect(throws: PatternError.self, "\(one.pattern)") { try Pattern(one.pattern) }
        continue
      }
      let pattern = try Pattern(one.pattern)
      guard let expected = one.matches else { continue }
      let matches = file.values.indices.filter { pattern.matches(file.values[$0]) }
      #expect(matches == expected, "\(one.pattern)")
    }
    for one in file.expand {
      let result = try Pattern(one.pattern).expanding(one.replacement, matchingAll: one.value)
      #expect(result == one.result, "\(one.pattern) -> \(one.replacement)")
    }
  }
}
