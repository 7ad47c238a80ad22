/// What became of the rows of some chunks.
package struct FeedReport: Equatable, Sendable {
  /// A row that the database does not take.
  package struct Refusal: Equatable, Sendable {
    /// As the journal has it.
    package var mcp: String
    package var sqlState: String
    package var detail: String
  }

  /// More are only counted.
  package static let mostRefusals = 16

  /// Of the last chunk that is in Postgres.
  package var position: Int64
  /// In Postgres.
  package var rows = 0
  /// Of MCPs that have no row.
  package var gone = 0
  package var unreadable = 0
  /// Rows of which Postgres refused a part.
  package var refused = 0
  package var refusals: [Refusal] = []
  /// Schemas of tools that jsonb does not hold; NULL stands for them.
  package var schemasLeftOut = 0

  init(position: Int64) { self.position = position }

  mutating func add(_ counts: FeedBatch.Counts) {
    rows += counts.rows - counts.gone
    gone += counts.gone
    unreadable += counts.unreadable
    schemasLeftOut += counts.schemasLeftOut
  }

  mutating func add(_ refusal: Refusal) {
    refused += 1
    if refusals.count < Self.mostRefusals { refusals.append(refusal) }
  }
}
