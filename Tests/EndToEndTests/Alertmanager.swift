import Foundation
import TestSupport

/// Debian's Alertmanager without a cluster, whose webhook is told of one group an alert's name.
struct Alertmanager {
  let receiver = ScriptedReceiver()
  let http: LocalHTTP
  private let scratch: Scratch

  init(in scratch: Scratch) throws {
    self.scratch = scratch
    http = LocalHTTP(port: try freePort())
    try scratch.write(
      "alertmanager.yml",
      """
      route: {receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s}
      receivers: [{name: hook, webhook_configs: [{url: "\(receiver.url)"}]}]
      """)
  }

  var url: String { "http://127.0.0.1:\(http.port)" }

  /// Again and again on the same port, with what the one before it has stored.
  func start() async throws -> ChildProcess {
    let process = try ChildProcess(
      "prometheus-alertmanager",
      [
        "--config.file=alertmanager.yml", "--storage.path=alertmanager",
        "--web.listen-address=127.0.0.1:\(http.port)", "--cluster.listen-address=",
      ], in: scratch)
    try await until("Alertmanager is ready") { try await http.get("/-/ready").status == 200 }
    return process
  }

  /// Those that it holds for active, by MCP.
  func alerts() async throws -> [String: JSON] {
    let alerts = try await http.get("/api/v2/alerts").json().array
    return Dictionary(alerts.map { ($0["labels"]["mcp"].string ?? "", $0) }) { first, _ in first }
  }

  /// What its webhook was told of this MCP, in order.
  func told(of mcp: String) -> [JSON] {
    receiver.webhooks.flatMap { $0.body["alerts"].array }
      .filter { $0["labels"]["mcp"].string == mcp }
  }

  /// Statuses of the MCP, without those that repeat the one before.
  func turns(of mcp: String) -> [String] {
    told(of: mcp).compactMap { $0["status"].string }.reduce(into: []) { turns, status in
      if turns.last != status { turns.append(status) }
    }
  }

  /// Waits until its webhook has been told that the alert of this MCP fires, or is resolved.
  func hears(_ mcp: String, _ status: String) async throws {
    try await until("Alertmanager tells of \(mcp): \(status)") {
      told(of: mcp).last?["status"].string == status
    }
  }
}
