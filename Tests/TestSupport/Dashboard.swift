import Foundation

/// A dashboard of grafana/dashboards, as far as tests look at it.
package struct Dashboard: Sendable {
  package struct Target: Sendable {
    package var reference: String
    package var expression: String?
    package var sql: String?
    package var isInstant: Bool
    package var legend: String
  }

  package struct Panel: Sendable {
    package var json: JSON
    package var targets: [Target]

    package var title: String { json["title"].string ?? "" }
    package var type: String { json["type"].string ?? "" }
    package var description: String { json["description"].string ?? "" }
    package var source: String { json["datasource"]["uid"].string ?? "" }
    package var unit: String? { json["fieldConfig"]["defaults"]["unit"].string }
    /// Whether it looks at today, whatever the range of the dashboard.
    package var isOfToday: Bool { json["timeFrom"].string == "now/d" }
  }

  /// Without its ending.
  package var name: String
  package var json: JSON
  /// Without rows.
  package var panels: [Panel]
  package var annotations: [Target]

  package init(name: String, text: String) throws {
    self.name = name
    json = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    panels = json["panels"].array.filter { $0["type"].string != "row" }.map { panel in
      Panel(json: panel, targets: panel["targets"].array.map { Target($0) })
    }
    annotations = json["annotations"]["list"].array.map { annotation in
      var target = Target(annotation)
      target.reference = annotation["name"].string ?? ""
      target.sql = annotation["target"]["rawSql"].string
      return target
    }
  }

  private static let directory = projectRoot.appending(path: "grafana/dashboards")

  /// The text of each file by its name.
  package static func files() throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    return try names.reduce(into: [:]) { files, name in
      files[name] = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    }
  }

  package static func all() throws -> [Dashboard] {
    try files().sorted { $0.key < $1.key }.map { name, text in
      try Dashboard(name: String(name.prefix { $0 != "." }), text: text)
    }
  }

  package var variables: [JSON] { json["templating"]["list"].array }

  package func variable(_ name: String) -> JSON? {
    variables.first { $0["name"].string == name }
  }

  /// Whether its variable chooses a data source of this plugin.
  package func isOn(_ plugin: String) -> Bool {
    variables.contains { $0["type"].string == "datasource" && $0["query"].string == plugin }
  }

  /// Of panels and annotations.
  package var targets: [Target] { panels.flatMap(\.targets) + annotations }
}

extension Dashboard.Target {
  init(_ json: JSON) {
    reference = json["refId"].string ?? ""
    expression = json["expr"].string
    sql = json["rawSql"].string
    isInstant = json["instant"] == .bool(true)
    legend = json["legendFormat"].string ?? ""
  }
}

/// What Grafana puts in the place of variables and macros before it sends a query.
package struct DashboardFilling: Sendable {
  /// Unix seconds.
  package var from: Double
  package var to: Double
  /// Seconds.
  package var step: Int
  package var scrapeInterval: Int
  package var variables: [String: String]

  package init(
    from: Double, to: Double, step: Int, scrapeInterval: Int, variables: [String: String]
  ) {
    self.from = from
    self.to = to
    self.step = step
    self.scrapeInterval = scrapeInterval
    self.variables = variables
  }

  private var rangeSeconds: Int { max(1, Int((to - from).rounded())) }

  /// PromQL. A variable of which all values are chosen stands for `.+`.
  package func promql(_ text: String) -> String {
    var values = variables
    values["__range"] = "\(rangeSeconds)s"
    values["__range_s"] = "\(rangeSeconds)"
    values["__interval"] = "\(step)s"
    values["__rate_interval"] = "\(max(step + scrapeInterval, 4 * scrapeInterval))s"
    return text.replacing(/\$(\w+)/) { match in
      values[String(match.output.1)] ?? String(match.output.0)
    }
  }

  /// SQL of Grafana's data source for PostgreSQL.
  package func sql(_ text: String) -> String {
    let since = "'\(Self.time(from))'"
    let until = "'\(Self.time(to))'"
    return
      text
      .replacing(/\$__timeFilter\(([^)]*)\)/) { "\($0.output.1) BETWEEN \(since) AND \(until)" }
      .replacing(/\$__timeGroupAlias\(([^,]*), \$__interval\)/) {
        "floor(extract(epoch from \($0.output.1))/\(step))*\(step) AS \"time\""
      }
      .replacing("$__timeFrom()", with: since).replacing("$__timeTo()", with: until)
      .replacing(/\$\{(\w+)(?::\w+)?\}/) { match in
        variables[String(match.output.1)] ?? String(match.output.0)
      }
  }

  /// In milliseconds, as Grafana has its ranges.
  private static func time(_ seconds: Double) -> String {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return Date(timeIntervalSince1970: seconds).formatted(style)
  }
}
