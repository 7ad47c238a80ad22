import Foundation
import TestSupport
import Testing

/// The shipped alerts, read as text, and the pages that they send a reader to.
@Suite struct RulePack {
  /// A rule from its `- alert:` up to the next one.
  struct Alert {
    var name: String
    var text: Substring

    /// The value of `key: value`, on a line of its own or in braces, without quotes.
    func value(_ key: String) -> String? {
      guard let found = text.firstRange(of: "\(key): ") else { return nil }
      let value = text[found.upperBound...].prefix { !"\n}".contains($0) }
      return value.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    }
  }

  private static let severities: Set = ["critical", "warning", "info", "none"]

  private func alerts() throws -> [Alert] {
    try SourceFile.all(in: ["rules"], endings: ["yml"])
      .filter { !$0.path.hasPrefix("rules/tests/") }
      .flatMap { Self.alerts(in: $0.lines.joined(separator: "\n")) }
  }

  private static func alerts(in text: String) -> [Alert] {
    let marks = text.ranges(of: "- alert: ")
    let ends = marks.dropFirst().map(\.lowerBound) + [text.endIndex]
    return zip(marks, ends).map { mark, end in
      let body = text[mark.upperBound..<end]
      return Alert(name: String(body.prefix { $0 != "\n" }), text: body)
    }
  }

  private func pages() throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: projectRoot.appending(path: "docs/runbooks").path)
  }

  @Test func everyAlertSaysHowBadItIsAndWhatToDo() throws {
    let alerts = try alerts()
    #expect(alerts.count >= 20)
    #expect(Set(alerts.map(\.name)).count == alerts.count, "a name is used twice")
    for alert in alerts {
      let severity = alert.value("severity")
      #expect(severity.map(Self.severities.contains) == true, "\(alert.name)")
      for key in ["summary", "description"] {
        #expect(alert.value(key)?.isEmpty == false, "\(alert.name): \(key)")
      }
      let page = "docs/runbooks/\(alert.name).md"
      #expect(alert.value("runbook_url") == page, "\(alert.name)")
    }
  }

  @Test func everyAlertHasAPageAndEveryPageAnAlert() throws {
    let alerts = try alerts()
    // The agent makes this one itself.
    let own = ["ReceiverFailing.md"]
    #expect(Set(try pages()) == Set(alerts.map { "\($0.name).md" } + own))
    for alert in alerts {
      let url = projectRoot.appending(path: "docs/runbooks/\(alert.name).md")
      let page = try String(contentsOf: url, encoding: .utf8)
      #expect(page.hasPrefix("# \(alert.name)\n"))
      #expect(
        page.contains("\nSeverity \(alert.value("severity") ?? "");"), "\(alert.name): severity")
    }
  }

  @Test func pagesLinkToPagesThatThereAre() throws {
    let pages = try pages()
    for page in try SourceFile.all(in: ["docs/runbooks"], endings: ["md"]) {
      for line in page.lines {
        for link in line.matches(of: /\]\(([^)]*)\)/).map(\.output.1) {
          #expect(pages.contains(String(link)), "\(page.path): \(link)")
        }
      }
    }
  }

  @Test func everyAlertHasATestThatExpectsItAndOneThatDoesNot() throws {
    let tests = try SourceFile.all(in: ["rules/tests"], endings: ["yml"])
      .flatMap(\.lines).joined(separator: "\n")
    for alert in try alerts() {
      #expect(tests.contains("alertname: \(alert.name)\n        exp_alerts:\n"), "\(alert.name)")
      let silence = "alertname: \(alert.name), exp_alerts: []"
      #expect(alert.name == "Watchdog" || tests.contains(silence), "\(alert.name)")
    }
  }

  /// The table of docs/rules.md has each alert with its severity, its `for` and its page.
  @Test func thePageOnRulesHasEveryAlertAsItIs() throws {
    let url = projectRoot.appending(path: "docs/rules.md")
    let page = try String(contentsOf: url, encoding: .utf8)
    let rows = page.matches(
      of: /(?m)^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) \| (\w+) \|(?: (\w+))? \| [^|]+ \|$/)
    #expect(rows.allSatisfy { $0.1 == $0.2 })
    let shown = rows.map { "\($0.1) \($0.3) \($0.4 ?? "")" }
    let there = try alerts().map { alert in
      let wait = alert.text.firstMatch(of: /(?m)^ +for: (\w+)$/).map { String($0.1) }
      return "\(alert.name) \(alert.value("severity") ?? "") \(wait ?? "")"
    }
    #expect(shown.sorted() == there.sorted())
  }
}
