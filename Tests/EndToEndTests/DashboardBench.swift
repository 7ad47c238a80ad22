import FaultServers
import Foundation
import TestSupport
import Testing

/// What the dashboards are tried with: MCPs that fail on a script, an agent with all that it can
/// show, PostgreSQL, and a Prometheus on the shipped configuration.
struct DashboardBench {
  /// An outage as it was scripted, in Unix seconds.
  struct Outage {
    var mcp: String
    var began: Double
    var ended: Double

    var length: Double { ended - began }
  }

  /// Long enough that a busy machine, which probes late, is still within half of it.
  static let probeInterval = 4.0
  static let failing = ["one", "two", "three"]
  static let all = failing + ["library", "off", "secure"]

  let scratch: Scratch
  let servers: SwitchServers
  let secure: FaultServer
  let cluster: PostgresCluster
  let agent: AgentProcess
  let prometheus: ScrapingPrometheus
  let started: Double

  init() async throws {
    scratch = try Scratch()
    servers = try SwitchServers(in: scratch)
    let scenario = try #require(Scenario.all.first { $0.id == "T19" })
    secure = try await FaultServer(scenario)
    cluster = try await PostgresCluster()
    try await servers.turn("nobody", to: "ok")
    let configuration = Self.configuration(servers, secure, cluster)
    agent = try await AgentProcess.started(
      configuration, in: scratch, arguments: ["--web.enable-fault-injection"])
    prometheus = try await ScrapingPrometheus(scraping: agent.http.port, in: scratch)
    started = Date().timeIntervalSince1970
  }

  /// Trials come at the interval of probes, so that an outage ends for the agent within it.
  private static func configuration(
    _ servers: SwitchServers, _ secure: FaultServer, _ cluster: PostgresCluster
  ) -> String {
    let failing = failing.map { "  - {name: \($0), url: \"\(servers.url($0))\"}\n" }.joined()
    return """
      global: {probe_interval: 4s, evaluation_interval: 1s}
      circuit_breaker:
        failure_threshold: 2
        recovery_timeout: 4s
        backoff: {multiplier: 1, max: 4s, jitter: 0}
      postgres: {url: "\(cluster.url())"}
      rule_files: ["\(projectRoot.path)/rules/*.yml"]
      route: {receiver: hook, group_by: [alertname, mcp], group_wait: 0s, group_interval: 1s}
      receivers:
        - name: hook
          webhook_configs:
            - {url: "http://127.0.0.1:\(servers.port)/hook"}
            - {url: "http://127.0.0.1:1/nobody"}
      mcps:
      \(failing)
        - {name: "off", url: "\(servers.url("off"))", enabled: false}
        - name: secure
          url: \(secure.url)
          http: {tls_config: {ca_file: "\(secure.authority ?? "")"}}
        - name: library
          url: \(servers.url("library"))
          probe: {depth: catalogue}
          catalogue_interval: 2s
          checks: [{name: looks, tool: look, arguments: {}, expect: {is_error: false}}]
      """
  }

