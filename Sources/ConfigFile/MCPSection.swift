import Agent
import MCPWire
import Signals

extension ConfigFile {
  /// MCPs of the file and of the database together.
  static let mcpLimit = 20_000

  enum ExpectAuth: String, CaseIterable { case none, required }

  /// Reads `mcps` over the defaults of `settings`.
  static func readMCPs(_ value: Value?, into settings: inout Settings) {
    var names = NamesOnce(list: "mcps")
    let items = value?.items(atMost: mcpLimit) ?? []
    for (index, item) in items.enumerated() {
      Section.read(item) { section in
        var own = OwnSettings()
        let mcp = readMCP(section, settings.defaults, saying: &own)
        names.check(mcp.name, of: section, at: index)
        settings.mcps.append(mcp)
        if own != OwnSettings() { settings.own[mcp.name] = own }
      }
    }
  }

  /// Name and URL are empty when they are missing or wrong, which is reported.
  private static func readMCP(
    _ section: Section, _ defaults: ProbeDefaults, saying own: inout OwnSettings
  ) -> MCPSettings {
    let name = section.required("name")?.text(length: 1...100)
    let target = ProbeTarget(url: readURL(section) ?? "")
    var mcp = MCPSettings(name: name ?? "", target: target)
    mcp.description =
      section["description"]?.text(length: 0...4096, lines: true) ?? mcp.description
    mcp.enabled = section.flag("enabled") ?? mcp.enabled
    mcp.labels = readLabels(section["labels"], reserved: seriesLabels)
    mcp.target.transport =
      section.choice("transport", TransportSetting.self) ?? mcp.target.transport
    readProbe(section, defaults, into: &mcp, saying: &own)
    readCatalogueInterval(section, into: &mcp)
    section.section("circuit_breaker") {
      own.breaker = readBreaker($0, over: defaults.breaker)
    }
    defaults.apply(to: &mcp, saying: own)
    mcp.target.expectsAuth = section.choice("expect_auth", ExpectAuth.self) == .required
    section.section("http") { readHTTP($0, into: &mcp.target.http, url: mcp.target.url) }
    mcp.target.checks = readChecks(section["checks"])
    if mcp.target.expectsAuth, !mcp.target.checks.isEmpty {
      section["checks"]?.warn("never made: expect_auth demands a 401")
    }
    return mcp
  }

  private static func readURL(_ section: Section) -> String? {
    section.required("url").flatMap { readURL($0, credentialsUnder: "http") }
  }

  static func readURL(_ value: Value, credentialsUnder key: String) -> String? {
    value.takes(.url)
    guard let text = value.text(length: 1...URLCheck.lengthLimit) else { return nil }
    guard let reason = URLCheck.server(text, http: key) else { return text }
    value.report(reason)
    return nil
  }

  private static func readProbe(
    _ section: Section, _ defaults: ProbeDefaults, into mcp: inout MCPSettings,
    saying own: inout OwnSettings
  ) {
    section.section("probe") { probe in
      own.interval = readProbeInterval(probe, "interval")
      own.timeout = probe.duration("timeout")
      checkTimeout(
        probe, "timeout", own.timeout, within: own.interval ?? defaults.interval,
        unless: own.interval == nil && probe.has("interval"))
      mcp.depth = probe.choice("depth", MCPSettings.Depth.self) ?? mcp.depth
    }
  }

  /// 0 is never.
  private static func readCatalogueInterval(_ section: Section, into mcp: inout MCPSettings) {
    guard let interval = section["catalogue_interval"]?.duration() else { return }
    mcp.catalogueInterval = interval == .zero ? nil : interval
  }
}
