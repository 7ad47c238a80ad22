import Foundation
import TestSupport
import Testing

extension Heavy {
  /// packaging/prometheus, in Debian's Prometheus.
  @Suite(
    .enabled(if: isInstalled("prometheus") && isInstalled("promtool"), "no prometheus on PATH"),
    .timeLimit(.minutes(5)))
  struct PrometheusPackaging {
    @Test(arguments: ["prometheus.yml", "probe.yml"])
    func promtoolAcceptsTheShippedConfigurations(file: String) async throws {
      let path = projectRoot.appending(path: "packaging/prometheus/\(file)").path
      let result = try await runCommand("promtool", ["check", "config", path], in: Scratch())
      #expect(result.status == 0, "\(result.output + result.errors)")
      #expect(result.output.contains("is valid prometheus config file syntax"))
      if file == "prometheus.yml" { #expect(result.output.contains("SUCCESS: 3 rule files found")) }
    }

    @Test func prometheusProbesTheMCPsThatTheAgentLists() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      let agent = try await AgentProcess.started(
        """
        web: {enable_probe: true}
        mcps:
          - {name: one, url: "\(servers.url("one"))", labels: {team: data}}
          - {name: two, url: "\(servers.url("two"))"}
          - {name: "off", url: "\(servers.url("off"))", enabled: false}
        """, in: scratch)
      let prometheus = try await ScrapingPrometheus(
        "probe.yml", scraping: agent.http.port, in: scratch)
      try await until("both are probed with success") {
        try await prometheus.value("count(probe_success == 1)") == 2
      }
      let one = #"probe_success{mcp="one", team="data", instance="\#(servers.url("one"))"}"#
      #expect(try await prometheus.value(one) == 1)
      try await servers.turn("two", to: "500")
      try await until("it sees a failure") {
        try await prometheus.value(#"probe_success{mcp="two"}"#) == 0
      }
      #expect(try await agent.process.stop() == 0)
    }
  }
}
