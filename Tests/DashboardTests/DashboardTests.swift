import Agent
import Foundation
import PromQL
import Signals
import TestSupport
import Testing

/// The dashboards of grafana/, held to what Grafana's dashboard-linter asks and to this project.
struct DashboardTests {
  @Test func `there are four of them`() throws {
    let titles = try Dashboard.all().map { $0.json["title"].string ?? "" }
    #expect(
      titles == [
        "Breakwater / Agent", "Breakwater / Downtime from Postgres", "Breakwater / Fleet",
        "Breakwater / MCP",
      ])
  }

  @Test(arguments: DashboardRule.all)
  func `they keep each rule of the linter`(rule: DashboardRule) throws {
    for dashboard in try Dashboard.all() {
      #expect(rule.problems(dashboard) == [], "\(dashboard.name)")
    }
  }

  /// What is changed in a good dashboard, and the rules that then find something.
  static let mistakes: [(was: String, becomes: String, found: [String])] = [
    (#""editable": false"#, #""editable": true"#, ["uneditable-dashboard"]),
    (#""label": "Data source""#, #""label": "Source""#, ["template-datasource"]),
    (#""label": "Job""#, #""label": "Jobs""#, ["template-job"]),
    (#""label": "Instance""#, #""label": "Agent""#, ["template-instance"]),
    (#""allValue": ".+""#, #""allValue": ".*""#, ["template-job", "template-instance"]),
    (
      "label_values(breakwater_build_info, job)", "label_values(a{, job)", ["template-label-promql"]
    ),
    (#""refresh": 2"#, #""refresh": 1"#, ["template-on-time-change-reload"]),
    (
      #""uid": "${datasource}""#, #""uid": "P1809F7CD0C75ACF3""#,
      [
        "template-job", "template-instance", "panel-datasource",
      ]
    ),
    (#""title": "Open""#, #""title": """#, ["panel-title-description"]),
    (#""unit": "percentunit""#, #""unit": "percent of""#, ["panel-units"]),
    (#""targets": ["#, #""aims": ["#, ["panel-no-targets"]),
    ("sum(min by (mcp)", "sum(min by (mcp", ["target-promql"]),
    (#"{job=~\"$job\", instance"#, "{instance", ["target-job"]),
    (#", instance=~\"$instance\""#, "", ["target-instance"]),
    ("[$__rate_interval]", "[5m]", ["target-rate-interval"]),
    ("(increase(", "(max_over_time(", ["target-counter-agg"]),
  ]

  @Test(arguments: mistakes)
  func `a mistake is found by the rules on it and by no other`(
    mistake: (was: String, becomes: String, found: [String])
  ) throws {
    let text = try #require(try Dashboard.files()["fleet.json"])
    #expect(text.contains(mistake.was))
    let broken = try Dashboard(
      name: "broken", text: text.replacing(mistake.was, with: mistake.becomes))
    let found = DashboardRule.all.filter { !$0.problems(broken).isEmpty }.map(\.name)
    #expect(Set(found) == Set(mistake.found), "\(mistake.becomes)")
  }

  @Test func `every rule has a mistake that it finds`() {
    #expect(Set(Self.mistakes.flatMap(\.found)) == Set(DashboardRule.all.map(\.name)))
  }

  @Test func `they draw series that there are, and every recorded one`() throws {
    let rules = try String(
      contentsOf: projectRoot.appending(path: "rules/dashboards.yml"), encoding: .utf8)
    let recorded = Set(rules.matches(of: /record: (\S+)/).map { String($0.output.1) })
    let families = MetricCatalogue.families.flatMap { family in
      [family.name] + (family.kind == .histogram ? ["\(family.name)_bucket"] : [])
    }
    let drawn = Set(
      try Dashboard.all().flatMap(\.targets).flatMap { try $0.parsed().selectors }
        .compactMap(\.name))
    #expect(drawn.count > 50)
    #expect(drawn.subtracting(families).subtracting(recorded) == ["up", "ALERTS"])
    #expect(recorded.isSubset(of: drawn) && !recorded.isEmpty)
  }

  @Test func `panels have numbers of their own and lie side by side`() throws {
    for dashboard in try Dashboard.all() {
      let panels = dashboard.json["panels"].array
      #expect(Set(panels.map { $0["id"].number }).count == panels.count)
      #expect(Set(dashboard.panels.map(\.title)).count == dashboard.panels.count)
      var taken: Set<[Int]> = []
      for panel in panels {
        let places = panel["gridPos"].cells
        #expect(!places.isEmpty && taken.isDisjoint(with: places), "\(panel["title"])")
        taken.formUnion(places)
      }
      #expect(taken.allSatisfy { $0[0] < 24 })
    }
  }

  @Test func `links between dashboards lead to one of them`() throws {
    let dashboards = try Dashboard.all()
    let there = Set(dashboards.compactMap { $0.json["uid"].string })
    #expect(there.count == 4)
    let links = try Dashboard.files().values.flatMap { text in
      text.matches(of: /"\/d\/([\w-]+)\?/).map { String($0.output.1) }
    }
    #expect(!links.isEmpty && there.isSuperset(of: links))
    for dashboard in dashboards {
      #expect(dashboard.json["tags"] == .array([.string("breakwater")]))
    }
  }
}

extension JSON {
  /// The cells of the grid that a panel covers, as column and row.
  fileprivate var cells: Set<[Int]> {
    func whole(_ key: String) -> Int { Int(exactly: self[key].number ?? 0) ?? 0 }
    let columns = whole("x")..<(whole("x") + whole("w"))
    return Set(
      columns.flatMap { column in
        (whole("y")..<(whole("y") + whole("h"))).map { [column, $0] }
      })
  }
}
