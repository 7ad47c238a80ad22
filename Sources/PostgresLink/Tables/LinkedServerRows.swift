package import Agent

/// Keeps the rows of `mcp_servers` that stand for MCPs of configuration files: each MCP has a row
/// for its health, and `breakwater_servers` says which of the rows Breakwater made.
package struct LinkedServerRows: Sendable {
  package struct Changes: Equatable, Sendable {
    package var inserted = 0
    package var updated = 0
    /// Of MCPs that the file has no more: now inactive.
    package var retired = 0
    /// MCPs that can have no row, and why.
    package var problems: [String] = []

    package init() {}
  }

  private let schema: AttachedSchema
  private let agentID: String

  package init(_ schema: AttachedSchema, agentID: String) {
    self.schema = schema
    self.agentID = agentID
  }

  /// Brings the rows in step with `servers`, in one transaction. A row that somebody else made
  /// stays as it is. When nothing differs, nothing is written: a statement that changes no row
  /// would fire the triggers all the same.
  package func keep(
    _ servers: [LinkedServer], _ connection: Connection, within time: Duration
  ) throws(LinkError) -> Changes {
    var difference = LinkedServerDifference(servers: schema.servers, agentID: agentID)
    let wanted = difference.writable(servers)
    do throws(LinkError) {
      var parameters = Parameters()
      parameters.append(texts: wanted.map(\.name))
      parameters.append(text: agentID)
      let answers = try connection.pipeline(
        [Statement("BEGIN"), Statement(there, parameters)], within: time)
      difference.compare(wanted, with: answers.last ?? Rows())
      let ends: [Rows]
      do throws(LinkError) {
        ends = try connection.pipeline(
          statements(difference) + [Statement("COMMIT")], within: time)
      } catch {
        connection.rollBack()
        guard connection.isUsable, error.blamesRow else { throw error }
        return try keepEach(difference, connection, within: time)
      }
      var changes = Changes()
      // Rows that were inserted by somebody else meanwhile are not counted.
      if !difference.missing.isEmpty { changes.inserted = ends.first?.affected ?? 0 }
      changes.updated = difference.changed.count
      changes.retired = difference.gone.count
      changes.problems = difference.problems
      return changes
    } catch {
      connection.rollBack()
      throw error
    }
  }

  /// A row that the database will not have is left out; the others are kept all the same, each in
  /// a transaction of its own.
  private func keepEach(
    _ difference: LinkedServerDifference, _ connection: Connection, within time: Duration
  ) throws(LinkError) -> Changes {
    var changes = Changes()
    changes.problems = difference.problems
    for part in difference.parts {
      do throws(LinkError) {
        _ = try connection.pipeline(
          [Statement("BEGIN")] + statements(part) + [Statement("COMMIT")], within: time)
        changes.inserted += part.missing.count
        changes.updated += part.changed.count
        changes.retired += part.gone.count
      } catch {
        connection.rollBack()
        guard connection.isUsable, error.blamesRow else { throw error }
        let name = (part.missing + part.changed.map(\.server)).first?.name
        changes.problems.append("\(name ?? "a row of the file's"): \(error.detail)")
      }
    }
    return changes
  }

  private func statements(_ difference: LinkedServerDifference) -> [Statement] {
    var statements: [Statement] = []
    if !difference.missing.isEmpty {
      var parameters = Parameters()
      parameters.append(texts: difference.missing.map(\.name))
      Self.append(difference.missing, to: &parameters)
      parameters.append(text: agentID)
      statements.append(Statement(insert, parameters))
    }
    if !difference.changed.isEmpty {
      var parameters = Parameters()
      parameters.append(int8s: difference.changed.map(\.id))
      Self.append(difference.changed.map(\.server), to: &parameters)
      statements.append(Statement(update, parameters))
    }
    if !difference.adopted.isEmpty {
      var parameters = Parameters()
      parameters.append(int8s: difference.adopted)
      parameters.append(text: agentID)
      statements.append(Statement(adopt, parameters))
    }
    if !difference.gone.isEmpty {
      var parameters = Parameters()
      parameters.append(int8s: difference.gone)
      statements.append(Statement(retire, parameters))
      statements.append(Statement(release, parameters))
    }
    return statements
  }

  private static func append(_ servers: [LinkedServer], to parameters: inout Parameters) {
    parameters.append(texts: servers.map(\.url))
    parameters.append(texts: servers.map(\.description))
    parameters.append(texts: servers.map(\.status))
    parameters.append(texts: servers.map(\.transport))
  }

  private var table: String { schema.table("mcp_servers") }
  private var own: String { schema.table("breakwater_servers") }

  private var there: String {
    """
    SELECT s.id::int8, s.name::text, s.url::text, s.description::text, s.status::text,
      s.protocol::text, o.agent_id::text
    FROM \(table) s LEFT JOIN \(own) o ON o.mcp_server_id = s.id
    WHERE s.name = ANY ($1) OR o.agent_id = $2
    """
  }

  private var insert: String {
    let wanted = schema.servers.wanted
    let columns = wanted.map { ", " + QuotedName.quoting($0.column) }.joined()
    let values = wanted.map { ", " + $0.value }.joined()
    return """
      WITH made AS (
        INSERT INTO \(table)
          (name, url, description, status, protocol, created_at, updated_at\(columns))
        SELECT u.name, u.url, u.description, u.status, u.protocol, now(), now()\(values)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
          AS u (name, url, description, status, protocol)
        ON CONFLICT (name) DO NOTHING RETURNING id)
      INSERT INTO \(own) (mcp_server_id, agent_id) SELECT id, $6 FROM made
      """
  }

  private var update: String {
    """
    UPDATE \(table) s SET url = u.url, description = u.description, status = u.status,
      protocol = u.protocol, updated_at = now()
    FROM unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::text[])
      AS u (id, url, description, status, protocol)
    WHERE s.id = u.id
    """
  }

  private var adopt: String {
    "UPDATE \(own) SET agent_id = $2 WHERE mcp_server_id = ANY ($1)"
  }

  private var release: String {
    "UPDATE \(own) SET agent_id = '' WHERE mcp_server_id = ANY ($1)"
  }

  private var retire: String {
    "UPDATE \(table) SET status = 'inactive', updated_at = now() WHERE id = ANY ($1)"
  }
}

extension LinkError {
  /// Another row may be taken.
  fileprivate var blamesRow: Bool { reason == .data || reason == .permission }
}
