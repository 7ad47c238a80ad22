import Agent

/// The last listing of tools of each MCP in a batch, as rows of `mcp_tools`.
struct ToolRows: Sendable {
  private(set) var schemasLeftOut = 0
  private let table: String
  /// `nil`: there is no such table to write to.
  private let columns: ToolColumns?
  private var listings: [Int64: Listing] = [:]

  private struct Listing {
    var names = ArrayColumn(.text)
    var descriptions = ArrayColumn(.text)
    var schemas: ArrayColumn
    var leftOut = 0
  }

  init(_ schema: AttachedSchema) {
    table = schema.table("mcp_tools")
    columns = schema.tools
  }

  /// The first of tools with one name counts.
  mutating func set(_ tools: FeedToolViews, id: Int64, in chunk: ChunkBytes) {
    guard let columns else { return }
    var listing = Listing(schemas: ArrayColumn(columns.inputSchema.type))
    var seen: Set<[UInt8]> = []
    for tool in tools {
      let name = chunk.cleaned(tool.name, limit: columns.name.limit)
      // A column of fixed width cuts blanks at the end.
      let key = columns.name.type == .bpchar ? name.withoutTrailingBlanks : name
      guard seen.insert(key).inserted else { continue }
      let schema = tool.inputSchema.map { unsafe Array(chunk.text($0)) }
      let isGood = schema.map(JSONBCheck.isTaken) ?? true
      if !isGood { listing.leftOut += 1 }
      listing.names.append(name)
      listing.descriptions.append(
        tool.description.map { chunk.cleaned($0, limit: columns.description.limit) })
      listing.schemas.append(isGood ? schema.map { column(of: $0, columns) } : nil)
    }
    schemasLeftOut += listing.leftOut - (listings[id]?.leftOut ?? 0)
    listings[id] = listing
  }

  private func column(of schema: [UInt8], _ columns: ToolColumns) -> [UInt8] {
    columns.inputSchema.type == .jsonb ? [1] + schema : schema
  }

  /// One for each MCP, in the order of their ids.
  func statements() -> [Statement] {
    guard let columns else { return [] }
    return listings.sorted { $0.key < $1.key }.map { id, listing in
      var listing = listing
      var parameters = Parameters()
      parameters.append(oid: columns.serverID.type.oid) { bytes in
        var number = WireBytes()
        number.append(atMost: 12) { $0.putNumber(id, as: columns.serverID.type) }
        bytes += number.bytes.dropFirst(4)
      }
      listing.names.addArray(to: &parameters)
      listing.descriptions.addArray(to: &parameters)
      listing.schemas.addArray(to: &parameters)
      return Statement(sql(columns), parameters)
    }
  }

  /// Rows keep their ids as long as their tool is listed. JSON has no equality but as text.
  private func sql(_ columns: ToolColumns) -> String {
    func comparable(_ place: String) -> String {
      columns.inputSchema.type == .json ? "(\(place))::text" : place
    }
    return """
      WITH listed AS MATERIALIZED (
        SELECT x.name, x.description, x.input_schema
        FROM unnest($2, $3, $4) AS x (name, description, input_schema)
      ), gone AS (
        DELETE FROM \(table) AS t WHERE t."mcp_server_id" = $1
        AND NOT EXISTS (SELECT FROM listed AS l WHERE l.name = t."name")
      ), changed AS (
        UPDATE \(table) AS t SET "description" = l.description,
        "input_schema" = l.input_schema, "updated_at" = now()
        FROM listed AS l WHERE t."mcp_server_id" = $1 AND t."name" = l.name
        AND (t."description", \(comparable("t.\"input_schema\"")))
        IS DISTINCT FROM (l.description, \(comparable("l.input_schema")))
      )
      INSERT INTO \(table)
      ("mcp_server_id", "name", "description", "input_schema", "created_at", "updated_at")
      SELECT $1, l.name, l.description, l.input_schema, now(), now() FROM listed AS l
      WHERE NOT EXISTS (
        SELECT FROM \(table) AS t WHERE t."mcp_server_id" = $1 AND t."name" = l.name)
      """
  }
}

extension [UInt8] {
  fileprivate var withoutTrailingBlanks: [UInt8] {
    Array(self[..<(lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? 0)])
  }
}
