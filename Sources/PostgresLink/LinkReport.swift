/// What is worth a line of the log.
package enum LinkReport: Equatable, Sendable {
  /// Connected and attached; `changes` is how many statements completed the schema, `notes` what is
  /// left alone in it and why.
  case connected(host: String, schema: String, changes: Int, notes: [String])
  /// A connection, a look or a transaction failed; it is tried again.
  case failed(LinkError)
  /// Rows that the database will not take, and what it says of one of them.
  case refused(rows: Int, LinkError)
  /// Rows whose MCP has no row in the database any more.
  case gone(rows: Int)
  /// The journal gave up rows because too many waited.
  case overflowed(rows: UInt64)
}
