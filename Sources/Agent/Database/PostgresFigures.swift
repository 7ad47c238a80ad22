/// Why something with Postgres failed; the label `reason` of `breakwater_postgres_failures_total`.
package enum PostgresFailure: String, CaseIterable, Error, Sendable {
  /// Nobody listens, no such host, no answer to the connection.
  case unreachable
  /// The password or the user is not accepted.
  case auth
  /// No TLS where it must be, or a certificate that does not hold.
  case tls
  /// No host takes writes.
  case readOnly = "read_only"
  /// 53300, 57P03: it is there and takes nobody now.
  case busy
  /// The server or the network ended the connection.
  case lost
  /// A statement did not end in its time.
  case timeout
  /// 40001, 40P01, 55P03: another session was in the way.
  case conflict
  /// 53100 and its kind.
  case full
  /// 42501: a right is missing.
  case permission
  /// The schema is newer than this program.
  case newerSchema = "newer_schema"
  /// The tables are not what this program can write to.
  case foreignSchema = "foreign_schema"
  /// A row that the database does not take.
  case data
  /// The journal cannot be read.
  case journal
  case other
}

/// Why a row of the feed is not in Postgres.
package enum FeedDropReason: String, CaseIterable, Sendable {
  /// More waited than is kept.
  case overflow
  /// The journal refused too many.
  case journal
  /// Its MCP has no row any more.
  case gone
  /// The database refused it.
  case refused
  /// The journal's bytes cannot be read.
  case unreadable
}

/// What the link to Postgres counts.
package struct PostgresFigures: Equatable, Sendable {
  /// Connected, and the schema is one to write to.
  package var isUp = false
  /// Transactions committed with rows of the feed.
  package var writes: UInt64 = 0
  /// Rows of the feed that are in Postgres.
  package var rowsWritten: UInt64 = 0
  /// In the order of `PostgresFailure.allCases`.
  package var failures: [UInt64] = Array(repeating: 0, count: PostgresFailure.allCases.count)
  /// In the order of `FeedDropReason.allCases`.
  package var dropped: [UInt64] = Array(repeating: 0, count: FeedDropReason.allCases.count)
  /// Rows of the feed that wait.
  package var queueLength = 0
  package var queueBytes = 0
  /// Age of the oldest row that waits; zero when none does.
  package var lag: Duration = .zero
  /// Rows of `mcp_health_log` deleted because they were old.
  package var pruned: UInt64 = 0
  /// Rows of `mcp_servers` that are MCPs, and those that cannot be.
  package var registryMCPs = 0
  package var registryRefused = 0
  /// Keys of `omni2_config` whose value is not taken.
  package var configRefused: Set<DatabaseKey> = []

  package init() {}
}
