import Foundation
import TestSupport
import Testing

/// The pages hold what they say: their commands run, their configurations load, their links lead
/// somewhere.
@Suite(.timeLimit(.minutes(5))) struct Documentation {
  /// Pages that one bench serves, one after another.
  struct Shelf: Sendable, CustomTestStringConvertible {
    var name: String
    var pages: [DocumentedPage]

    var testDescription: String { name }

    /// Each page by itself, but for the runbooks, which ask one agent.
    static let all: [Shelf] = {
      let pages = DocumentedPage.all.filter { !$0.blocks.isEmpty }
      let isRunbook = { (page: DocumentedPage) in page.path.hasPrefix("docs/runbooks/") }
      return pages.filter { !isRunbook($0) }.map { Shelf(name: $0.path, pages: [$0]) }
        + [Shelf(name: "docs/runbooks", pages: pages.filter(isRunbook))]
    }()
  }

  private static let tools = ["amtool", "jq", "openssl", "promtool", "psql"]

  @Test(
    .enabled(if: tools.allSatisfy(isInstalled), "\(tools): not all of them are on PATH"),
    arguments: Shelf.all)
  func everyBlockIsWhatItsPageSays(_ shelf: Shelf) async throws {
    let bench = try await DocumentationBench(shelf.pages)
    for page in shelf.pages {
      let failures = await bench.failures(of: page)
      #expect(failures == [])
    }
    try await bench.end()
  }

  @Test func everyBlockIsAFenceWithALanguage() {
    #expect(DocumentedPage.all.count > 50)
    for page in DocumentedPage.all {
      #expect(page.problems == [])
      for block in page.blocks {
        #expect(block.complaint == nil, "\(page.path):\(block.line)")
      }
    }
  }

  @Test func everyLinkLeadsSomewhere() {
    let others = ["ARCHITECTURE.md", "CHANGELOG.md"].compactMap { DocumentedPage(at: $0) }
    let pages = DocumentedPage.all + others
    let byPath = Dictionary(pages.map { ($0.path, $0) }) { first, _ in first }
    let broken = pages.flatMap { page in
      page.brokenLinks({ byPath[$0] }) {
        FileManager.default.fileExists(atPath: projectRoot.appending(path: $0).path)
      }
    }
    #expect(broken == [])
  }

  /// A page that no page leads to is not found.
  @Test func everyPageIsLinkedFromTheReadme() throws {
    let readme = try #require(DocumentedPage(at: "README.md"))
    let linked = Set(readme.links.map { $0.target.prefix { $0 != "#" } }.map { String($0) })
    let pages = DocumentedPage.all.map(\.path)
      .filter { $0.hasPrefix("docs/") && !$0.hasPrefix("docs/runbooks/") }
    #expect(pages.filter { !linked.contains($0) } == [])
  }
}
