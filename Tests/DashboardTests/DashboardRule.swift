import PromQL
import TestSupport
import Testing

/// A rule of Grafana's dashboard-linter: what is wrong with a dashboard, nothing when all is well.
struct DashboardRule: CustomTestStringConvertible, Sendable {
  /// The linter's name of it.
  var name: String
  var problems: @Sendable (Dashboard) -> [String]

  var testDescription: String { name }

  static let all: [Self] = variables + panels + targets
}

extension DashboardRule {
  private static let variables: [Self] = [
    Self(name: "uneditable-dashboard") { dashboard in
      dashboard.json["editable"] == .bool(false) ? [] : ["can be edited"]
    },
    Self(name: "template-datasource") { dashboard in
      let sources = dashboard.variables.filter { $0["type"].string == "datasource" }
      guard sources.count == 1, let source = sources.first else { return ["\(sources.count)"] }
      let isNamed = source["name"].string == "datasource" && source["label"].string == "Data source"
      return isNamed ? [] : ["another name or label"]
    },
    Self(name: "template-job") { $0.problems(ofChoice: "job", labelled: "Job") },
    Self(name: "template-instance") { $0.problems(ofChoice: "instance", labelled: "Instance") },
    Self(name: "template-label-promql") { dashboard in
      dashboard.labelVariables.flatMap { variable in
        let query = variable["query"].string ?? ""
        guard let parts = query.wholeMatch(of: /label_values\((.+), (\w+)\)/)?.output else {
          return ["\(query) is not of labels"]
        }
        let text = DashboardFilling.example.promql(String(parts.1))
        return (try? Expression(parsing: text)) == nil ? ["\(query) does not parse"] : []
      }
    },
    Self(name: "template-on-time-change-reload") { dashboard in
      dashboard.variables.filter { $0["type"].string == "query" && $0["refresh"].number != 2 }
        .map { "\($0["name"].string ?? "") is not read again" }
    },
  ]

  private static let panels: [Self] = [
    Self(name: "panel-datasource") { dashboard in
      dashboard.panels.filter { $0.source != "${datasource}" }.map(\.title)
        + dashboard.json["annotations"]["list"].array
        .filter { $0["datasource"]["uid"].string != "${datasource}" }
        .map { $0["name"].string ?? "" }
    },
    Self(name: "panel-title-description") { dashboard in
      dashboard.panels.filter { $0.title.isEmpty || $0.description.isEmpty }
        .map { "\"\($0.title)\": \"\($0.description)\"" }
    },
    Self(name: "panel-units") { dashboard in
      dashboard.panels.filter { !units.contains($0.unit ?? "") }
        .map { "\($0.title): \($0.unit ?? "none")" }
    },
    Self(name: "panel-no-targets") { dashboard in
      dashboard.panels.filter(\.targets.isEmpty).map(\.title)
    },
  ]

  /// Those of Grafana that the dashboards use.
  private static let units: Set = [
    "none", "short", "percentunit", "s", "ms", "bytes", "ops", "cps", "rowsps", "dateTimeFromNow",
    "bool", "bool_yes_no", "bool_on_off",
  ]

  private static let targets: [Self] = [
    Self(name: "target-promql") { dashboard in
      dashboard.targets.compactMap { target in
        guard let text = target.expression else { return target.sql == nil ? "empty" : nil }
        return (try? target.parsed()) == nil ? "does not parse: \(text)" : nil
      }
    },
    Self(name: "target-job") { $0.selectors(without: "job") },
    Self(name: "target-instance") { $0.selectors(without: "instance") },
    Self(name: "target-rate-interval") { dashboard in
      // The text, since what is parsed has its variables filled in.
      dashboard.targets.compactMap(\.expression).filter { text in
        text.matches(of: /\bi?rate\([^\[\]]*\[([^\]]*)\]/)
          .contains { $0.output.1 != "$__rate_interval" }
      }
    },
    Self(name: "target-counter-agg") { dashboard in
      dashboard.targets.flatMap { target in
        (try? target.parsed())?.bareCounters(within: nil) ?? []
      }
    },
  ]
}

extension Dashboard {
  /// Variables over the labels of Prometheus.
  var labelVariables: [JSON] {
    isOn("prometheus") ? variables.filter { $0["type"].string == "query" } : []
  }

  fileprivate func problems(ofChoice name: String, labelled label: String) -> [String] {
    guard isOn("prometheus") else { return [] }
    guard let variable = variable(name) else { return ["none of this name"] }
    let wanted: [(String, JSON, JSON)] = [
      ("type", variable["type"], .string("query")), ("label", variable["label"], .string(label)),
      ("data source", variable["datasource"]["uid"], .string("${datasource}")),
      ("multi", variable["multi"], .bool(true)), ("all", variable["includeAll"], .bool(true)),
      ("value of all", variable["allValue"], .string(".+")),
    ]
    return wanted.filter { $0.1 != $0.2 }.map(\.0)
  }

  /// Selectors without a matcher `label=~"$label"`.
  fileprivate func selectors(without label: String) -> [String] {
    targets.flatMap { target -> [String] in
      guard let selectors = try? target.parsed().selectors else { return [] }
      return selectors.filter { selector in
        !selector.matchers.contains {
          $0.label == label && $0.op == .matches && $0.value == DashboardFilling.anything(label)
        }
      }.map { "\($0.name ?? "{}") in \(target.expression ?? "")" }
    }
  }
}

extension Dashboard.Target {
  /// With its variables filled in; of no labels for SQL.
  func parsed() throws -> Expression {
    try Expression(parsing: DashboardFilling.example.promql(expression ?? "vector(0)"))
  }
}

extension DashboardFilling {
  /// Each variable is filled in with a value of its own, so that a matcher shows which it has.
  static func anything(_ variable: String) -> String { "any \(variable)" }

  static let example = DashboardFilling(
    from: 0, to: 3600, step: 15, scrapeInterval: 15,
    variables: [
      "job": anything("job"), "instance": anything("instance"), "mcp": anything("mcp"),
      "slo": "99.9",
    ])
}

extension Expression {
  /// Selectors of counters that are not within rate or increase.
  fileprivate func bareCounters(within function: String?) -> [String] {
    switch self {
    case .vector(let selector): selector.name.map { $0.isCounter ? [$0] : [] } ?? []
    case .matrix(let node):
      node.selector.name.map { name in
        let isCounted = ["rate", "irate", "increase"].contains(function)
        return name.isCounter && !isCounted ? [name] : []
      } ?? []
    case .call(let call):
      call.arguments.flatMap { $0.bareCounters(within: call.function.name) }
    default: children.flatMap { $0.bareCounters(within: nil) }
    }
  }
}

extension String {
  fileprivate var isCounter: Bool {
    ["_total", "_bucket", "_count", "_sum"].contains { hasSuffix($0) }
  }
}
