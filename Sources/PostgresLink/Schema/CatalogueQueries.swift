/// The questions to the server's catalogue, and what becomes of the answers.
enum CatalogueQueries {
  /// Tables, and indexes that have a name of ours.
  private static let names: [String] = SchemaVersions.all.flatMap(\.tables).flatMap { table in
    [table.name] + table.indexes.compactMap(\.name)
  }

  /// `('mcp_servers', ...)`: names of ours, so nothing has to be escaped.
  private static var list: String { "(" + names.map { "'\($0)'" }.joined(separator: ", ") + ")" }

  /// The schema as `$1`, in the order of `Catalogue.init(serverVersion:answers:)`.
  static func all(schema: String) -> [Statement] {
    var parameters = Parameters()
    parameters.append(oid: ColumnType.text.oid) { $0 += Array(schema.utf8) }
    return [schemas, columns, indexes, triggers].map { Statement($0, parameters) }
  }

  private static let schemas = """
    SELECT n.oid IS NOT NULL, EXISTS (
      SELECT FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = n.oid AND p.proname = '\(SchemaNotifications.function)'
        AND p.pronargs = 0)
    FROM (SELECT) one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1
    """

  /// The limit of varchar and char is kept with four bytes of a header.
  private static let columns = """
    SELECT c.relname::text, c.relkind::text, a.attname::text, a.atttypid::int8,
      pg_catalog.format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
      a.attnotnull, a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a'
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a
      ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = $1 AND c.relname IN \(list)
    """

  /// A row for each column of an index, in order.
  private static let indexes = """
    SELECT c.relname::text, x.indexrelid::int8, x.indisunique, a.attname::text
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = i.relam
    CROSS JOIN LATERAL pg_catalog.generate_series(1, x.indnkeyatts) AS k (place)
    JOIN pg_catalog.pg_attribute a
      ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k.place - 1]
    WHERE n.nspname = $1 AND c.relname IN \(list) AND m.amname = 'btree'
      AND x.indisvalid AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL
    ORDER BY x.indexrelid, k.place
    """

  private static let triggers = """
    SELECT c.relname::text, t.tgname::text
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname IN \(list) AND NOT t.tgisinternal
    """
}

extension Catalogue {
  /// From the answers to `CatalogueQueries.all`.
  init(serverVersion: Int, answers: [Rows]) {
    self.init(serverVersion: serverVersion)
    guard answers.count == 4 else { return }
    hasSchema = answers[0].bool(0, 0) ?? false
    hasFunction = answers[0].bool(0, 1) ?? false
    for row in 0..<answers[1].count { addColumn(answers[1], row) }
    addIndexes(answers[2])
    for row in 0..<answers[3].count {
      guard let table = answers[3].text(row, 0), let trigger = answers[3].text(row, 1) else {
        continue
      }
      relations[table]?.triggers.insert(trigger)
    }
  }

  private mutating func addColumn(_ rows: Rows, _ row: Int) {
    guard let name = rows.text(row, 0), let kind = rows.text(row, 1) else { return }
    var relation = relations[name] ?? Relation(kind: kind)
    if let column = rows.text(row, 2), let type = rows.int64(row, 3) {
      relation.columns[column] = Column(
        typeOID: UInt32(truncatingIfNeeded: type), typeName: rows.text(row, 4) ?? "",
        limit: rows.int64(row, 5).map { Int($0) }, isNotNull: rows.bool(row, 6) ?? false,
        hasDefault: rows.bool(row, 7) ?? false, isComputed: rows.bool(row, 8) ?? false)
    }
    relations[name] = relation
  }

  private mutating func addIndexes(_ rows: Rows) {
    var last: Int64?
    for row in 0..<rows.count {
      guard let table = rows.text(row, 0), let number = rows.int64(row, 1),
        let column = rows.text(row, 3)
      else { continue }
      if number != last {
        relations[table]?.indexes.append(Index(columns: [], isUnique: rows.bool(row, 2) ?? false))
        last = number
      }
      if let index = relations[table]?.indexes.indices.last {
        relations[table]?.indexes[index].columns.append(column)
      }
    }
  }
}
