import TestSupport
import Testing

/// Each handler of blocks can fail, and a page that is right passes.
@Suite(.timeLimit(.minutes(5))) struct DocumentationBenchTests {
  private static let wrong: [(block: String, word: String)] = [
    ("```sh\nfalse\ntrue\n```", "ended with 1"),
    ("```sh\nfalse | cat\n```", "ended with 1"),
    ("```sh exit=1\ntrue\n```", "ended with 0"),
    ("```sh\ncurl -s http://127.0.0.1:9627/none\n```", "ended with 22"),
    ("```sh background=http://127.0.0.1:9090/\nfalse\n```", "it has ended"),
    ("```sh\necho one\n```\n```text\ntwo\n```", "not printed: [\"two\"]"),
    ("```sh\necho one\n```\n```text\n...\n```", "shows nothing"),
    ("```yaml\nmcps: []\nunheard_of: 1\n```", "unheard_of"),
    ("```yaml exit=1\nmcps: []\n```", "ended with 0"),
    ("```yaml\ngroups: [{name: a, rules: [{alert: B, expr: up +}]}]\n```", "ended with 1"),
    ("```yaml\nscrape_configs: [{job: a}]\n```", "ended with 1"),
    ("```yaml for=web\nbasic_auth_users: {a: b}\n```", "ended with 1"),
    ("```yaml for=alertmanager\ninhibit_rules: [{from: a}]\n```", "ended with 1"),
    ("```yaml\napiVersion: 7\n```", "no file below grafana/"),
    ("```yaml\nrule_files: [rules/mcp.yml]\ntests: [{interval: 1}]\n```", "ended with 1"),
    ("```json\n{\"a\": }\n```", "dataCorrupted"),
    ("```promql\nsum(\n```", "ended with 1"),
    ("```sql in=empty\nSELECT nothing;\n```", "does not exist"),
    ("```swift\nlet nobody = 1\n```", "has not these lines"),
  ]

  @Test func eachHandlerCanFail() async throws {
    let page = DocumentedPage(
      path: "wrong.md", text: Self.wrong.map(\.block).joined(separator: "\n\n## Next\n\n"))
    #expect(page.problems == [])
    let bench = try await DocumentationBench([page])
    let failures = await bench.failures(of: page)
    #expect(failures.count == Self.wrong.count)
    for (failure, wrong) in zip(failures, Self.wrong) {
      #expect(failure.contains(wrong.word), "\(wrong.block): \(failure)")
    }
    try await bench.end()
  }

  @Test func aPageThatIsRightPasses() async throws {
    let page = DocumentedPage(
      path: "right.md",
      text: """
        ```yaml file=mine.yml
        mcps: [{name: a, url: "http://127.0.0.1:8000/mcp"}]
        ```

        ```sh
        breakwater check config mine.yml
        curl -s http://127.0.0.1:9627/api/v1/mcps | jq -r '.data[].name'
        echo 3 apples
        ```

        ```text
        4 apples
        ```

        ## Another

        ```sh exit=3
        exit 3
        ```

        ```sh not-run="builds"
        false
        ```

        ```json
        {"a": [1, null]}
        ```
        """)
    let bench = try await DocumentationBench([page])
    let failures = await bench.failures(of: page)
    #expect(failures == [])
    try await bench.end()
  }
}
