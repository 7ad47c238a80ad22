import Alerting
import ConfigFile
import Foundation
import PromQL
import Signals
import Testing

/// The rule files beside the tests.
enum RuleFixtures {
  static let directory = Fixtures.directory.appending(path: "rules", directoryHint: .isDirectory)

  static let invalid: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path())) ?? []
    return files.filter { $0.hasPrefix("invalid-") && $0.hasSuffix(".yml") }.sorted()
  }()

  static func text(_ name: String) throws -> String {
    try String(contentsOf: directory.appending(path: name), encoding: .utf8)
  }
}

func checkRules(
  _ text: String, file: String = "rules.yml", options: RuleFile.Options = .init()
) -> Result<RuleFile, ConfigProblems> {
  Result { () throws(ConfigProblems) in
    try RuleFile.parse(text: text, file: file, options: options)
  }
}

/// The problems of a rule file's text, a line each; none when it is valid.
func ruleProblems(in text: String, options: RuleFile.Options = .init()) -> [String] {
  switch checkRules(text, options: options) {
  case .success: []
  case .failure(let failure): failure.problems.map(\.description)
  }
}

struct RuleFixtureTests {
  @Test func thereAreFixtures() { #expect(RuleFixtures.invalid.count >= 9) }

  /// Each `invalid-MISTAKE.yml` has its messages beside it, in a `.txt`, which UPDATE_GOLDEN=1
  /// writes.
  @Test(arguments: RuleFixtures.invalid)
  func eachMistakeHasItsMessages(name: String) throws {
    guard case .failure(let failure) = checkRules(try RuleFixtures.text(name), file: name) else {
      Issue.record("\(name) is taken for valid")
      return
    }
    let found = failure.description + "\n"
    let golden = RuleFixtures.directory.appending(path: name.replacing(".yml", with: ".txt"))
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try found.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: golden, encoding: .utf8) == found)
  }

  @Test func everyFieldArrives() throws {
    let file = try checkRules(try RuleFixtures.text("valid-full.yml"), file: "full.yml").get()
    #expect(file.warnings.isEmpty)
    #expect(file.groups.map(\.name) == ["all fields", "defaults", "nulls"])
    let all = try #require(file.groups.first)
    #expect(all.key == "full.yml;all fields")
    #expect(all.interval == .seconds(90) && all.queryOffset == .milliseconds(1500))
    #expect(all.limit == 10)
    try #require(all.rules.count == 2)
    #expect(all.rules[0].name == "job:mcp_up:sum \u{2603}")
    #expect(all.rules[0].kind == .recording)
    #expect(
      all.rules[0].labels == [
        Label(name: "team", value: "ops"), Label(name: "tier", value: "two"),
      ])
    #expect(all.rules[1].expression.description == "mcp_up == 0")
    guard case .alerting(let alerting) = all.rules[1].kind else {
      Issue.record("no alert")
      return
    }
    #expect(alerting.holdDuration == .seconds(3600) && alerting.keepFiringFor == .seconds(300))
    #expect(
      alerting.labels.map { "\($0.name)=\($0.text)" } == [
        "empty=", "nothing=", "severity=page", "team=ops", "tier=1",
      ])
    #expect(alerting.labels.map(\.name) == all.rules[1].labels.map(\.name))
    #expect(alerting.annotations.map(\.name) == ["description", "summary"])
    #expect(alerting.annotations.map(\.text) == ["First.\n\nLast.\n\n", "It is down.\n"])
  }

  @Test func whatIsNotSaidIsTheDefault() throws {
    var options = RuleFile.Options()
    (options.interval, options.queryOffset) = (.seconds(7), .seconds(3))
    let text = try RuleFixtures.text("valid-full.yml")
    let groups = try checkRules(text, options: options).get().groups
    for group in groups.dropFirst() {
      #expect(group.interval == .seconds(7) && group.queryOffset == .seconds(3))
      #expect(group.limit == 0)
    }
    #expect(groups[1].rules.map(\.expression.description) == ["1", "16"])
    #expect(
      groups[1].rules[1].labels == [
        Label(name: "1", value: "2.0"), Label(name: "yes", value: "no"),
      ])
    #expect(groups[2].rules.isEmpty)
  }

  @Test func sharedValuesMeanWhatTheyStandFor() throws {
    let groups = try checkRules(try RuleFixtures.text("valid-shared.yml")).get().groups
    let lines = groups.flatMap { group in
      group.rules.map { rule in
        var hold = Duration.zero
        if case .alerting(let alerting) = rule.kind { hold = alerting.holdDuration }
        let labels = rule.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return "\(group.name) \(group.interval.prometheusText) \(rule.name) "
          + "\(hold.prometheusText) \(labels)"
      }
    }
    let own = "severity=1 site=other team=ops"
    #expect(
      lines == [
        "first 2m Down 2m \(own)", "first 2m Longer 1h \(own)",
        "second 2m Down 2m \(own)", "second 2m Longer 1h \(own)",
        "third 1m Down 2m \(own)", "third 1m Longer 1h \(own)",
        "fourth 1m Listed 3m \(own)",
      ])
  }

  @Test func aSecondDocumentIsAWarning() throws {
    let file = try checkRules(try RuleFixtures.text("valid-two-documents.yml")).get()
    #expect(file.rulesCount == 1)
    #expect(
      file.warnings.map(\.description) == ["rules.yml:3:1: a second document, which is not read"])
  }

  @Test(arguments: ["", "\n", "# nothing\n", "---\n", "~", "groups:", "groups: []", "{}"])
  func nothingWrittenIsNoGroups(text: String) throws {
    #expect(try checkRules(text).get().groups.isEmpty)
  }

  @Test func unknownFieldsMayBeIgnored() throws {
    var options = RuleFile.Options()
    options.ignoresUnknownFields = true
    let text = "x: 1\ngroups: [{name: a, y: 2, rules: [{alert: b, expr: 1, z: 3}]}]"
    #expect(ruleProblems(in: text).count == 3)
    #expect(try checkRules(text, options: options).get().rulesCount == 1)
  }
}
