import Foundation
import TestSupport
import Testing

extension Heavy {
  /// The dashboards of grafana/ through an outage of known length, without a Grafana: its part, to
  /// fill in variables and to send queries, is played here.
  @Suite(
    .enabled(if: isInstalled("prometheus") && isInstalled("promtool"), "no prometheus on PATH"),
    .timeLimit(.minutes(5)))
  struct Dashboards {
    @Test func everyPanelShowsTheOutageThatWasScripted() async throws {
      let bench = try await DashboardBench()
      try await bench.warmUp()
      try await bench.grantRights()
      let outages = try await bench.outages()
      let range = (bench.started - 2, Date().timeIntervalSince1970)
      for dashboard in try Dashboard.all() {
        if dashboard.isOn("prometheus") {
          try await expectSeries(of: dashboard, bench, range)
        } else {
          try await expectRows(of: dashboard, bench, range)
        }
      }
      try await expectDowntime(bench, outages, range)
      try await expectDowntimeBySQL(bench, outages, range)
      try await expectFigures(bench, range)
      try await expectTheSameAlerts(bench, range)
      try await expectNothingOfOthers(bench, outages, range)
      #expect(try await bench.agent.process.stop() == 0)
    }

    /// Every query of a panel, an annotation or a variable gives at least one number.
    private func expectSeries(
      of dashboard: Dashboard, _ bench: DashboardBench, _ range: (Double, Double)
    ) async throws {
      // Of what is there of one MCP only, another one has it.
      let chosen = dashboard.variable("mcp") == nil ? [".+"] : ["one", "library", "secure"]
      for (place, target) in dashboard.targets.enumerated() {
        var shown: [Double] = []
        for mcp in chosen {
          let filling = bench.filling(from: range.0, to: range.1, mcp: mcp)
          shown += try await bench.prometheus.show(target, filling).flatMap(\.values)
        }
        #expect(
          shown.contains { !$0.isNaN },
          "\(dashboard.name), query \(place): \(target.expression ?? "")")
      }
      // A mark must not fall between two steps of a long range: three of them, the last at its end.
      for mark in dashboard.annotations {
        var filling = bench.filling(from: range.0, to: range.1, mcp: "one")
        filling.step = max(1, Int((range.1 - range.0) / 2))
        if mark.reference.hasPrefix("Catalogue") { filling.variables["mcp"] = "library" }
        let marks = try await bench.prometheus.show(mark, filling).flatMap(\.values)
        #expect(!marks.isEmpty, "\(dashboard.name): \(mark.reference)")
      }
      for variable in dashboard.variables where variable["type"].string == "query" {
        let query = variable["query"].string ?? ""
        let parts = try #require(query.wholeMatch(of: /label_values\((.+), (\w+)\)/)?.output)
        var target = dashboard.targets[0]
        target.expression = "count by (\(parts.2)) (\(parts.1))"
        let series = try await bench.prometheus.show(
          target, bench.filling(from: range.0, to: range.1))
        #expect(series.contains { $0.labels[String(parts.2)] != nil }, "\(query)")
      }
    }

    private func expectRows(
      of dashboard: Dashboard, _ bench: DashboardBench, _ range: (Double, Double)
    ) async throws {
      let filling = bench.sqlFilling(from: range.0, to: range.1)
      for target in dashboard.targets {
        let sql = filling.sql(target.sql ?? "")
        #expect(!sql.contains("$"), "\(sql)")
        let rows = try await bench.rows(sql)
        #expect(rows.contains { !$0.keys.isEmpty }, "\(sql)")
      }
      let choice = try #require(dashboard.variable("mcp")?["query"].string)
      let names = try await bench.rows(filling.sql(choice)).map { $0["name"].string ?? "" }
      #expect(names == DashboardBench.all.sorted())
    }

    /// From the midnight before the bench was started.
    private func today(_ range: (Double, Double)) -> (Double, Double) {
      ((range.0 / 86_400).rounded(.down) * 86_400, range.1)
    }

