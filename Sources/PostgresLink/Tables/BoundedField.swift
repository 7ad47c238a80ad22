/// A column that is read as text, and its longest value in bytes.
struct BoundedField: Sendable {
  var name: String
  var bytes: Int

  init(_ name: String, _ bytes: Int) {
    self.name = name
    self.bytes = bytes
  }

  /// `id`, the number of rows that match, the names of the fields that are too long, and the
  /// fields; those too long are NULL. Rows come in order until there are too many or too large.
  static func query(
    _ fields: [BoundedField], from table: String, id: String, where condition: String,
    order: String, rows: Int, bytes: Int
  ) -> String {
    let raw = fields.map { "t.\(QuotedName.quoting($0.name))::text AS \($0.name)" }
    let long = fields.map { field in
      "CASE WHEN octet_length(\(field.name)) > \(field.bytes) THEN '\(field.name)' END"
    }
    let fitting = fields.map { field in
      "CASE WHEN octet_length(\(field.name)) <= \(field.bytes) THEN \(field.name) END "
        + "AS \(field.name)"
    }
    let size = fields.map { "coalesce(octet_length(\($0.name)), 0)" }.joined(separator: " + ")
    return """
      WITH matching AS (
        SELECT \(id) AS row_id, row_number() OVER (ORDER BY \(order)) AS place,
          count(*) OVER () AS total, \(raw.joined(separator: ", "))
        FROM \(table) t WHERE \(condition)
      ), fitting AS (
        SELECT row_id, place, total, concat_ws(',', \(long.joined(separator: ", "))) AS too_long,
          \(fitting.joined(separator: ", "))
        FROM matching WHERE place <= \(rows)
      ), measured AS (
        SELECT *, sum(\(size)) OVER (ORDER BY place) AS size FROM fitting
      )
      SELECT row_id, total, too_long, \(fields.map(\.name).joined(separator: ", "))
      FROM measured WHERE size <= \(bytes) ORDER BY place
      """
  }
}

struct NoWholeNumber: Error {
  var field: String
}

/// A row that `BoundedField.query` gave.
struct BoundedRow {
  private let rows: Rows
  private let row: Int
  private let fields: [BoundedField]

  init(_ rows: Rows, _ row: Int, fields: [BoundedField]) {
    self.rows = rows
    self.row = row
    self.fields = fields
  }

  /// Fields whose value is longer than their bound.
  var tooLong: [String] {
    (rows.text(row, 2) ?? "").split(separator: ",").map(String.init)
  }

  subscript(name: String) -> String? {
    fields.firstIndex { $0.name == name }.flatMap { rows.text(row, 3 + $0) }
  }

  /// `30`, and `30.00` of a numeric.
  func number(_ name: String) throws(NoWholeNumber) -> Int? {
    guard let text = self[name] else { return nil }
    if let number = Int(text) { return number }
    guard let number = Double(text).flatMap({ Int(exactly: $0) }) else {
      throw NoWholeNumber(field: name)
    }
    return number
  }
}
