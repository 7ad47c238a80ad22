import Foundation
import Signals
import TestSupport
import Testing

/// What rules and webhooks are tried with: a directory, MCPs that fail on demand, and the agent's
/// configuration and rule file.
struct RuleBench {
  let scratch: Scratch
  let servers: SwitchServers
  let port: Int

  /// The rule of the pack, without the rest of it.
  static let circuitOpen = """
    groups:
      - name: mcp
        rules:
          - alert: Open
            expr: mcp_health_status{status="circuit_open"} == 1

    """

  init(_ scratch: Scratch? = nil) throws {
    let scratch = try scratch ?? Scratch()
    self.scratch = scratch
    servers = try SwitchServers(in: scratch)
    port = try freePort()
  }

  /// Writes the configuration. `global` is a further line of that section, each of `webhooks` the
  /// inside of a flow mapping for a receiver of this `kind`, `more` are further sections. Quicker
  /// probes fail by themselves on a busy machine.
  func configure(
    _ names: [String], evaluation: String = "15s", rules: String = "rules.yml", global: String = "",
    probes: String = "1s", recovery: String = "500ms", kind: String = "webhook",
    webhooks: [String], more: String = ""
  ) throws {
    let rows = names.map { "  - {name: \($0), url: \"\(servers.url($0))\"}\n" }.joined()
    try scratch.write(
      "breakwater.yml",
      """
      global:
        probe_interval: \(probes)
        probe_timeout: \(probes)
        evaluation_interval: \(evaluation)
        \(global)
      circuit_breaker:
        failure_threshold: 2
        recovery_timeout: \(recovery)
        backoff: {multiplier: 1, max: 1s, jitter: 0}
      \(more)
      rule_files: ["\(rules)"]
      route: {receiver: hook, group_by: [alertname, mcp], group_wait: 0s, group_interval: 1s}
      receivers:
        - name: hook
          \(kind)_configs:
      \(webhooks.map { "      - {\($0)}\n" }.joined())
      mcps:
      \(rows)
      """)
  }

  /// The agent on what was configured last, ready; the servers are up before its first probe.
  func start(arguments: [String] = []) async throws -> AgentProcess {
    try await servers.turn("nobody", to: "ok")
    let agent = try agent(arguments: arguments)
    try await agent.ready()
    return agent
  }

  /// The agent on what was configured last, as it comes.
  func agent(
    arguments: [String] = [], environment: [String] = [], under tool: [String] = []
  ) throws -> AgentProcess {
    try AgentProcess(
      configuration: scratch.path("breakwater.yml"), port: port, in: scratch,
      arguments: arguments, environment: environment, under: tool)
  }

  /// All MCPs are up.
  func healthy(_ agent: AgentProcess) async throws {
    try await until("every MCP is healthy") {
      try await agent.mcps().allSatisfy { $0.health == "healthy" }
    }
  }

  /// 500 or ok.
  func turn(_ names: [String], to fault: String) async throws {
    for name in names { try await servers.turn(name, to: fault) }
  }
}

/// A request of a webhook, read.
struct Webhook {
  let request: ScriptedReceiver.Request
  let body: JSON

  init(_ request: ScriptedReceiver.Request) {
    self.request = request
    let decoded = try? JSONDecoder().decode(JSON.self, from: Data(request.body))
    body = decoded ?? .null
  }

  var key: String { request.idempotencyKey ?? "" }
  var status: String { body["status"].string ?? "" }
  /// Of the group.
  var mcp: String { body["groupLabels"]["mcp"].string ?? "" }
  var alertname: String { body["groupLabels"]["alertname"].string ?? "" }
}

extension ScriptedReceiver {
  /// In order of arrival.
  var webhooks: [Webhook] { requests.map { Webhook($0) } }

  /// The first try of each message.
  var messages: [Webhook] {
    var known: Set<String> = []
    return webhooks.filter { known.insert($0.key).inserted }
  }

  func webhooks(of mcp: String) -> [Webhook] { webhooks.filter { $0.mcp == mcp } }

  /// Waits until a message of this status about this MCP has come.
  func told(_ mcp: String, _ status: String) async throws {
    try await until("a \(status) message of \(mcp) arrives") {
      webhooks(of: mcp).contains { $0.status == status }
    }
  }
}

extension ScriptedReceiver.Request {
  /// Unix seconds, by the clocks as they are now.
  var arrivedAtWall: Double {
    let uptime = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    let arrived = arrivedAt.elapsed / .seconds(1)
    return Date().timeIntervalSince1970 - (uptime - arrived)
  }
}

/// Unix seconds of an instant as RFC 3339 has it, with or without a fraction; 0 when it is none.
func instant(_ text: String?) -> Double {
  guard let text else { return 0 }
  for style in [true, false].map({ Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }) {
    if let date = try? style.parse(text) { return date.timeIntervalSince1970 }
  }
  return 0
}
