import Agent
import Alerting
import ConfigFile
import Foundation
import Glibc
import Signals
import Testing

/// `rule_files` of a configuration.
struct RuleFilesSectionTests {
  private func rule(_ name: String, _ expression: String = "mcp_up == 0") -> String {
    "groups: [{name: \(name), rules: [{alert: \(name), expr: '\(expression)'}]}]\n"
  }

  private func load(_ text: String, in directory: RuleDirectory) -> [String] {
    let path = (try? directory.write("breakwater.yml", text)) ?? ""
    do throws(ConfigProblems) {
      let loaded = try ConfigFile.load(path: path)
      return loaded.settings.rules.map { "\($0.key.replacing(directory.path, with: ""))" }
    } catch {
      return error.problems.map { $0.description.replacing(directory.path, with: "") }
    }
  }

  @Test func patternsAreLookedUpBesideTheConfiguration() throws {
    let directory = try RuleDirectory()
    for name in ["b.yml", "a.yml", "a1.yml", "c.yaml", ".d.yml", "sub/e.yml"] {
      let group = name.filter { $0.isLetter || $0.isNumber }
      try directory.write("rules/\(name)", rule(group))
    }
    let all = [
      (
        "rules/*.yml",
        ["rules/.d.yml;dyml", "rules/a.yml;ayml", "rules/a1.yml;a1yml", "rules/b.yml;byml"]
      ),
      ("rules/?.yml", ["rules/a.yml;ayml", "rules/b.yml;byml"]),
      ("rules/[b-z].y*ml", ["rules/b.yml;byml", "rules/c.yaml;cyaml"]),
      ("rules/[^a.]*.yml", ["rules/b.yml;byml"]),
      ("rules/*/*.yml", ["rules/sub/e.yml;subeyml"]),
      ("./rules//b.yml", ["rules/b.yml;byml"]),
      ("\(directory.path)rules/b.yml", ["rules/b.yml;byml"]),
      ("rules/none*.yml", []), ("nowhere/*", []),
    ]
    for (pattern, expected) in all {
      #expect(load("rule_files: ['\(pattern)']", in: directory) == expected, "\(pattern)")
    }
  }