    private func expectDowntime(
      _ bench: DashboardBench, _ outages: [DashboardBench.Outage], _ range: (Double, Double)
    ) async throws {
      let dashboards = try Dashboard.all()
      let fleet = try #require(dashboards.first { $0.name == "fleet" })
      let one = try #require(dashboards.first { $0.name == "mcp" })
      let total = outages.map(\.length).reduce(0, +)

      for (title, span) in [("Downtime", range), ("Downtime today", today(range))] {
        let series = try await bench.show(title, of: fleet, span)
        bench.expect(
          series.first?.values.first, equals: total, of: outages.count, "\(title) of all")
        for outage in outages {
          let series = try await bench.show(title, of: one, span, mcp: outage.mcp)
          bench.expect(series.first?.values.first, equals: outage.length, "\(title) \(outage.mcp)")
        }
      }
      let table = try await bench.show("MCPs", of: fleet, range, query: 1)
      let bars = try await bench.show("Most downtime", of: fleet, range)
      #expect(Set(bars.compactMap { $0.labels["mcp"] }) == Set(outages.map(\.mcp)))
      for outage in outages {
        for series in [table, bars] {
          let value = series.first { $0.labels["mcp"] == outage.mcp }?.values.first
          bench.expect(value, equals: outage.length, "downtime of \(outage.mcp)")
        }
        let series = try await bench.show("Availability", of: one, range, mcp: outage.mcp)
        let down = series.first?.values.first.map { (1 - $0) * (range.1 - range.0) }
        bench.expect(down, equals: outage.length, "availability of \(outage.mcp)")
        let opens = try await bench.show("Opens", of: one, range, mcp: outage.mcp)
        let counted = try await bench.agent.mcp(outage.mcp).circuit["opens_total"].number
        #expect(opens.first?.values.first?.rounded() == counted, "opens of \(outage.mcp)")
        #expect(counted.map { $0 >= 1 } == true)
      }
      for name in ["off", "secure", "library"] {
        #expect(table.first { $0.labels["mcp"] == name }?.values == [0], "\(name)")
      }
    }

    private func expectDowntimeBySQL(
      _ bench: DashboardBench, _ outages: [DashboardBench.Outage], _ range: (Double, Double)
    ) async throws {
      let dashboard = try #require(try Dashboard.all().first { $0.isOn("postgres") })
      let total = outages.map(\.length).reduce(0, +)
      for (title, span) in [("Downtime", range), ("Downtime today", today(range))] {
        let rows = try await bench.rows(of: title, dashboard, span)
        bench.expect(
          rows.first?["value"].number, equals: total, of: outages.count, "\(title) by SQL")
      }
      let listed = try await bench.rows(of: "Each outage", dashboard, range)
      #expect(listed.count == outages.count)
      let table = try await bench.rows(of: "Downtime by MCP", dashboard, range)
      for outage in outages {
        let row = listed.first { $0["MCP"].string == outage.mcp } ?? .null
        bench.expect(row["Length"].number, equals: outage.length, "length of \(outage.mcp)")
        #expect(row["Ended"].string != nil && row["Reason"].string != nil, "\(row)")
        let mcp = table.first { $0["MCP"].string == outage.mcp } ?? .null
        bench.expect(mcp["Downtime"].number, equals: outage.length, "downtime of \(outage.mcp)")
        bench.expect(mcp["In total"].number, equals: outage.length, "total of \(outage.mcp)")
        #expect(mcp["Outages"].number == 1)
      }
      #expect(table.filter { $0["Downtime"].number == 0 }.count == 3)
      try await expectCuts(bench, dashboard, outages)
    }

    /// How many there are, as all of the dashboards say it.
    private func expectFigures(
      _ bench: DashboardBench, _ range: (Double, Double)
    ) async throws {
      for (name, title, wanted) in [
        ("fleet", "Up", 5.0), ("fleet", "Down", 0), ("fleet", "Open", 0), ("fleet", "Unknown", 0),
        ("agent", "Agents", 1), ("agent", "Coordinator", 1), ("agent", "Restarts", 1),
      ] {
        let dashboard = try #require(try Dashboard.all().first { $0.name == name })
        let shown = try await bench.show(title, of: dashboard, range).map { $0.values.last }
        #expect(shown.map { $0?.rounded() } == [wanted], "\(name): \(title)")
      }
      let agent = try #require(try Dashboard.all().first { $0.name == "agent" })
      for title in ["CPU", "Memory", "File descriptors"] {
        #expect(try await bench.show(title, of: agent, range).count == 1, "\(title)")
      }
      let postgres = try #require(try Dashboard.all().first { $0.isOn("postgres") })
      for (title, wanted) in [("Up", 5.0), ("Down", 0), ("Open", 0), ("Outages", 3)] {
        let rows = try await bench.rows(of: title, postgres, range)
        #expect(rows.map { $0["value"].number } == [wanted], "\(title) by SQL")
      }
    }

