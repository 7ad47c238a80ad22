package import Breaking

/// What the database says and can be (CONTRACT.md 6): keys of `omni2_config` and the rows of the
/// registry. Valid together with the file's settings that it was read over: only ConfigFile and
/// tests make one.
package struct DatabaseSettings: Equatable, Sendable {
  /// `circuit_breaker`.
  package var breaker = Breaker.Patch()
  /// `circuit_breaker.auto_disable_enabled`; off, it also counts for what rows say.
  package var autoDisables = true
  /// `health_check.interval_seconds`; at least 100 ms.
  package var interval: Duration?
  /// `hot_reload.interval_seconds`: how often the tables are read when no notification comes;
  /// 1 s to 1 h.
  package var pollInterval = Self.defaultPollInterval
  /// `thread_logging`.
  package var threadLogging: ThreadLogging?
  /// In order of their ids; names are unique, also among the file's.
  package var mcps: [RegistryMCP] = []

  /// The rows whose values count, older ones among them where the newest cannot be.
  package var config: [ConfigRow] = []
  /// Keys whose newest value cannot be.
  package var refusedConfig: [Refusal] = []
  /// Rows that cannot be watched.
  package var refusedRows: [Refusal] = []
  /// Valid, and probably not meant; a sentence each, with its place.
  package var doubts: [String] = []

  package static let defaultPollInterval: Duration = .seconds(30)

  package init() {}

  /// Something of the database that is left out.
  package struct Refusal: Equatable, Sendable {
    /// The key of `omni2_config`, or the row's name.
    package var name: String
    /// With its place, as in `omni2_config circuit_breaker.enabled: expected true or false`.
    package var reason: String

    package init(name: String, reason: String) {
      self.name = name
      self.reason = reason
    }
  }

  /// What log lines say of their threads, over what the file says.
  package struct ThreadLogging: Equatable, Sendable {
    package var enabled: Bool?
    package var includesName: Bool?
    package var includesID: Bool?

    package init() {}
  }
}

/// A row of `mcp_servers` that can be watched.
package struct RegistryMCP: Equatable, Sendable {
  package var id: Int64
  /// Without interval, timeout and breaker, which `own` and the levels below it give.
  package var settings: MCPSettings
  package var own: OwnSettings

  package init(id: Int64, settings: MCPSettings, own: OwnSettings) {
    self.id = id
    self.settings = settings
    self.own = own
  }
}
