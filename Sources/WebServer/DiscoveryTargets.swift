import Agent
import Foundation
import Signals

/// `GET /api/v1/sd`: the MCPs that are probed as a list for Prometheus's `http_sd_configs`.
///
/// A group an MCP: its URL is the target, as blackbox_exporter and `/probe` want it, and its labels
/// are those of its series. A URL's query is cut off, since it may hold a secret.
enum DiscoveryTargets {
  private struct Group: Encodable {
    let targets: [String]
    let labels: [String: String]

    init(_ mcp: MCPDescription) {
      targets = [String(mcp.url.prefix { $0 != "?" })]
      let own = mcp.labels.map { ($0.name, $0.value) }
      labels = Dictionary(own + [("mcp", mcp.name)], uniquingKeysWith: { $1 })
    }
  }

  static func json(of snapshot: AgentSnapshot) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let groups = snapshot.mcps.filter(\.isEnabled).map { Group($0.description) }
    return try encoder.encode(groups) + Data("\n".utf8)
  }
}
