import Agent

/// What is missing in a schema, as the statements that add it; pure.
///
/// Nothing that is there is changed or dropped. A complete schema gives no statement.
package struct SchemaPlan: Equatable, Sendable {
  /// To be run in this order in one transaction.
  package private(set) var statements: [String] = []
  /// The schema as it is after them.
  package let attached: AttachedSchema

  /// PostgreSQL 12.
  static let oldestServer = 12_00_00

  /// Throws `newerSchema`, or `foreignSchema` with the table and the column that cannot be used.
  package init(_ catalogue: Catalogue, schema: String) throws(LinkError) {
    try Self.check(catalogue, schema: schema)
    var draft = Draft(catalogue, schema: QuotedName(schema))
    if !catalogue.hasSchema { draft.add("CREATE SCHEMA \(draft.schema)") }
    for (version, tables) in SchemaVersions.all {
      for table in Self.inOrder(tables, catalogue) { try draft.complete(table) }
      if !catalogue.versions.contains(version) {
        let table = draft.schema.table(SchemaVersions.versions.name)
        draft.add("INSERT INTO \(table) (\"version\") VALUES (\(version))")
      }
    }
    statements = draft.statements
    attached = try AttachedSchema(draft)
  }

  /// An index over a long log takes its time. Meanwhile nothing else is held: it comes first,
  /// unless the log is still to be made and points to the others.
  private static func inOrder(_ tables: [TableShape], _ catalogue: Catalogue) -> [TableShape] {
    let log = SchemaVersions.log.name
    guard catalogue.relations[log] != nil else { return tables }
    return tables.filter { $0.name == log } + tables.filter { $0.name != log }
  }

  private static func check(_ catalogue: Catalogue, schema: String) throws(LinkError) {
    let server = catalogue.serverVersion
    guard server >= oldestServer else {
      throw LinkError(
        .foreignSchema,
        detail: "PostgreSQL \(server / 10_000) is too old: Breakwater needs 12 or newer")
    }
    if let newest = catalogue.versions.max(), newest > SchemaVersions.latest {
      throw LinkError(
        .newerSchema,
        detail: "schema \(schema) is at version \(newest), this program knows "
          + "\(SchemaVersions.latest): upgrade breakwater; alerting goes on")
    }
  }
}

/// A schema on its way: what is there, with what has been added in thought.
struct Draft {
  let schema: QuotedName
  private(set) var catalogue: Catalogue
  private(set) var statements: [String] = []
  /// Tables that are left alone, and why.
  private(set) var notes: [String] = []
  private(set) var leftAlone: Set<String> = []

  init(_ catalogue: Catalogue, schema: QuotedName) {
    self.catalogue = catalogue
    self.schema = schema
  }

  mutating func add(_ statement: String) { statements.append(statement) }

  func relation(_ name: String) -> Catalogue.Relation? { catalogue.relations[name] }

  mutating func complete(_ table: TableShape) throws(LinkError) {
    if let there = catalogue.relations[table.name] {
      do throws(LinkError) {
        try TableCheck(schema: schema.text, table: table, there: there).run()
      } catch {
        guard !table.isNeeded else { throw error }
        notes.append(error.detail)
        leftAlone.insert(table.name)
        return
      }
      addColumns(of: table, to: there)
      for index in table.indexes where index.isAdded { addIndex(index, to: table.name) }
    } else {
      create(table)
      for index in table.indexes { addIndex(index, to: table.name) }
    }
    if let told = table.told { addTrigger(on: table.name, told: told) }
  }

  private mutating func create(_ table: TableShape) {
    let lines = table.columns.map(definition) + table.extras
    add(
      """
      CREATE TABLE \(schema.table(table.name)) (
        \(lines.joined(separator: ",\n  "))
      ) \(table.options)
      """)
    var made = Catalogue.Relation(kind: "r")
    for column in table.columns { made.columns[column.name] = planned(column) }
    catalogue.relations[table.name] = made
  }

  private mutating func addColumns(of table: TableShape, to there: Catalogue.Relation) {
    let missing = table.columns.filter { $0.isAdded && there.columns[$0.name] == nil }
    guard !missing.isEmpty else { return }
    let additions = missing.map { "ADD COLUMN \(definition($0))" }
    add("ALTER TABLE \(schema.table(table.name)) \(additions.joined(separator: ", "))")
    var changed = there
    for column in missing { changed.columns[column.name] = planned(column) }
    catalogue.relations[table.name] = changed
  }

  private mutating func addIndex(_ index: IndexShape, to table: String) {
    let there = catalogue.relations[table]?.indexes ?? []
    let known =
      if let name = index.name {
        catalogue.relations[name] != nil
      } else if index.isUnique {
        there.contains { $0.isUnique && $0.columns == index.columns }
      } else {
        there.contains { $0.columns.starts(with: index.columns) }
      }
    guard !known else { return }
    let kind = index.isUnique ? "UNIQUE INDEX" : "INDEX"
    let name = index.name.map { " " + QuotedName.quoting($0) } ?? ""
    let columns = index.columns.map(QuotedName.quoting).joined(separator: ", ")
    add("CREATE \(kind)\(name) ON \(schema.table(table)) (\(columns))")
  }

  private mutating func addTrigger(on table: String, told: [String]) {
    if !catalogue.hasFunction {
      add(SchemaNotifications.createFunction(in: schema))
      catalogue.hasFunction = true
    }
    guard
      catalogue.relations[table]?.triggers.contains(SchemaNotifications.trigger) != true
    else { return }
    add(SchemaNotifications.createTrigger(on: table, columns: told, in: schema))
  }

  private func definition(_ column: ColumnShape) -> String {
    let form = form(of: column)
    let limit = form.limit.map { "(\($0))" } ?? ""
    var words = [QuotedName.quoting(column.name), form.type.name + limit]
    if !column.rest.isEmpty { words.append(column.rest) }
    if column.isReference {
      let servers = schema.table(SchemaVersions.servers.name)
      words.append("REFERENCES \(servers) (\"id\") ON DELETE CASCADE")
    }
    return words.joined(separator: " ")
  }

  /// A reference has the type of what it points to.
  private func form(of column: ColumnShape) -> ColumnForm {
    guard column.isReference else { return column.form }
    let servers = catalogue.relations[SchemaVersions.servers.name]
    let type = servers?.columns["id"].flatMap { ColumnType(rawValue: $0.typeOID) }
    return type.map { ColumnForm($0) } ?? column.form
  }

  private func planned(_ column: ColumnShape) -> Catalogue.Column {
    let form = form(of: column)
    return Catalogue.Column(
      typeOID: form.type.oid, typeName: form.type.name, limit: form.limit,
      isNotNull: column.rest.contains("NOT NULL") || column.rest.contains("PRIMARY KEY"),
      hasDefault: column.rest.contains("DEFAULT"))
  }
}
