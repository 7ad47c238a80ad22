package import Signals

/// An active row of `mcp_servers` as it stands there, not yet checked.
package struct RegistryRow: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var url: String
  package var description: String?
  /// http, http-streamable, sse; `nil`: found out.
  package var transport: String?
  package var timeoutSeconds: Int?
  /// bearer, api_key, custom_headers; `nil`: none.
  package var authType: String?
  /// JSON.
  package var authConfig: Secret?
  package var maxFailureCycles: Int?
  /// JSON.
  package var metaData: String?

  package init(id: Int64, name: String, url: String) {
    self.id = id
    self.name = name
    self.url = url
  }
}

/// The keys of `omni2_config` that are read; others are another program's.
package enum DatabaseKey: String, CaseIterable, Sendable {
  case circuitBreaker = "circuit_breaker"
  case healthCheck = "health_check"
  case hotReload = "hot_reload"
  case threadLogging = "thread_logging"
}

/// An active row of `omni2_config` as it stands there, not yet checked.
package struct ConfigRow: Equatable, Sendable {
  package var key: String
  /// JSON.
  package var value: String

  package init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

/// Everything that the database says of what is to be watched, in one look.
package struct DatabaseRows: Equatable, Sendable {
  /// In order of their ids; none when the registry is not used.
  package var servers: [RegistryRow] = []
  package var config: [ConfigRow] = []
  /// Rows and values that were left out while reading, and why; no value is quoted.
  package var problems: [String] = []

  package init() {}
}