  @Test func filesComeInTheOrderOfTheListEachOnce() throws {
    let directory = try RuleDirectory()
    for name in ["a", "b", "c"] { try directory.write("\(name).yml", rule(name)) }
    #expect(
      load("rule_files: [c.yml, '[a-c].yml', ./a.yml]", in: directory) == [
        "c.yml;c", "a.yml;a", "b.yml;b",
      ])
  }

  @Test func aDirectoryOfOddCharactersIsNoPattern() throws {
    let outer = try RuleDirectory()
    try outer.write("[x]*/a.yml", rule("a"))
    let config = try outer.write("[x]*/breakwater.yml", "rule_files: ['*a.yml']")
    #expect(try ConfigFile.load(path: config).settings.rules.map(\.name) == ["a"])
  }

  @Test func whatIsNotThereIsAProblem() throws {
    let directory = try RuleDirectory()
    try directory.write("dir/x", "")
    #expect(unsafe symlink("circle.yml", "\(directory.path)circle.yml") == 0)
    #expect(
      load("rule_files:\n- no.yml\n- '[a.yml'\n- dir\n- circle.yml\n- ''\n- []", in: directory) == [
        "breakwater.yml:2:3: rule_files[0]: \"no.yml\" does not point to an existing file",
        "breakwater.yml:3:3: rule_files[1]: \"[a.yml\": syntax error in pattern",
        "breakwater.yml:6:3: rule_files[4]: must not be empty",
        "breakwater.yml:7:3: rule_files[5]: expected text, found a list",
        "dir:1:1: cannot be read: a directory",
        "circle.yml:1:1: cannot be read: links that lead in a circle",
      ])
    #expect(
      load("rule_files: a.yml", in: directory) == [
        "breakwater.yml:1:13: rule_files: expected a list"
      ])
    #expect(load("rule_files:", in: directory) == [])
  }

  @Test func allProblemsOfAllFilesAreTold() throws {
    let directory = try RuleDirectory()
    try directory.write("a.yml", rule("a", "rate(mcp_up)") + "x: 1\n")
    try directory.write("b.yml", rule("b"))
    try directory.write("c.yml", "groups: [")
    let found = load("rule_files: ['?.yml']\nmcps: 5\n", in: directory)
    #expect(
      found == [
        "breakwater.yml:2:7: mcps: expected a list",
        "a.yml:1:51: group \"a\", rule 1, \"a\": could not parse expression: 1:6: parse error: "
          + "expected type range vector in call to function \"rate\", got instant vector",
        "a.yml:2:1: field x not found (unknown key)",
        "c.yml:1:10: not YAML: while parsing a flow node on line 2: "
          + "did not find expected node content",
      ])
  }

  @Test func problemsOfManyFilesAreListedUpToABound() throws {
    let directory = try RuleDirectory()
    let many = (0..<800).map { "x\($0): 1" }.joined(separator: "\n")
    try directory.write("a.yml", many)
    try directory.write("b.yml", many)
    let found = load("rule_files: ['?.yml']", in: directory)
    #expect(found.count == 1001)
    #expect(found.last == "b.yml:200:1: too many problems: 600 more are not listed")
  }

  @Test func groupsTakeOverWhatTheConfigurationSays() throws {
    let directory = try RuleDirectory()
    try directory.write("a.yml", rule("a"))
    let path = try directory.write(
      "breakwater.yml",
      "global: {evaluation_interval: 5s, rule_query_offset: 30s}\nrule_files: [a.yml]")
    let group = try #require(try ConfigFile.load(path: path).settings.rules.first)
    #expect(group.interval == .seconds(5) && group.queryOffset == .seconds(30))
    #expect(group.file == "\(directory.path)a.yml")
    let zero = try check("global: {rule_query_offset: 0}").get().settings.global
    #expect(zero.ruleQueryOffset == .zero)
  }

  @Test func samplesAreKeptForAsLongAsRulesLookBack() throws {
    let directory = try RuleDirectory()
    try directory.write("a.yml", rule("near") + "")
    try directory.write("b.yml", rule("far", "avg_over_time(mcp_up[2h:1m] offset 1h) > 0"))
    let text = "rule_files: ['?.yml']\nstorage: {retention: {samples: "
    #expect(
      load(text + "184m}}", in: directory) == [
        "breakwater.yml:2:32: storage.retention.samples: shorter than the 3h5m that rule \"far\" "
          + "of group \"far\" in b.yml looks back"
      ])
    #expect(load(text + "185m}}", in: directory).count == 2)
    #expect(load(text + "auto}}", in: directory).count == 2)
  }

  @Test func selectorsThatMatchNothingAreWarnings() throws {
    let directory = try RuleDirectory()
    try directory.write(
      "a.yml",
      """
      groups:
        - name: a
          rules:
            - {record: "mcp:up:sum", expr: sum(mcp_up)}
            - alert: Typo
              expr: mcp_upp == 0 or mcp:up:summ > 1
            - alert: Value
              expr: 'mcp_health_status{status="helthy"} == 1'
            - alert: Fine
              expr: ALERTS{alertname="Typo", alertstate="firing"} and mcp:up:sum and other:rule
            - alert: Absent
              expr: absent(mcp_tols) or ALERTS{alertname="Tpyo"}
            - alert: Buckets
              expr: mcp_probe_duration_seconds_bucket{le="0.50"} or mcp_probe_duration_seconds
            - alert: Pattern
              expr: 'mcp_circuit_state{state=~"clo.*"} or mcp_circuit_state{state=~"shut|x"}'
            - {alert: Anything, expr: '{mcp="x"} or mcp_up{nolabel="x"} or vector(1)'}
      """)
    try directory.write("b.yml", "groups: [{name: b, rules: [{record: 'other:rule', expr: 1}]}]")
    let path = try directory.write("breakwater.yml", "rule_files: ['?.yml']")
    let found = try ConfigFile.load(path: path).warnings
      .map { $0.description.replacing(directory.path, with: "") }
    let start = "group \"a\", rule"
    #expect(
      found == [
        "a.yml:6:15: \(start) 2, \"Typo\": metric \"mcp_upp\" is never there; "
          + "did you mean \"mcp_up\"?",
        "a.yml:6:31: \(start) 2, \"Typo\": metric \"mcp:up:summ\" is never there; "
          + "did you mean \"mcp:up:sum\"?",
        "a.yml:8:16: \(start) 3, \"Value\": metric \"mcp_health_status\" never has "
          + "status=\"helthy\"; did you mean \"healthy\"?",
        "a.yml:12:22: \(start) 5, \"Absent\": metric \"mcp_tols\" is never there; "
          + "did you mean \"mcp_tools\"?",
        "a.yml:12:35: \(start) 5, \"Absent\": metric \"ALERTS\" never has alertname=\"Tpyo\"; "
          + "did you mean \"Typo\"?",
        "a.yml:14:15: \(start) 6, \"Buckets\": metric \"mcp_probe_duration_seconds_bucket\" "
          + "never has le=\"0.50\"",
        "a.yml:14:63: \(start) 6, \"Buckets\": metric \"mcp_probe_duration_seconds\" "
          + "is never there; did you mean \"mcp_probe_duration_seconds_sum\"?",
        "a.yml:16:53: \(start) 7, \"Pattern\": metric \"mcp_circuit_state\" never has "
          + "state=~\"shut|x\"",
      ])
  }

  /// A rule file that is part of the project raises no doubt.
  @Test func theRulesThatComeWithTheProgramAreWithoutDoubt() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = try RuleFile.load(path: root.appending(path: "rules/mcp.yml").path())
    #expect(file.rulesCount >= 6 && file.warnings.isEmpty)
    let doubts = RuleFile.selectorsWithoutSeries(in: [file], among: MetricCatalogue.known)
    #expect(doubts == [[]])
  }

  /// Labels whose values do not come from outside have a closed list.
  @Test func everyClosedLabelOfTheCatalogueIsKnown() {
    let known = MetricCatalogue.known
    let open: Set<String> = [
      "server_name", "server_version", "protocol_version", "transport", "version", "revision",
      "rule_group", "receiver", "integration", "check", "alertmanager",
    ]
    for family in MetricCatalogue.families {
      let name = family.kind == .histogram ? "\(family.name)_bucket" : family.name
      let closed = known.metrics[name]
      #expect(closed != nil, "\(name)")
      for label in family.labels where !open.contains(label) {
        #expect(closed?[label]?.isEmpty == false, "\(name) \(label)")
      }
    }
  }
}
