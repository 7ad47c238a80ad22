import Agent
import MCPWire
import Signals

extension ConfigFile {
  private static let mcpLimit = 100_000

  private enum ExpectAuth: String, CaseIterable { case none, required }

  static func readMCPs(_ value: Value?, _ defaults: Defaults) -> [MCPSettings] {
    var names = NamesOnce(list: "mcps")
    let items = value?.items(atMost: mcpLimit) ?? []
    return items.enumerated().compactMap { index, item in
      Section.read(item) { section in
        let mcp = readMCP(section, defaults)
        names.check(mcp.name, of: section, at: index)
        return mcp
      }
    }
  }

  /// Name and URL are empty when they are missing or wrong, which is reported.
  private static func readMCP(_ section: Section, _ defaults: Defaults) -> MCPSettings {
    let name = section.required("name")?.text(length: 1...100)
    let target = ProbeTarget(url: readURL(section) ?? "")
    var mcp = MCPSettings(name: name ?? "", target: target)
    mcp.description =
      section["description"]?.text(length: 0...4096, lines: true) ?? mcp.description
    mcp.enabled = section.flag("enabled") ?? mcp.enabled
    mcp.labels = readLabels(section["labels"], reserved: seriesLabels)
    readTransport(section, into: &mcp.target)
    readProbe(section, defaults, into: &mcp)
    readCatalogueInterval(section, into: &mcp)
    mcp.breaker = defaults.breaker
    section.section("circuit_breaker") { readBreaker($0, into: &mcp.breaker) }
    mcp.target.expectsAuth = section.choice("expect_auth", ExpectAuth.self) == .required
    section.section("http") { readHTTP($0, into: &mcp.target.http, url: mcp.target.url) }
    section.refuse("checks", step: 6)
    return mcp
  }

  private static func readURL(_ section: Section) -> String? {
    guard let value = section.required("url") else { return nil }
    guard let text = value.text(length: 1...URLCheck.lengthLimit) else { return nil }
    guard let reason = URLCheck.server(text) else { return text }
    value.report(reason)
    return nil
  }

  private static func readTransport(_ section: Section, into target: inout ProbeTarget) {
    guard let value = section["transport"] else { return }
    if case .scalar("sse", _) = value.node.content {
      value.report(Section.notYet(step: 6))
    } else {
      target.transport = value.choice(TransportSetting.self) ?? target.transport
    }
  }

  private static func readProbe(
    _ section: Section, _ defaults: Defaults, into mcp: inout MCPSettings
  ) {
    var timeout: Duration?
    mcp.interval = defaults.interval
    section.section("probe") { probe in
      let interval = readProbeInterval(probe, "interval")
      mcp.interval = interval ?? mcp.interval
      timeout = probe.duration("timeout")
      checkTimeout(
        probe, "timeout", timeout, within: mcp.interval,
        unless: interval == nil && probe.has("interval"))
      mcp.depth = probe.choice("depth", MCPSettings.Depth.self) ?? mcp.depth
    }
    mcp.timeout = timeout ?? defaults.timeout(within: mcp.interval)
  }

  /// 0 is never.
  private static func readCatalogueInterval(_ section: Section, into mcp: inout MCPSettings) {
    guard let interval = section["catalogue_interval"]?.duration() else { return }
    mcp.catalogueInterval = interval == .zero ? nil : interval
  }
}