    /// A row of OMNI2's own health checks, and an outage that is told twice, change nothing.
    private func expectNothingOfOthers(
      _ bench: DashboardBench, _ outages: [DashboardBench.Outage], _ range: (Double, Double)
    ) async throws {
      let dashboard = try #require(try Dashboard.all().first { $0.isOn("postgres") })
      let before = try await bench.rows(of: "Each outage", dashboard, range)
      let outage = try #require(outages.max { $0.length < $1.length })
      _ = try await bench.cluster.psql(
        """
        INSERT INTO omni2.mcp_health_log (mcp_server_id, "timestamp", status, event_type, event_id)
        SELECT id, to_timestamp(\((outage.began + outage.ended) / 2)), row.* FROM
          omni2.mcp_servers, (VALUES ('unhealthy', 'health_check', NULL),
            ('disconnected', 'disconnected', '0123456789abcdef-999999')) AS row
        WHERE name = '\(outage.mcp)'
        """)
      #expect(try await bench.rows(of: "Each outage", dashboard, range) == before)
    }

    /// A range that begins or ends within an outage has that part of it.
    private func expectCuts(
      _ bench: DashboardBench, _ dashboard: Dashboard, _ outages: [DashboardBench.Outage]
    ) async throws {
      let outage = try #require(outages.max { $0.length < $1.length })
      let middle = (outage.began + outage.ended) / 2
      for span in [(bench.started, middle), (middle, outage.ended + 10), (middle - 2, middle + 2)] {
        let table = try await bench.rows(of: "Downtime by MCP", dashboard, span)
        let row = table.first { $0["MCP"].string == outage.mcp } ?? .null
        let part = min(span.1, outage.ended) - max(span.0, outage.began)
        bench.expect(row["Downtime"].number, equals: part, "\(span)")
      }
    }

    /// What fired by the agent's own evaluation fired in that Prometheus, and nothing else.
    private func expectTheSameAlerts(
      _ bench: DashboardBench, _ range: (Double, Double)
    ) async throws {
      let query =
        "max by (alertname, severity, mcp) (max_over_time(ALERTS{alertstate=\"firing\"}[5m]))"
      func fired(_ series: [[String: String]]) -> Set<[String]> {
        Set(series.map { [$0["alertname"], $0["severity"], $0["mcp"]].map { $0 ?? "" } })
      }
      var target = try #require(try Dashboard.all().first?.targets.first)
      target.expression = query
      target.isInstant = true
      let theirs = fired(
        try await bench.prometheus.show(target, bench.filling(from: range.0, to: range.1))
          .map(\.labels))
      let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      let answer = try await bench.agent.http.get("/api/v1/query?query=\(escaped)").json()
      let ours = fired(
        answer["data"]["result"].array.map { one in
          one["metric"].keys.reduce(into: [:]) { $0[$1] = one["metric"][$1].string }
        })
      #expect(ours == theirs)
      for name in DashboardBench.failing {
        #expect(theirs.contains(["McpCircuitOpen", "critical", name]))
      }
      let names = Set(theirs.compactMap(\.first))
      #expect(names.isSuperset(of: ["CoordinatorRestarted", "McpCatalogueChanged", "Watchdog"]))
      let fleet = try #require(try Dashboard.all().first { $0.name == "fleet" })
      let panel = try await bench.show("Alerts that fired", of: fleet, range).map(\.labels)
      // Watchdog is about no agent.
      #expect(fired(panel) == theirs.filter { $0.first != "Watchdog" })
    }
  }
}

extension DashboardBench {
  /// What the panel of this title shows.
  func show(
    _ title: String, of dashboard: Dashboard, _ span: (Double, Double), mcp: String = ".+",
    query: Int = 0
  ) async throws -> [ScrapingPrometheus.Series] {
    let panel = try #require(dashboard.panels.first { $0.title == title })
    #expect(panel.isOfToday == (title == "Downtime today"))
    return try await prometheus.show(
      panel.targets[query], filling(from: span.0, to: span.1, mcp: mcp))
  }

  func rows(
    of title: String, _ dashboard: Dashboard, _ span: (Double, Double)
  ) async throws -> [JSON] {
    let target = try #require(dashboard.panels.first { $0.title == title }?.targets.first)
    return try await rows(sqlFilling(from: span.0, to: span.1).sql(target.sql ?? ""))
  }

  /// Within one probe interval an outage.
  func expect(_ seconds: Double?, equals scripted: Double, of outages: Int = 1, _ what: String) {
    let difference = seconds.map { $0 - scripted } ?? .infinity
    #expect(
      abs(difference) < Self.probeInterval * Double(outages),
      "\(what): \(seconds ?? .nan) s shown, \(scripted) s scripted")
  }
}
