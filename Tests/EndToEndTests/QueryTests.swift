import Foundation
import TestSupport
import Testing

/// PromQL asked of an agent as others ask it: Debian's promtool, and Grafana's data source.
@Suite(.timeLimit(.minutes(5))) struct Queries {
  /// An agent with one MCP that is up and one that is down, and samples to take a rate of.
  private struct Subject {
    let scratch: Scratch
    let servers: SwitchServers
    let agent: AgentProcess

    init() async throws {
      scratch = try Scratch()
      servers = try SwitchServers(in: scratch)
      try await servers.turn("bad", to: "500")
      agent = try await AgentProcess.started(
        servers.configuration(["good", "bad"], evaluationInterval: "1s"), in: scratch)
      let agent = agent
      try await until("the buckets of a probe have a rate") {
        let bucket = #"mcp_probe_duration_seconds_bucket{mcp="good"}"#
        return try await agent.value(of: "sum(rate(\(bucket)[5m]))").map { $0 > 0 } ?? false
      }
      try await until("the one that is down is seen to be down") {
        try await agent.value(of: #"mcp_up{mcp="bad"}"#) == 0
      }
    }

    func promtool(_ arguments: String...) async throws -> CommandResult {
      try await runCommand("promtool", ["query"] + arguments, in: scratch)
    }

    var url: String { "http://127.0.0.1:\(agent.http.port)" }
  }

  @Test(.enabled(if: isInstalled("promtool"), "no promtool on PATH"))
  func promtoolReadsEveryAnswer() async throws {
    let subject = try await Subject()
    let url = subject.url

    let up = try await subject.promtool("instant", url, "mcp_up")
    #expect(up.status == 0, "\(up.errors)")
    #expect(up.lines.count == 2)
    #expect(up.lines.first?.hasPrefix(#"mcp_up{mcp="bad"} => 0 @["#) == true, "\(up.output)")
    #expect(up.lines.last?.hasPrefix(#"mcp_up{mcp="good"} => 1 @["#) == true, "\(up.output)")

    let rate = try await subject.promtool(
      "instant", url, #"sum by (mcp) (rate(mcp_probes_total{mcp="good"}[5m])) > 0"#)
    #expect(rate.output.hasPrefix(#"{mcp="good"} => "#), "\(rate.output)\(rate.errors)")

    let quantile = try await subject.promtool(
      "instant", url,
      "histogram_quantile(0.9, sum by (le) (rate(mcp_probe_duration_seconds_bucket[5m])))")
    let seconds = quantile.output.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }
    #expect(seconds.map { $0 > 0 && $0 < 60 } == true, "\(quantile.output)\(quantile.errors)")

    let range = try await subject.promtool("range", "--step=1s", url, "mcp_up")
    #expect(range.status == 0, "\(range.errors)")
    #expect(range.lines.count { $0.hasPrefix("mcp_up{") } == 2)
    #expect(range.lines.count { $0.hasPrefix("1 @[") } >= 1)

    let series = try await subject.promtool("series", "--match=mcp_up", "--match=mcp_tools", url)
    #expect(
      series.output == """
        {__name__="mcp_tools", mcp="good"}
        {__name__="mcp_up", mcp="bad"}
        {__name__="mcp_up", mcp="good"}

        """)
    let labels = try await subject.promtool("labels", url, "mcp")
    #expect(labels.output == "bad\ngood\n", "\(labels.errors)")
  }

  @Test(
    .enabled(if: isInstalled("promtool"), "no promtool on PATH"),
    arguments: [
      ("sum(", "bad_data: invalid parameter \"query\": 1:5: parse error: unclosed left"),
      ("mcp_up * on () mcp_up", "execution: found duplicate series for the match group {}"),
      (
        "info(mcp_up)",
        #"bad_data: invalid parameter "query": 1:1: parse error: function "info" is not supported"#
      ),
    ])
  func promtoolTellsWhatIsWrong(_ query: String, _ error: String) async throws {
    let subject = try await Subject()
    let verdict = try await subject.promtool("instant", subject.url, query)
    #expect(verdict.status == 1)
    #expect(verdict.errors.hasPrefix("query error: \(error)"), "\(verdict.errors)")
  }

  /// The requests of Grafana's data source: its test, the query builder's lists, an explore query.
  @Test func grafanaFindsWhatItAsksFor() async throws {
    let subject = try await Subject()
    let http = subject.agent.http
    let now = Int(Date().timeIntervalSince1970)
    let span = "start=\(now - 3600)&end=\(now + 60)"

    let build = try await http.get("/api/v1/status/buildinfo").json()["data"]
    #expect(build["version"].string?.hasPrefix("3.") == true)
    let test = try await http.form("/api/v1/query", "query=1%2B1&time=\(now).5")
    #expect(test["data"]["resultType"].string == "scalar")
    #expect(test["data"]["result"] == .array([.number(Double(now) + 0.5), .string("2")]))

    let names = try await http.get("/api/v1/label/__name__/values?\(span)").json()["data"].array
    #expect(names.contains(.string("mcp_up")))
    let mcps = try await http.get("/api/v1/label/mcp/values?\(span)&match%5B%5D=mcp_up").json()
    #expect(mcps["data"] == .array([.string("bad"), .string("good")]))
    let labels = try await http.form("/api/v1/labels", "\(span)&match%5B%5D=mcp_up")
    #expect(labels["data"] == .array([.string("__name__"), .string("mcp")]))
    let series = try await http.form("/api/v1/series", "\(span)&match%5B%5D=mcp_up")
    #expect(series["data"].array.compactMap { $0["mcp"].string } == ["bad", "good"])
    let metadata = try await http.get("/api/v1/metadata?limit=1000").json()["data"]
    #expect(metadata["mcp_probes_total"].array.first?["type"].string == "counter")

    let matrix = try await http.form(
      "/api/v1/query_range", "query=mcp_up&start=\(now - 60)&end=\(now + 1)&step=1")
    #expect(matrix["status"].string == "success")
    let rows = matrix["data"]["result"].array
    #expect(rows.compactMap { $0["metric"]["mcp"].string } == ["bad", "good"])
    #expect(rows.last?["values"].array.last?.array.last == .string("1"))
  }
}

extension AgentProcess {
  /// The value of a query whose result has one element.
  func value(of query: String) async throws -> Double? {
    let found = try await http.form("/api/v1/query", "query=\(escaped(query))")["data"]["result"]
    guard found.array.count == 1 else { return nil }
    return found.array[0]["value"].array.last?.string.flatMap { Double($0) }
  }
}

extension LocalHTTP {
  /// What Prometheus's API answers to a form.
  func form(_ path: String, _ form: String) async throws -> JSON {
    try await post(
      path, body: form, headers: ["Content-Type": "application/x-www-form-urlencoded"]
    ).json()
  }
}

/// For a form: everything but letters and digits as %XX.
func escaped(_ text: String) -> String {
  text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
}
