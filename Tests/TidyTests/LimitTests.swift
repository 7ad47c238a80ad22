import Foundation
import TestSupport
import Testing

/// docs/limits.md names what there is.
@Suite struct Limits {
  private func words(of page: String) throws -> [String] {
    let url = projectRoot.appending(path: page)
    let text = try String(contentsOf: url, encoding: .utf8)
    return text.matches(of: /`((?:mcp|breakwater|process)_[a-z_]+)[`{]/).map { String($0.output.1) }
  }

  @Test func everyMetricOfThePageIsInTheCatalogue() throws {
    let catalogue = Set(try words(of: "docs/metrics.md"))
    let named = try words(of: "docs/limits.md")
    #expect(named.count > 30)
    #expect(named.filter { !catalogue.contains($0) } == [])
  }
}
