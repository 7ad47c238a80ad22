/// The types of columns that Breakwater writes, by their oids in `pg_type`.
package enum ColumnType: UInt32, CaseIterable, Sendable {
  case boolean = 16
  case int8 = 20
  case int2 = 21
  case int4 = 23
  case text = 25
  case json = 114
  case bpchar = 1042
  case varchar = 1043
  case timestamp = 1114
  case timestamptz = 1184
  case jsonb = 3802

  package var oid: UInt32 { rawValue }

  /// The type of an array of these.
  package var arrayOID: UInt32 {
    switch self {
    case .boolean: 1000
    case .int8: 1016
    case .int2: 1005
    case .int4: 1007
    case .text: 1009
    case .json: 199
    case .bpchar: 1014
    case .varchar: 1015
    case .timestamp: 1115
    case .timestamptz: 1185
    case .jsonb: 3807
    }
  }

  /// In SQL.
  package var name: String {
    switch self {
    case .boolean: "boolean"
    case .int8: "bigint"
    case .int2: "smallint"
    case .int4: "integer"
    case .text: "text"
    case .json: "json"
    case .bpchar: "character"
    case .varchar: "character varying"
    case .timestamp: "timestamp without time zone"
    case .timestamptz: "timestamp with time zone"
    case .jsonb: "jsonb"
    }
  }
}

/// What a column takes.
package struct ColumnForm: Equatable, Sendable {
  package var type: ColumnType
  /// Characters that fit; `nil`: any number.
  package var limit: Int?

  package init(_ type: ColumnType, limit: Int? = nil) {
    self.type = type
    self.limit = limit
  }

  /// As much of `text` as fits. Postgres counts Unicode scalars, and takes no NUL.
  package func fitting(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let hasNUL = text.utf8.contains(0)
    if !hasNUL && (limit.map { text.utf8.count <= $0 } ?? true) { return text }
    var kept = String.UnicodeScalarView()
    for scalar in scalars.lazy.filter({ $0.value != 0 }).prefix(limit ?? .max) {
      kept.append(scalar)
    }
    return String(kept)
  }
}