  /// Everything has been probed and scraped; then the coordinator crashes and a catalogue changes.
  func warmUp() async throws {
    try await until("all has been probed, and scraped a few times") {
      let probed = try await prometheus.value("count(mcp_last_success_timestamp_seconds)")
      let scraped = try await prometheus.value("min(count_over_time(mcp_up[1m]))")
      return probed == 5 && scraped.map { $0 >= 3 } == true
    }
    _ = try await agent.http.post("/debug/coordinator/crash")
    try await until("the next coordinator runs") {
      try await prometheus.value("breakwater_coordinator_generation") == 2
    }
    try await servers.setTools(
      of: "library",
      to: #"[{"name": "look", "description": "Now", "inputSchema": {"type": "object"}}]"#)
    try await until("the change of the catalogue is scraped") {
      try await prometheus.value(#"mcp_tools{mcp="library"}"#) == 1
    }
  }

  /// Half an interval away from probes, so that the agent sees beginning and end as late.
  private func betweenProbes(of name: String) async throws {
    try await until("half an interval after a probe of \(name)", every: .milliseconds(10)) {
      let text = try await agent.mcp(name)["last_probe"]["timestamp"].string ?? ""
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      let since = Date().timeIntervalSince(try Date(text, strategy: style))
      return (0.4...0.6).contains(since / Self.probeInterval)
    }
  }

  private func outage(of name: String, fault: String, atLeast length: Double) async throws -> Outage
  {
    try await betweenProbes(of: name)
    let began = Date().timeIntervalSince1970
    try await servers.turn(name, to: fault)
    try await until("\(name) has been down for long enough") {
      Date().timeIntervalSince1970 - began > length
    }
    try await betweenProbes(of: name)
    try await servers.turn(name, to: "ok")
    return Outage(mcp: name, began: began, ended: Date().timeIntervalSince1970)
  }

  /// Plays them side by side; returns when everything says that all is well again.
  func outages() async throws -> [Outage] {
    async let one = outage(of: "one", fault: "500", atLeast: 20)
    async let two = outage(of: "two", fault: "die", atLeast: 13)
    async let three = outage(of: "three", fault: "garbage", atLeast: 9)
    let outages = try await [one, two, three]
    try await until("Prometheus and Postgres say that all is well") {
      let up = try await prometheus.value("sum(mcp_up)")
      let open = try await prometheus.value("sum(ALERTS{alertname=\"McpCircuitOpen\"})")
      let written = try await cluster.psql(
        "SELECT count(*) FROM omni2.mcp_servers WHERE health_status = 'healthy'")
      return up == 5 && open == nil && written == "5"
    }
    return outages
  }

  /// The variables of all dashboards, with everything chosen.
  func filling(from: Double, to: Double, mcp: String = ".+") -> DashboardFilling {
    DashboardFilling(
      from: from, to: to, step: 5, scrapeInterval: 1,
      variables: [
        "job": ".+", "instance": ".+", "slo": "99.9", "mcp": mcp, "schema": "omni2",
      ])
  }

  /// The same for SQL.
  func sqlFilling(from: Double, to: Double) -> DashboardFilling {
    let names = Self.all.map { "'\($0)'" }.joined(separator: ",")
    return filling(from: from, to: to, mcp: names)
  }

  /// Gives Grafana the rights that docs/grafana.md lists.
  func grantRights() async throws {
    let page = try String(
      contentsOf: projectRoot.appending(path: "docs/grafana.md"), encoding: .utf8)
    let block = try #require(page.firstMatch(of: /```sql\n([^`]*)```/)?.output.1)
    _ = try await cluster.psql(String(block))
  }

  /// The rows that a query of a panel gives to Grafana's role.
  func rows(_ sql: String) async throws -> [JSON] {
    let text = try await cluster.psql(
      "SET ROLE grafana;\nSELECT coalesce(json_agg(x), '[]') FROM (\(sql)) AS x")
    return try JSONDecoder().decode(JSON.self, from: Data(text.utf8)).array
  }
}

/// Debian's Prometheus on packaging/prometheus, with the port of a test and quick intervals.
struct ScrapingPrometheus {
  private let process: ChildProcess
  private let http: LocalHTTP

  init(_ file: String = "prometheus.yml", scraping port: Int, in scratch: Scratch) async throws {
    let shipped = projectRoot.appending(path: "packaging/prometheus/\(file)")
    let listening = try freePort()
    let text =
      try String(contentsOf: shipped, encoding: .utf8)
      .replacing("127.0.0.1:9627", with: "127.0.0.1:\(port)")
      .replacing("../../rules", with: projectRoot.appending(path: "rules").path)
      .replacing(/(scrape|evaluation|refresh)_interval: \w+/) { "\($0.output.1)_interval: 1s" }
      // Another program with series of the same names, as every Prometheus has.
      + "  - {job_name: others, static_configs: [{targets: [\"127.0.0.1:\(listening)\"]}]}\n"
    let configuration = try scratch.write("prometheus.yml", text)
    http = LocalHTTP(port: listening)
    process = try ChildProcess(
      "prometheus",
      [
        "--config.file=\(configuration.path)", "--storage.tsdb.path=\(scratch.path("tsdb").path)",
        "--web.listen-address=127.0.0.1:\(http.port)",
      ], in: scratch)
    let http = http
    try await until("Prometheus is ready") { try await http.get("/-/ready").status == 200 }
  }

  /// A series of an answer: its labels and its values, of which an instant query has one.
  struct Series {
    var labels: [String: String]
    var values: [Double]
  }

  struct Refused: Error, CustomStringConvertible { var description: String }

  /// The one value of an instant query now; `nil` when there is none.
  func value(_ query: String) async throws -> Double? {
    let series = try await ask("/api/v1/query", ["query": query])
    return series.count == 1 ? series[0].values.first : nil
  }

  /// What a panel with this query shows: at the end of the range, or all over it.
  func show(
    _ target: Dashboard.Target, _ filling: DashboardFilling
  ) async throws -> [Series] {
    let query = filling.promql(target.expression ?? "")
    if target.isInstant {
      return try await ask("/api/v1/query", ["query": query, "time": "\(filling.to)"])
    }
    return try await ask(
      "/api/v1/query_range",
      [
        "query": query, "start": "\(filling.from)", "end": "\(filling.to)",
        "step": "\(filling.step)",
      ])
  }

  private func ask(_ path: String, _ fields: [String: String]) async throws -> [Series] {
    let form = fields.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? value)"
    }
    let answer = try await http.post(
      path, body: form.joined(separator: "&"),
      headers: ["Content-Type": "application/x-www-form-urlencoded"]
    ).json()
    guard answer["status"].string == "success" else {
      throw Refused(description: "\(fields["query"] ?? ""): \(answer["error"].string ?? "")")
    }
    return answer["data"]["result"].array.map(Series.init)
  }
}

extension ScrapingPrometheus.Series {
  init(_ json: JSON) {
    labels = json["metric"].keys.reduce(into: [:]) { $0[$1] = json["metric"][$1].string }
    let points = json["values"].array.isEmpty ? [json["value"]] : json["values"].array
    values = points.compactMap { $0.array.last?.string }.map { text in
      ["+Inf": .infinity, "-Inf": -.infinity][text] ?? Double(text) ?? .nan
    }
  }
}
