/// SQL and what goes with it, in Postgres's binary format.
struct Statement: Sendable {
  var sql: String
  var parameters = Parameters()

  init(_ sql: String, _ parameters: Parameters = Parameters()) {
    self.sql = sql
    self.parameters = parameters
  }
}

/// `$1`, `$2`...: their bytes one after another, and which belong to which.
struct Parameters: Sendable {
  struct Field: Sendable {
    /// The type in `pg_type`.
    var oid: UInt32
    /// In `bytes`; `nil`: NULL.
    var range: Range<Int>?
  }

  private(set) var bytes: [UInt8] = []
  private(set) var fields: [Field] = []

  /// Adds a parameter whose bytes `write` appends.
  mutating func append(oid: UInt32, _ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    fields.append(Field(oid: oid, range: start..<bytes.count))
  }

  mutating func appendNull(oid: UInt32) { fields.append(Field(oid: oid, range: nil)) }
}
