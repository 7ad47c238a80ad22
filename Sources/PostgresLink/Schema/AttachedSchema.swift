/// The schema as it is once it is complete: what those who read and write it need to know of it.
///
/// A column of another type than Breakwater would have made is taken as it is, so values go out in
/// the form that is told here. Timestamps without a zone are UTC.
package struct AttachedSchema: Equatable, Sendable {
  package var name: QuotedName
  package var servers: ServerColumns
  package var log: LogColumns
  /// `nil`: `mcp_tools` is of a kind that cannot be written to.
  package var tools: ToolColumns?
  /// Whether `omni2_config` is there to read.
  package var hasConfig: Bool
  /// What is left alone and why, for the log.
  package var notes: [String]

  /// Where the triggers tell of changes; the payload is the table's name.
  package var channel: String { SchemaNotifications.channel(schema: name.text) }

  package var listen: String { "LISTEN \(QuotedName.quoting(channel))" }

  /// `"omni2"."mcp_servers"`, for SQL.
  package func table(_ name: String) -> String { self.name.table(name) }
}

/// `mcp_servers`, as far as it is written.
package struct ServerColumns: Equatable, Sendable {
  package var id: ColumnForm
  package var name: ColumnForm
  package var url: ColumnForm
  package var description: ColumnForm
  package var status: ColumnForm
  package var transport: ColumnForm
  package var healthStatus: ColumnForm
  package var lastHealthCheck: ColumnForm
  package var errorCount: ColumnForm
  package var circuitState: ColumnForm
  package var consecutiveFailures: ColumnForm
  package var lastRecoveryAttempt: ColumnForm
  package var totalDowntimeSeconds: ColumnForm
  package var failureCycleCount: ColumnForm
  package var autoDisabledAt: ColumnForm
  package var autoDisabledReason: ColumnForm
  package var createdAt: ColumnForm
  package var updatedAt: ColumnForm
  /// Columns of OMNI2 that want a value and have no default: what a new row gets there, in SQL.
  package var wanted: [WantedValue]
}

/// A column that has to be given a value, and the value in SQL.
package struct WantedValue: Equatable, Sendable {
  package var column: String
  package var value: String
}

/// `mcp_health_log`, as far as it is written.
package struct LogColumns: Equatable, Sendable {
  package var serverID: ColumnForm
  package var timestamp: ColumnForm
  package var status: ColumnForm
  package var responseTimeMilliseconds: ColumnForm
  package var errorMessage: ColumnForm
  package var metaData: ColumnForm
  package var eventType: ColumnForm
  package var eventID: ColumnForm
}

/// `mcp_tools`, as far as it is written.
package struct ToolColumns: Equatable, Sendable {
  package var serverID: ColumnForm
  package var name: ColumnForm
  package var description: ColumnForm
  package var inputSchema: ColumnForm
  package var createdAt: ColumnForm
  package var updatedAt: ColumnForm
}
