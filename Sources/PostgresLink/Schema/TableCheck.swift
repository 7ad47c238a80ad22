import Agent

/// Whether a table that is there already can be written to.
struct TableCheck {
  let schema: String
  let table: TableShape
  let there: Catalogue.Relation

  /// Throws `foreignSchema` with a sentence that names the table and the column.
  func run() throws(LinkError) {
    guard there.kind == "r" else {
      throw foreign("\(schema).\(table.name) is \(there.kindName); it must be an ordinary table")
    }
    for column in table.columns { try check(column) }
    for name in table.uniqueColumns where !isUnique(name) {
      throw foreign("\(place(name)) is not unique: it needs a unique index of its own")
    }
    if table.isInserted { try checkOthers() }
  }

  private func check(_ shape: ColumnShape) throws(LinkError) {
    guard let column = there.columns[shape.name] else {
      // The number of a row is nothing that Breakwater reads.
      if shape.isAdded || isLeft(shape) { return }
      throw foreign("\(schema).\(table.name) has no column \(shape.name)")
    }
    if isLeft(shape) { return }
    let types = shape.types
    guard let type = ColumnType(rawValue: column.typeOID), types.contains(type) else {
      let wanted = types.map(\.name).joined(separator: " or ")
      throw foreign("\(place(shape.name)) is of type \(column.typeName); it must be \(wanted)")
    }
    if case .text(let atLeast) = shape.use, let limit = column.limit, limit < atLeast {
      throw foreign("\(place(shape.name)) holds \(limit) characters; it must hold \(atLeast)")
    }
    if column.isComputed && shape.name != "id" {
      throw foreign("\(place(shape.name)) is computed by the database and takes no value")
    }
    if shape.takesNull && column.isNotNull {
      throw foreign("\(place(shape.name)) is NOT NULL; Breakwater has to write NULL there")
    }
  }

  /// A column that wants a value and is given none makes each new row fail.
  private func checkOthers() throws(LinkError) {
    let given = Set(table.columns.filter { !isLeft($0) && $0.name != "id" }.map(\.name))
    for (name, column) in there.columns.sorted(by: { $0.key < $1.key }) {
      guard column.isNotNull, !column.hasDefault, !column.isComputed else { continue }
      if given.contains(name) || table.values[name] != nil { continue }
      throw foreign("\(place(name)) is NOT NULL without a default; Breakwater has no value for it")
    }
  }

  private func isLeft(_ shape: ColumnShape) -> Bool {
    if case .left = shape.use { true } else { false }
  }

  private func isUnique(_ column: String) -> Bool {
    there.indexes.contains { $0.isUnique && $0.columns == [column] }
  }

  private func place(_ column: String) -> String { "\(schema).\(table.name).\(column)" }

  private func foreign(_ sentence: String) -> LinkError {
    LinkError(.foreignSchema, detail: sentence)
  }
}
