import Agent
import Alerting
import Breaking
import Notifications
import Signals

extension ConfigFile {
  /// The whole grammar begins here (CONTRACT.md 2).
  static func readRoot(_ value: Value) -> Settings {
    Section.read(value) { root in
      var settings = Settings()
      var receiverDefaults = ReceiverDefaults()
      root.section("global") {
        settings.defaults.timeout = readGlobal($0, into: &settings.global)
        receiverDefaults = ReceiverDefaults($0)
      }
      settings.defaults.interval = settings.global.probeInterval
      root.section("circuit_breaker") {
        let breaker = settings.defaults.breaker
        settings.defaults.breaker = breaker.patched(by: readBreaker($0, over: breaker))
      }
      readMCPs(root["mcps"], into: &settings)
      settings.rules = readRuleFiles(root["rule_files"], settings.global)
      root.section("storage") { readStorage($0, into: &settings.storage, settings.rules) }
      settings.notifications = readNotifications(root, receiverDefaults)
      settings.notifications.externalLabels = settings.global.externalLabels
      settings.postgres = root.section("postgres", readPostgres)
      root.section("logging") { readLogging($0, into: &settings.logging) }
      settings.addressPolicy =
        root.section("address_policy", readAddressPolicy) ?? settings.addressPolicy
      root.section("web") {
        settings.servesProbe = $0.flag("enable_probe") ?? settings.servesProbe
        settings.allowedHosts = readAllowedHosts($0["allowed_hosts"])
      }
      root.refuse("file_sd_configs", "remote_write")
      return settings
    } ?? Settings()
  }

  /// Returns the timeout as it was set.
  private static func readGlobal(
    _ section: Section, into global: inout GlobalSettings
  ) -> Duration? {
    let interval = readProbeInterval(section, "probe_interval")
    global.probeInterval = interval ?? global.probeInterval
    let timeout = section.duration("probe_timeout")
    checkTimeout(
      section, "probe_timeout", timeout, within: global.probeInterval,
      unless: interval == nil && section.has("probe_interval"))
    global.probeTimeout = timeout ?? min(global.probeTimeout, global.probeInterval)
    global.evaluationInterval =
      section.duration("evaluation_interval", atLeast: .milliseconds(100))
      ?? global.evaluationInterval
    global.ruleQueryOffset =
      section["rule_query_offset"]?.duration() ?? global.ruleQueryOffset
    global.externalLabels = readLabels(section["external_labels"], reserved: [])
    return timeout
  }

  static func readProbeInterval(_ section: Section, _ key: String) -> Duration? {
    section.duration(key, atLeast: .milliseconds(100))
  }

  /// A timeout above its interval is an error, unless the interval is one already.
  static func checkTimeout(
    _ section: Section, _ key: String, _ timeout: Duration?, within interval: Duration,
    unless intervalIsWrong: Bool
  ) {
    guard let timeout, timeout > interval, !intervalIsWrong else { return }
    section.report("above the interval of \(interval.prometheusText)", at: key)
  }

  private static func readAllowedHosts(_ value: Value?) -> [String] {
    (value?.items(atMost: 100) ?? []).compactMap { item in
      item.takes(.described("the name of a host, or `*`"))
      guard let host = item.text(length: 1...253) else { return nil }
      if host == "*" { item.warn("a page of any site can ask this agent, if it can be reached") }
      if host.contains(where: { "/:@[] ".contains($0) }) {
        item.report("expected a host name, without scheme and port")
      }
      return host
    }
  }

  private static func readLogging(_ section: Section, into logging: inout LoggingSettings) {
    logging.threadName = section.flag("thread_name") ?? logging.threadName
    logging.threadID = section.flag("thread_id") ?? logging.threadID
  }

  private static func readStorage(
    _ section: Section, into storage: inout StorageSettings, _ rules: [RuleGroup]
  ) {
    storage.path = section["path"]?.text() ?? storage.path
    section.section("retention") { retention in
      storage.eventRetention = retention.duration("events") ?? storage.eventRetention
      guard let samples = retention["samples"] else { return }
      samples.takes(.described("`auto`, or a duration above 0"))
      if case .scalar("auto", _) = samples.node.content {
        storage.sampleRetention = .automatic
      } else if let duration = retention.duration("samples") {
        storage.sampleRetention = .fixed(duration)
        checkRetention(samples, duration, rules)
      }
    }
  }
}
