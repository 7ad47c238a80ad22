package import Signals

/// `postgres` of CONTRACT.md 2.
package struct PostgresSettings: Equatable, Sendable {
  /// What is written to `mcp_health_log`.
  package enum Log: String, CaseIterable, Sendable {
    /// A row for each probe.
    case all
    /// A row for each change, and one an hour.
    case changes
  }

  /// libpq's URI; `nil`: the environment (PGHOST, PGDATABASE...) says where.
  package var url: Secret?
  /// Letters, digits and underscores; at most 63.
  package var schema = "omni2"
  /// Whether rows of `mcp_servers` are MCPs too.
  package var registry = true
  package var log = Log.all

  package init() {}
}
