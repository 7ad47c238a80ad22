import Foundation
import MCPWire
import TestSupport
import Testing

/// docs/probing.md has every outcome, with its verdict.
@Suite struct OutcomePageTests {
  @Test func thePageHasEachOutcomeOnceAndItsVerdict() throws {
    let page = try String(
      contentsOf: projectRoot.appending(path: "docs/probing.md"), encoding: .utf8)
    let rows = page.matches(of: /\n\| `([a-z0-9_]+)` \| (up|down|neutral|hold) \|/).map {
      [String($0.output.1), String($0.output.2)]
    }
    #expect(rows == ProbeOutcome.allCases.map { [$0.rawValue, $0.verdict.rawValue] })
  }
}
