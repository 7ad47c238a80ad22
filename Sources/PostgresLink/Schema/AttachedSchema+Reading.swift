import Agent

extension AttachedSchema {
  /// Of a schema that has all it needs.
  init(_ draft: Draft) throws(LinkError) {
    name = draft.schema
    servers = try ServerColumns(ColumnReader(draft, SchemaVersions.servers))
    log = try LogColumns(ColumnReader(draft, SchemaVersions.log))
    tools =
      draft.leftAlone.contains(SchemaVersions.tools.name)
      ? nil : try ToolColumns(ColumnReader(draft, SchemaVersions.tools))
    hasConfig = !draft.leftAlone.contains(SchemaVersions.config.name)
    notes = draft.notes
  }
}

/// The columns of a table by name.
struct ColumnReader {
  let table: TableShape
  let columns: [String: Catalogue.Column]
  private let schema: String

  init(_ draft: Draft, _ table: TableShape) {
    self.table = table
    schema = draft.schema.text
    columns = draft.relation(table.name)?.columns ?? [:]
  }

  func callAsFunction(_ name: String) throws(LinkError) -> ColumnForm {
    guard let column = columns[name], let type = ColumnType(rawValue: column.typeOID) else {
      throw LinkError(.foreignSchema, detail: "\(schema).\(table.name) has no column \(name)")
    }
    return ColumnForm(type, limit: column.limit)
  }
}

extension ServerColumns {
  init(_ column: ColumnReader) throws(LinkError) {
    id = try column("id")
    name = try column("name")
    url = try column("url")
    description = try column("description")
    status = try column("status")
    transport = try column("protocol")
    healthStatus = try column("health_status")
    lastHealthCheck = try column("last_health_check")
    errorCount = try column("error_count")
    circuitState = try column("circuit_state")
    consecutiveFailures = try column("consecutive_failures")
    lastRecoveryAttempt = try column("last_recovery_attempt")
    totalDowntimeSeconds = try column("total_downtime_seconds")
    failureCycleCount = try column("failure_cycle_count")
    autoDisabledAt = try column("auto_disabled_at")
    autoDisabledReason = try column("auto_disabled_reason")
    createdAt = try column("created_at")
    updatedAt = try column("updated_at")
    wanted = column.table.values.sorted { $0.key < $1.key }.compactMap { name, value in
      guard let there = column.columns[name], there.isNotNull, !there.hasDefault else { return nil }
      return WantedValue(column: name, value: value)
    }
  }
}

extension LogColumns {
  init(_ column: ColumnReader) throws(LinkError) {
    serverID = try column("mcp_server_id")
    timestamp = try column("timestamp")
    status = try column("status")
    responseTimeMilliseconds = try column("response_time_ms")
    errorMessage = try column("error_message")
    metaData = try column("meta_data")
    eventType = try column("event_type")
    eventID = try column("event_id")
  }
}

extension ToolColumns {
  init(_ column: ColumnReader) throws(LinkError) {
    serverID = try column("mcp_server_id")
    name = try column("name")
    description = try column("description")
    inputSchema = try column("input_schema")
    createdAt = try column("created_at")
    updatedAt = try column("updated_at")
  }
}
