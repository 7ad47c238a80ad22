import Agent
import Signals

/// Reads `mcp_servers` and `omni2_config` as they stand at one moment.
///
/// Every value is asked for as text, so that any type of column will do. What comes is bounded by
/// the server: the number of rows, the bytes of a value, the bytes of all of them.
package struct DatabaseReader: Sendable {
  package struct Bounds: Sendable {
    package var servers = 100_000
    package var configs = 1000
    /// Names with ids.
    package var names = 200_000
    /// Of all values of the registry, and of all of the configuration.
    package var bytes = 16 << 20

    package init() {}
  }

  private let schema: AttachedSchema
  private let readsRegistry: Bool
  private let bounds: Bounds

  package init(_ schema: AttachedSchema, registry: Bool, bounds: Bounds = Bounds()) {
    self.schema = schema
    readsRegistry = registry
    self.bounds = bounds
  }

  package func read(
    _ connection: Connection, within time: Duration
  ) throws(LinkError) -> DatabaseReading {
    var statements = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", names]
    if readsRegistry { statements.append(registry) }
    if schema.hasConfig { statements.append(configuration) }
    statements.append("COMMIT")
    let answers: [Rows]
    do throws(LinkError) {
      answers = try connection.pipeline(statements.map { Statement($0) }, within: time)
    } catch {
      connection.rollBack()
      throw error
    }
    var reading = DatabaseReading()
    var rest = answers.dropFirst()
    if let rows = rest.popFirst() { readNames(rows, into: &reading) }
    if readsRegistry, let rows = rest.popFirst() { readServers(rows, into: &reading) }
    if schema.hasConfig, let rows = rest.popFirst() { readConfiguration(rows, into: &reading) }
    return reading
  }

  // MARK: - Names

  private static let longestName = 1024

  private var names: String {
    """
    SELECT id::int8, name::text FROM \(schema.table("mcp_servers"))
    WHERE octet_length(name::text) <= \(Self.longestName) ORDER BY id LIMIT \(bounds.names + 1)
    """
  }

  private func readNames(_ rows: Rows, into reading: inout DatabaseReading) {
    reading.ids.byName.reserveCapacity(rows.count)
    for row in 0..<min(rows.count, bounds.names) {
      guard let id = rows.int64(row, 0), let name = rows.text(row, 1) else { continue }
      reading.ids.byName[name] = id
    }
    if rows.count > bounds.names {
      reading.note("mcp_servers has more than \(bounds.names) rows: the rest is not looked at")
    }
  }

  // MARK: - Registry

  private static let serverFields = [
    BoundedField("name", longestName), BoundedField("url", 8192),
    BoundedField("description", 16 << 10), BoundedField("protocol", 100),
    BoundedField("timeout_seconds", 100), BoundedField("auth_type", 100),
    BoundedField("auth_config", 64 << 10), BoundedField("max_failure_cycles", 100),
    BoundedField("meta_data", 64 << 10),
  ]

  private var registry: String {
    BoundedField.query(
      Self.serverFields, from: schema.table("mcp_servers"), id: "t.id::int8",
      where: """
        t.status::text = 'active' AND NOT EXISTS (
          SELECT FROM \(schema.table("breakwater_servers")) o
          WHERE o.mcp_server_id = t.id AND o.agent_id <> '')
        """, order: "t.id", rows: bounds.servers, bytes: bounds.bytes)
  }

  private func readServers(_ rows: Rows, into reading: inout DatabaseReading) {
    for row in 0..<rows.count {
      let values = BoundedRow(rows, row, fields: Self.serverFields)
      let place = "row \(rows.int64(row, 0) ?? 0) of mcp_servers"
      if let long = values.tooLong.first(where: { $0 != "description" }) {
        reading.note("\(place): \(long) is too long; the row is left out")
        continue
      }
      guard let id = rows.int64(row, 0), let name = values["name"], let url = values["url"] else {
        reading.note("\(place): the name or the url is NULL; the row is left out")
        continue
      }
      var server = RegistryRow(id: id, name: name, url: url)
      server.description = values["description"]
      server.transport = values["protocol"]
      server.authType = values["auth_type"]
      server.authConfig = values["auth_config"].map { Secret($0) }
      server.metaData = values["meta_data"]
      do throws(NoWholeNumber) {
        server.timeoutSeconds = try values.number("timeout_seconds")
        server.maxFailureCycles = try values.number("max_failure_cycles")
      } catch {
        reading.note("\(place): \(error.field) is no whole number; the row is left out")
        continue
      }
      reading.rows.servers.append(server)
    }
    noteMissing(rows, of: "active rows of mcp_servers", into: &reading)
  }

  // MARK: - Configuration

  private static let configFields = [
    BoundedField("config_key", 1024), BoundedField("config_value", 64 << 10),
  ]

  private var configuration: String {
    BoundedField.query(
      Self.configFields, from: schema.table("omni2_config"), id: "NULL::int8",
      where: "lower(t.is_active::text) IN ('true', 't', '1', 'yes', 'y', 'on')",
      order: "t.config_key", rows: bounds.configs, bytes: bounds.bytes)
  }

  private func readConfiguration(_ rows: Rows, into reading: inout DatabaseReading) {
    for row in 0..<rows.count {
      let values = BoundedRow(rows, row, fields: Self.configFields)
      guard let key = values["config_key"] else {
        reading.note("a row of omni2_config has no key, or one that is too long; it is left out")
        continue
      }
      // NULL, or too long: no JSON, so that the value before stays and it is told.
      reading.rows.config.append(ConfigRow(key: key, value: values["config_value"] ?? ""))
    }
    noteMissing(rows, of: "active rows of omni2_config", into: &reading)
  }

  /// The second column of a row is how many there are altogether.
  private func noteMissing(_ rows: Rows, of what: String, into reading: inout DatabaseReading) {
    guard let total = rows.int64(0, 1), total > rows.count else { return }
    reading.note("\(total) \(what): only the first \(rows.count) are read")
  }
}
