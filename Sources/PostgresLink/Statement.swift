/// SQL and what goes with it, in Postgres's binary format.
package struct Statement: Sendable {
  package var sql: String
  package var parameters = Parameters()

  package init(_ sql: String, _ parameters: Parameters = Parameters()) {
    self.sql = sql
    self.parameters = parameters
  }
}

/// `$1`, `$2`...: their bytes one after another, and which belong to which.
package struct Parameters: Sendable {
  package struct Field: Sendable {
    /// The type in `pg_type`.
    package var oid: UInt32
    /// In `bytes`; `nil`: NULL.
    package var range: Range<Int>?
  }

  package private(set) var bytes: [UInt8] = []
  package private(set) var fields: [Field] = []

  package init() {}

  /// Adds a parameter whose bytes `write` appends.
  package mutating func append(oid: UInt32, _ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    fields.append(Field(oid: oid, range: start..<bytes.count))
  }

  package mutating func appendNull(oid: UInt32) { fields.append(Field(oid: oid, range: nil)) }
}
