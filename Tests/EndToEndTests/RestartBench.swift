import Foundation
import TestSupport
import Testing

/// Many MCPs, some of them down, the shipped rules about the agent, and a receiver: what restarts
/// of the coordinator are tried with.
struct RestartBench {
  let scratch: Scratch
  let servers: SwitchServers
  let receiver = ScriptedReceiver()
  let port: Int
  let down: [String]

  /// `down` of the MCPs, the first ones, fail.
  init(mcps: Int, down: Int, probes: String) async throws {
    let scratch = try Scratch()
    self.scratch = scratch
    servers = try SwitchServers(in: scratch)
    port = try freePort()
    let names = (0..<mcps).map { "mcp-\($0)" }
    self.down = Array(names.prefix(down))
    let servers = servers
    let failing = Set(self.down)
    // A machine that is too busy for so many must not open the circuits of those that are up.
    let rows = names.map { name in
      let threshold = failing.contains(name) ? 2 : 1_000
      return "  - {name: \(name), url: \"\(servers.url(name))\","
        + " circuit_breaker: {failure_threshold: \(threshold)}}\n"
    }.joined()
    try scratch.write(
      "breakwater.yml",
      """
      global: {probe_interval: \(probes), probe_timeout: \(probes), evaluation_interval: 2s}
      circuit_breaker:
        recovery_timeout: 10m
        backoff: {multiplier: 1, max: 10m, jitter: 0}
      rule_files: ["\(projectRoot.appending(path: "rules/agent.yml").path)"]
      route:
        receiver: hook
        group_by: [alertname, reason]
        group_wait: 0s
        group_interval: 1s
      receivers:
        - {name: hook, webhook_configs: [{url: "\(receiver.url)"}]}
      mcps:
      \(rows)
      """)
    for name in self.down { try await servers.turn(name, to: "500") }
    try await servers.turn("nobody", to: "ok")
  }

  func agent(_ arguments: [String] = []) throws -> AgentProcess {
    try AgentProcess(
      configuration: scratch.path("breakwater.yml"), port: port, in: scratch,
      arguments: ["--web.enable-fault-injection"] + arguments)
  }

  /// Every MCP has been probed, and the circuits of those that fail are open.
  func settled(_ agent: AgentProcess) async throws {
    let down = Set(down)
    try await until("every MCP is as its server is", within: .seconds(120)) {
      try await agent.mcps().allSatisfy {
        down.contains($0["name"].string ?? "")
          ? $0.circuitState == "open" : $0.health == "healthy"
      }
    }
  }

  /// The messages about restarts of the coordinator, the first try of each.
  var restartMessages: [Webhook] {
    receiver.messages.filter { $0.alertname == "CoordinatorRestarted" && $0.status == "firing" }
  }
}

/// What is seen of an agent as a whole, before a restart and after it.
struct RestartLook {
  var generation: Double
  /// By reason.
  var restarts: [String: Double]
  /// By the name of the MCP.
  var mcps: [String: JSON]
  /// `mcp_probes_total`, by MCP and outcome.
  var probes: [[String]: Double]
  /// Of the agent itself, those that tell of a restart.
  var events: [JSON]
  /// The MCPs were read between these, in Unix seconds.
  var earliest: Double
  var latest: Double

  init(of agent: AgentProcess) async throws {
    let page = try await agent.metrics()
    generation = page.value("breakwater_coordinator_generation") ?? 0
    restarts = page.values("breakwater_coordinator_restarts_total", by: ["reason"])
      .reduce(into: [:]) { $0[$1.key[0]] = $1.value }
    probes = page.values("mcp_probes_total", by: ["mcp", "outcome"])
    earliest = Date().timeIntervalSince1970
    mcps = try await agent.mcps().reduce(into: [:]) { $0[$1["name"].string ?? ""] = $1 }
    latest = Date().timeIntervalSince1970
    events = try await agent.http.get("/api/v1/events?limit=500").json().listed
      .filter { $0["type"].string == "coordinator_restarted" }
  }

  /// All states are as before, counters did not go back, and one restart is told of.
  func expectRestart(since before: RestartLook, reason: String, keepsProbeCounters: Bool) {
    #expect(generation == before.generation + 1, "\(reason)")
    for (name, count) in before.restarts {
      #expect(restarts[name] == count + (name == reason ? 1 : 0), "\(reason): restarts \(name)")
    }
    #expect(mcps.count == before.mcps.count)
    for (name, mcp) in mcps { expectSame(mcp, before, name, reason) }
    if keepsProbeCounters {
      for (key, count) in before.probes {
        #expect(probes[key].map { $0 >= count } == true, "\(reason): probes of \(key)")
      }
    }
    let new = events.filter { !before.events.contains($0) }
    #expect(new.count == 1, "\(reason): \(new)")
    let data = new.first?["data"] ?? .null
    #expect(data["reason"].string == reason)
    #expect(new.first?["detail"].string.map { !$0.isEmpty } == true, "no error: \(new)")
    let duration = data["duration_seconds"].string.flatMap { Double($0) }
    #expect(duration.map { $0 >= 0 && $0 < 60 } == true, "\(new)")
  }

  private func expectSame(_ mcp: JSON, _ before: RestartLook, _ name: String, _ reason: String) {
    let old = before.mcps[name] ?? .null
    #expect(mcp.health == old.health, "\(reason): \(name)")
    #expect(mcp.circuit == old.circuit, "\(reason): \(name)")
    let grown =
      (mcp["downtime_seconds_total"].number ?? 0) - (old["downtime_seconds_total"].number ?? 0)
    if old.health == "healthy" {
      #expect(grown == 0, "\(reason): downtime of \(name)")
    } else {
      let slack = 0.5
      #expect(grown >= earliest - before.latest - slack, "\(reason): downtime of \(name)")
      #expect(grown <= latest - before.earliest + slack, "\(reason): downtime of \(name)")
    }
  }
}

extension MetricsPage {
  /// The samples of a family by the values of these labels.
  func values(_ name: String, by labels: [String]) -> [[String]: Double] {
    samples.filter { $0.name == name }.reduce(into: [:]) { found, sample in
      found[labels.map { sample.labels[$0] ?? "" }, default: 0] += sample.value
    }
  }

  /// Of all MCPs and outcomes.
  var probes: Double {
    samples.reduce(0) { $0 + ($1.name == "mcp_probes_total" ? $1.value : 0) }
  }
}
