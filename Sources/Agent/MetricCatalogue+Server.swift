import MCPWire
import Signals

private let kinds = Dictionary(
  uniqueKeysWithValues: RenderedSet("kind", of: CatalogueChangeKind.self).members.map {
    ($0.value, $0.label)
  })

/// What the server is and offers, beyond its being there.
extension MetricCatalogue {
  static let catalogue: [PerMCP] = [
    PerMCP("mcp_tools", .gauge, "Tools in the last complete listing.") { mcps, mcp, _, out in
      if let count = mcps[mcp].catalogue?.tools { out.sample(.whole(count)) }
    },
    PerMCP("mcp_prompts", .gauge, "Prompts in the last complete listing.") { mcps, mcp, _, out in
      if let count = mcps[mcp].catalogue?.prompts { out.sample(.whole(count)) }
    },
    PerMCP("mcp_resources", .gauge, "Resources in the last complete listing.") {
      mcps, mcp, _, out in
      if let count = mcps[mcp].catalogue?.resources { out.sample(.whole(count)) }
    },
    PerMCP(
      "mcp_catalogue_changes_total", .counter,
      "Differences of a listing from the one before it, by their kind.", labels: ["kind"]
    ) { mcps, mcp, _, out in
      for change in mcps[mcp].counters.catalogue {
        out.sample(.whole(change.count), label: kinds[change.kind] ?? [])
      }
    },
    PerMCP(
      "mcp_catalogue_last_change_timestamp_seconds", .gauge,
      "When a listing last differed in this way from the one before it.", labels: ["kind"]
    ) { mcps, mcp, _, out in
      for change in mcps[mcp].counters.catalogue {
        out.sample(.seconds(change.last), label: kinds[change.kind] ?? [])
      }
    },
    PerMCP(
      "mcp_server_info", .gauge, "What the server says it is and how it is spoken to; always 1.",
      labels: ["server_name", "server_version", "protocol_version", "transport"]
    ) { mcps, mcp, _, out in
      guard let server = mcps[mcp].server, let transport = mcps[mcp].transport else { return }
      var label = renderedLabel("server_name", server.name)
      for (name, value) in [
        ("server_version", server.version), ("protocol_version", mcps[mcp].protocolVersion ?? ""),
        ("transport", transport.rawValue),
      ] {
        label.append(UInt8(ascii: ","))
        label.append(contentsOf: renderedLabel(name, value))
      }
      out.sample(.whole(1 as Int64), label: label)
    },
  ]
  static let checks: [PerMCP] = [
    PerMCP(
      "mcp_tls_certificate_expiry_timestamp_seconds", .gauge,
      "When the certificate expires that the server showed last."
    ) { mcps, mcp, _, out in
      if let expiry = mcps[mcp].certificateExpiry { out.sample(.seconds(expiry)) }
    },
    PerMCP(
      "mcp_check_success", .gauge, "Whether the check's last call went as expected.",
      labels: ["check"]
    ) { mcps, mcp, _, out in
      for check in mcps[mcp].checks {
        out.sample(
          .flag(check.result.isSuccess), label: renderedLabel("check", check.result.name))
      }
    },
    PerMCP(
      "mcp_check_duration_seconds", .gauge, "Time that the check's last call took.",
      labels: ["check"]
    ) { mcps, mcp, _, out in
      for check in mcps[mcp].checks {
        out.sample(
          .seconds(check.result.duration), label: renderedLabel("check", check.result.name))
      }
    },
  ]
}
