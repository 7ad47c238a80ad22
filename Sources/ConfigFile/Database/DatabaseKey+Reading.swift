import Agent
import Breaking
import Signals

extension DatabaseKey {
  /// `settings` with what the row says. OMNI2 keeps further members in these objects: they are not
  /// read, and only warned of when they look like a slip of the pen.
  func read(
    _ row: ConfigRow, over file: Settings, onto settings: DatabaseSettings
  ) throws(Refusal) -> DatabaseSettings {
    let findings = Findings(file: "")
    var changed = settings
    let context = Context(findings: findings, directory: "")
    let value = Value(json: row.value, path: rawValue, context: context)
    _ = value.flatMap {
      Section.readForeign($0, .doubted) { section in
        switch self {
        case .circuitBreaker: Self.readBreaker(section, over: file, into: &changed)
        case .healthCheck: Self.readHealthCheck(section, over: file, into: &changed)
        case .hotReload:
          changed.pollInterval =
            section["interval_seconds"]?.seconds(in: 1...3600) ?? changed.pollInterval
        case .threadLogging: changed.threadLogging = Self.readThreadLogging(section)
        }
      }
    }
    if let refusal = findings.refusal(of: "omni2_config ") { throw refusal }
    changed.doubts += findings.warnings.map { "omni2_config \($0.sentence)" }
    changed.config.append(row)
    return changed
  }

  private static let longest = Double(ConfigFile.secondsLimit)

  private static func readBreaker(
    _ section: Section, over file: Settings, into settings: inout DatabaseSettings
  ) {
    let most = ConfigFile.countLimit
    var patch = Breaker.Patch()
    patch.enabled = section.flag("enabled")
    patch.failureThreshold = section.whole("failure_threshold", in: 1...most)
    patch.recoveryTimeout = section["timeout_seconds"]?.seconds(in: 0.001...longest)
    patch.halfOpenMaxCalls = section.whole("half_open_max_calls", in: 1...most)
    patch.maxFailureCycles = section.whole("max_failure_cycles", in: 0...most)
    settings.breaker = patch
    settings.autoDisables = section.flag("auto_disable_enabled") ?? true
    checkWaits(section, file, file.defaults.overlaid(by: settings))
  }

  /// The first wait must not be above the longest of the file or of one of its MCPs.
  private static func checkWaits(_ section: Section, _ file: Settings, _ defaults: ProbeDefaults) {
    func report(_ breaker: Breaker.Settings, of owner: String) {
      section.report(
        "above backoff.max (\(breaker.backoff.max.prometheusText)) of \(owner); raise that first",
        at: "timeout_seconds")
    }
    guard section.has("timeout_seconds") else { return }
    guard defaults.breaker.waitsFit else {
      return report(defaults.breaker, of: "the configuration file")
    }
    for mcp in file.mcps {
      guard let own = file.own[mcp.name] else { continue }
      let breaker = defaults.breaker.patched(by: own.breaker)
      guard breaker.waitsFit else { return report(breaker, of: "MCP \(mcp.name.namedSafely)") }
    }
  }

  private static func readHealthCheck(
    _ section: Section, over file: Settings, into settings: inout DatabaseSettings
  ) {
    guard let interval = section["interval_seconds"]?.seconds(in: 0.1...longest) else { return }
    settings.interval = interval
    for mcp in file.mcps {
      guard let own = file.own[mcp.name], own.interval == nil, let timeout = own.timeout,
        timeout > interval
      else { continue }
      return section.report(
        "below the timeout (\(timeout.prometheusText)) of MCP \(mcp.name.namedSafely) in the"
          + " configuration file", at: "interval_seconds")
    }
  }

  private static func readThreadLogging(_ section: Section) -> DatabaseSettings.ThreadLogging {
    var logging = DatabaseSettings.ThreadLogging()
    logging.enabled = section.flag("enabled")
    logging.includesName = section.flag("include_thread_name")
    logging.includesID = section.flag("include_thread_id")
    return logging
  }
}
