import Foundation
import TestSupport
import Testing

extension Heavy {
  /// Debian's own Prometheus and promtool on the agent's page.
  @Suite(
    .enabled(if: isInstalled("prometheus") && isInstalled("promtool"), "no prometheus on PATH"),
    .timeLimit(.minutes(5)))
  struct Prometheus {
    /// What Prometheus 2.42 sends.
    static let accept = """
      application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
      text/plain;version=0.0.4;q=0.5,*/*;q=0.1
      """

    @Test func scrapesTheAgent() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      let agent = try await AgentProcess.started(
        servers.configuration(["one", "two"]), in: scratch)
      let port = try freePort()
      let file = try scratch.write(
        "prometheus.yml",
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: breakwater
            static_configs: [{targets: ["127.0.0.1:\(agent.http.port)"]}]
        """)
      let prometheus = try ChildProcess(
        "prometheus",
        [
          "--config.file=\(file.path)", "--storage.tsdb.path=\(scratch.path("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)",
        ], in: scratch)
      let http = LocalHTTP(port: port)

      try await until("Prometheus calls the target up") {
        let targets = try await http.get("/api/v1/targets").json()["data"]["activeTargets"].array
        return targets.first?["health"].string == "up"
      }
      try await until("mcp_up of both can be queried") {
        let answer = try await http.get("/api/v1/query?query=mcp_up%20==%201").json()
        let found = answer["data"]["result"].array.compactMap { $0["metric"]["mcp"].string }
        return Set(found) == ["one", "two"]
      }
      for query in [
        "mcp_probes_total", "mcp_probe_duration_seconds_bucket", "process_cpu_seconds_total",
      ] {
        let answer = try await http.get("/api/v1/query?query=\(query)").json()
        #expect(!answer["data"]["result"].array.isEmpty, "\(query)")
      }
      let metadata = try await http.get("/api/v1/targets/metadata?metric=mcp_probes_total").json()
      let kinds = metadata["data"].array.compactMap { $0["type"].string }
      #expect(kinds.allSatisfy { $0 == "counter" })
      try await prometheus.stop()
    }

    @Test func promtoolFindsNothing() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      try await servers.turn("bad", to: "500")
      let agent = try await AgentProcess.started(
        servers.configuration(["good", "bad"]), in: scratch)
      try await until("both kinds of MCP have been probed") {
        let page = try await agent.metrics()
        let hasOpened = page.value("mcp_circuit_opens_total", ["mcp": "bad"]).map { $0 > 0 }
        return hasOpened == true && page.value("mcp_tools", ["mcp": "good"]) == 3
      }
      let page = try await agent.http.get("/metrics")
      #expect(page.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      let file = try scratch.write("page.txt", page.text)
      let verdict = try await runCommand(
        "promtool", ["check", "metrics"], in: scratch, input: file)
      #expect(verdict.status == 0)
      #expect(verdict.output + verdict.errors == "")
    }

    /// Below `rules`, with this ending.
    private func ruleFiles(_ directory: String, _ ending: String) throws -> [URL] {
      let top = projectRoot.appending(path: directory)
      let names = try FileManager.default.contentsOfDirectory(atPath: top.path)
      return names.filter { $0.hasSuffix(ending) }.sorted().map { top.appending(path: $0) }
    }

    @Test func theShippedRulesPassTheirTests() async throws {
      let scratch = try Scratch()
      let rules = try ruleFiles("rules", ".yml").map(\.path)
      let check = try await runCommand("promtool", ["check", "rules"] + rules, in: scratch)
      #expect(check.status == 0, "\(check.output + check.errors)")
      let tests = try ruleFiles("rules/tests", "_test.yml").map(\.path)
      #expect(tests.count >= 3)
      let test = try await runCommand("promtool", ["test", "rules"] + tests, in: scratch)
      #expect(test.status == 0, "\(test.output + test.errors)")
    }

    @Test func theShippedRulesAreOnSeriesThatThereAre() async throws {
      let scratch = try Scratch()
      let catalogue = try await runCommand(breakwaterExecutable, ["metrics"], in: scratch)
      // In the words of alerts.
      let tables: Set = ["mcp_servers", "breakwater_events"]
      for file in try ruleFiles("rules", ".yml") {
        // Without the names of what is recorded.
        let text = try String(contentsOf: file, encoding: .utf8)
          .replacing(/- record: \S+/, with: "")
        let names = text.matches(of: /\b(?:mcp|breakwater|process)_[a-z_]+\b/).map {
          String($0.output.replacing("_bucket", with: ""))
        }.filter { !tables.contains($0) }
        #expect(names.count >= 3)
        for name in names { #expect(catalogue.output.contains("`\(name)`"), "\(name)") }
      }
    }

    @Test func getsOpenMetricsWhenItAsks() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      let agent = try await AgentProcess.started(servers.configuration(["one"]), in: scratch)
      let page = try await agent.http.get("/metrics", headers: ["Accept": Self.accept])
      #expect(
        page.headers["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0")
          == true)
      #expect(page.text.hasSuffix("\n# EOF\n"))
      #expect(page.text.contains("# TYPE mcp_probes counter\n"))
    }
  }
}

func isInstalled(_ program: String) -> Bool {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  return path.split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
  }
}

/// MCP servers of Fixtures/switch_servers.py, any number of them, that fail on demand.
final class SwitchServers: Sendable {
  let process: ChildProcess
  let port: Int

  init(in scratch: Scratch, seed: UInt64? = nil) throws {
    port = try freePort()
    process = try ChildProcess(
      "python3",
      [fixture("switch_servers.py").path, String(port)] + (seed.map { ["\($0)"] } ?? []),
      in: scratch)
  }

  /// ok, 500, garbage, hang, die or slow; waits for the servers to be up.
  func turn(_ name: String, to fault: String) async throws {
    try await eventually("the switch answers") {
      try await LocalHTTP(port: port).get("/ctl?name=\(name)&fault=\(fault)").status
    }
  }

  func url(_ name: String) -> String { "http://127.0.0.1:\(port)/mcp/\(name)" }

  /// A quick configuration with these MCPs. Quicker probes fail by themselves on a busy machine.
  func configuration(_ names: [String], evaluationInterval: String = "15s") -> String {
    """
    global:
      probe_interval: 1s
      probe_timeout: 1s
      evaluation_interval: \(evaluationInterval)
    circuit_breaker:
      failure_threshold: 3
      recovery_timeout: 500ms
      backoff: {multiplier: 2, max: 5s, jitter: 0}
    mcps:
    \(names.map { "  - {name: \($0), url: \"\(url($0))\"}\n" }.joined())
    """
  }
}
