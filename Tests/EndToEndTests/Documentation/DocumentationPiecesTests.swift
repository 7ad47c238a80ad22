import Foundation
import TestSupport
import Testing

/// What takes pages apart, by small pages.
@Suite struct DocumentationPieces {
  private func page(_ text: String, _ path: String = "a/b.md") -> DocumentedPage {
    DocumentedPage(path: path, text: text)
  }

  @Test func aBlockHasALanguageOptionsAndASection() {
    let page = page(
      "# A\n```sh exit=1 not-run=\"needs systemd\"\ntrue\n\n```\n## B\n```text\n```\n")
    #expect(page.problems == [])
    #expect(
      page.blocks == [
        DocumentedBlock(
          language: "sh", options: ["exit": "1", "not-run": "needs systemd"], text: "true\n\n",
          line: 2, section: 1),
        DocumentedBlock(language: "text", options: [:], text: "", line: 7, section: 2),
      ])
    #expect(page.headings == ["A", "B"])
  }

  @Test(arguments: [
    ("text\n\n    make run\n", "a/b.md:3: an indented block: give it a fence and a language"),
    ("- item\n\n      code\n", "a/b.md:3: an indented block: give it a fence and a language"),
    ("```\nx\n```\n    y\n", "a/b.md:4: an indented block: give it a fence and a language"),
    ("- item\n    goes on\n", nil), ("```sh\n    x\n```\n", nil),
    ("```sh\nx\n", "a/b.md:1: a fence without its end"),
    ("```sh what\nx\n```\n", "a/b.md:1: ' what': options are NAME=VALUE"),
    ("- a\n  ```sh\nx\n```\n", "a/b.md:2: a fence begins its line"),
  ])
  func whatIsNoBlockIsAProblem(_ text: String, _ problem: String?) {
    #expect(page(text).problems == (problem.map { [$0] } ?? []))
  }

  @Test(arguments: [
    ("sh", nil), ("sh exit=1", nil), ("", "a block without a language"),
    ("bash", "unknown language 'bash'"), ("json exit=1", "json has no option 'exit'"),
    ("sh exit=one", "exit=one: no number"),
    ("sh not-run=\"too hard\"", "not-run=\"too hard\": no known reason"),
    ("sql in=mine", "in=mine: no known database"), ("yaml for=me", "for=me: no known reader"),
  ])
  func aFenceSaysWhatIsKnown(_ info: String, _ complaint: String?) {
    #expect(page("```\(info)\nx\n```\n").blocks.map(\.complaint) == [complaint])
  }

  @Test(arguments: [
    ("mcps: []\n", ConfigurationKind.breakwater), ("groups: []\n", .rules),
    ("rule_files: [a]\n", .breakwater), ("rule_files: [a]\ntests: []\n", .ruleTests),
    ("scrape_configs: []\n", .prometheus), ("apiVersion: 1\nproviders: []\n", .grafana),
    ("route: {receiver: a}\n  groups: x\n", .breakwater),
  ])
  func whoseAConfigurationIsFollowsFromItsKeys(_ yaml: String, _ kind: ConfigurationKind) {
    #expect(ConfigurationKind(of: yaml) == kind)
  }

  @Test(arguments: [
    ("mcps: [{name: a}]\n", ConfigurationKind.breakwater, ""),
    ("logging: {}", .breakwater, "\nmcps: []\n"),
    (
      "route: {receiver: a}\n", .breakwater, "mcps: []\nreceivers: [{name: a}]\n"
    ),
    (
      "receivers:\n  - name: b\n", .breakwater, "mcps: []\nroute: {receiver: b}\n"
    ),
    (
      "inhibit_rules: []\n", .alertmanager,
      "receivers: [{name: nobody}]\nroute: {receiver: nobody}\n"
    ),
    ("scrape_configs: []\n", .prometheus, ""),
  ])
  func aFragmentIsMadeWhole(_ text: String, _ kind: ConfigurationKind, _ more: String) {
    #expect(whole(text, for: kind) == text + more)
  }

  @Test(arguments: [
    ("a 12.5 ms\nb\n", "  a   7 ms\n", []), ("x\n", "...\nx\n", []), ("x\n", "y\n", ["y"]),
    ("name | age\n-----+--\n x | 12\n", "name | age\n x | 3\n", []),
    ("2026-11-30T04:12:09.123Z ok\n", "1999-01-02T03:04:05.006Z ok\n", []),
    ("up (ok)\n", "down (ok)\n", ["down (ok)"]),
  ])
  func outputIsComparedByWords(_ output: String, _ shown: String, _ missing: [String]) {
    #expect(OutputShape.missing(from: output, shown: shown) == missing)
  }

  @Test func whatShowsNothingSaysNothing() {
    #expect(!OutputShape.says("...\n\n"))
    #expect(OutputShape.says("...\na\n"))
  }

  @Test(arguments: [
    ("The pack", "the-pack"), ("`GET /probe`", "get-probe"), ("One MCP, now!", "one-mcp-now"),
    ("On it (`rules/mcp.yml`)", "on-it-rulesmcpyml"), ("[A](b.md) and C", "a-and-c"),
  ])
  func aHeadingHasAnAnchor(_ heading: String, _ anchor: String) {
    #expect(DocumentedPage.anchor(of: heading) == anchor)
  }

  @Test(arguments: [
    ("[x](c.md)", nil), ("[x](c.md#there)", nil), ("[x](#here)", nil), ("[x](../top.md)", nil),
    ("[x](https://a.example/b)", nil), ("`[x](none.md)`", nil),
    ("[x](none.md)", "a/b.md:3: none.md: no such file"),
    ("[x](c.md#none)", "a/b.md:3: c.md#none: no such heading"),
    ("[x](#there)", "a/b.md:3: #there: no such heading"),
    ("[x](../../y.md)", "a/b.md:3: ../../y.md: outside the project"),
    ("[x](http://a.example)", "a/b.md:3: http://a.example: https, or a file of the project"),
  ])
  func aLinkThatLeadsNowhereIsNamed(_ link: String, _ broken: String?) {
    let page = page("# Here\n\n\(link)\n")
    let found = page.brokenLinks(
      { $0 == "a/c.md" ? self.page("## There\n", "a/c.md") : nil },
      exists: { ["a/c.md", "top.md", "a/b.md"].contains($0) })
    #expect(found == (broken.map { [$0] } ?? []))
  }

  @Test(arguments: [
    ("import A\nlet x = 1\n", true), ("let x = 1\nlet y = 2\n", true), ("let y = 2\n", true),
    ("import B\nlet x = 1\n", false), ("let x = 1\nlet z = 3\n", false),
    ("let x = 1\nlet y = 3\n", false), ("import A\n", false),
  ])
  func aSnippetIsFoundLineByLine(_ block: String, _ isThere: Bool) {
    let file = "import A\n\nfunc f() {\n    let x = 1\n    let y = 2\n\n    let z = 3\n}\n"
    #expect(SwiftSnippet.isIn(file, block) == isThere)
  }
}
