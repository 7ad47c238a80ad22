package import Alerting
package import Breaking
package import MCPWire
package import Notifications
package import Signals

/// A whole configuration, valid by construction: only ConfigFile and tests make one.
package struct Settings: Equatable, Sendable {
  package var global = GlobalSettings()
  package var storage = StorageSettings()
  package var logging = LoggingSettings()
  /// `nil`: no Postgres.
  package var postgres: PostgresSettings?
  /// In the file's order, then the rows of the registry; names are unique.
  package var mcps: [MCPSettings] = []
  /// What the MCPs of the file say themselves, by name; none for those that say nothing.
  package var own: [String: OwnSettings] = [:]
  /// What the file says for all of them.
  package var defaults = ProbeDefaults()
  /// Of all rule files, in the order of `rule_files`.
  package var rules: [RuleGroup] = []
  /// Who is told of alerts.
  package var notifications = NotificationSettings()
  /// Of every connection that the agent makes to servers, proxies and receivers.
  package var addressPolicy = AddressPolicy()
  /// `web.enable_probe`: whether `GET /probe` answers.
  package var servesProbe = false
  /// `web.allowed_hosts`: names besides its own by which the agent may be asked for; `*`: all.
  package var allowedHosts: [String] = []

  package init() {}
}

package struct GlobalSettings: Equatable, Sendable {
  package var probeInterval: Duration = .seconds(30)
  package var probeTimeout: Duration = .seconds(10)
  package var evaluationInterval: Duration = .seconds(15)
  /// How far in the past rule groups are evaluated that do not say so themselves.
  package var ruleQueryOffset: Duration = .zero
  package var externalLabels: [Label] = []

  package init() {}
}

/// What a log line says of the thread that wrote it.
package struct LoggingSettings: Equatable, Sendable {
  package var threadName = true
  package var threadID = false

  package init() {}
}

package struct StorageSettings: Equatable, Sendable {
  package enum SampleRetention: Equatable, Sendable {
    case automatic
    case fixed(Duration)
  }

  package var path = "data"
  package var eventRetention: Duration = .seconds(90 * 86_400)
  package var sampleRetention = SampleRetention.automatic

  package init() {}
}

/// One MCP server to watch.
package struct MCPSettings: Equatable, Sendable {
  package enum Depth: String, CaseIterable, Sendable { case liveness, catalogue }

  /// The value of the label `mcp`: 1 to 100 characters, unique.
  package var name: String
  package var description = ""
  package var target: ProbeTarget
  /// At least 100 ms.
  package var interval: Duration = .seconds(30)
  /// Positive, at most the interval.
  package var timeout: Duration = .seconds(10)
  package var depth = Depth.liveness
  /// `nil`: a liveness-depth MCP is never listed.
  package var catalogueInterval: Duration? = .seconds(300)
  package var enabled = true
  /// Added to every series of this MCP, sorted by name.
  package var labels: [Label] = []
  package var breaker = Breaker.Settings()

  package init(name: String, target: ProbeTarget) {
    self.name = name
    self.target = target
  }
}
