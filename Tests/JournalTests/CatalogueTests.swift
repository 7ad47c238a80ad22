import Agent
import GRDB
import Journal
import MCPWire
import Signals
import Testing
import TestSupport

@Suite struct CatalogueTests {
  private func catalogue(_ mcp: String, _ bytes: [UInt8]?, count: UInt64 = 1) -> CatalogueRecord {
    CatalogueRecord(
      mcp: mcp, baseline: bytes.map(CatalogueBaseline.init(bytes:)),
      changes: [
        CatalogueChangeCount(kind: .descriptionChanged, count: count, last: start),
        CatalogueChangeCount(kind: .toolAdded, count: 1, last: start),
      ])
  }

  private func batch(
    _ sequence: UInt64, _ catalogues: [CatalogueRecord], records: [String] = []
  ) -> JournalBatch {
    var batch = JournalBatch(sequence: sequence)
    batch.records = records.map { record($0) }
    batch.catalogues = catalogues
    return batch
  }

  @Test func `catalogues come back after a restart as they were written last`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([
      batch(
        1, [catalogue("files", nil), catalogue("weather", [1, 0, 255])],
        records: ["files", "weather"]),
      batch(2, [catalogue("weather", [], count: 7)]),
    ])
    journal.close()
    journal = try directory.open()
    let kept = [catalogue("files", nil), catalogue("weather", [], count: 7)]
    #expect(try journal.contents().catalogues == kept)
  }

  @Test func `a batch that comes again, and late, changes nothing`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    let first = batch(1, [catalogue("weather", [1])], records: ["weather"])
    let second = batch(2, [catalogue("weather", [2], count: 2)])
    try journal.commit([first, second])
    try journal.commit([first])
    #expect(try journal.contents().catalogues == [catalogue("weather", [2], count: 2)])
  }

  @Test func `a catalogue goes with its MCP`() throws {
    let directory = try TemporaryDirectory()
    let journal = try directory.open()
    try journal.commit([
      batch(
        1, [catalogue("gone", [1]), catalogue("kept", [2]), catalogue("nobody", [3])],
        records: ["gone", "kept"])
    ])
    let later = start.advanced(by: .seconds(60))
    try journal.prune(eventsBefore: later, recordsBefore: later, keeping: ["kept"], limit: 10)
    #expect(try journal.contents().catalogues == [catalogue("kept", [2])])
    try journal.commit([batch(2, [], records: ["gone"])])
    #expect(try journal.contents().catalogues.map(\.mcp) == ["kept"])
  }

  @Test func `a journal of the version before gets the tables and keeps what it has`() throws {
    let directory = try TemporaryDirectory()
    var journal = try directory.open()
    try journal.commit([batch(1, [], records: ["weather"])])
    journal.close()
    try Stranger(at: directory.database).execute(
      """
      DROP TABLE catalogue; DROP TABLE catalogue_change;
      ALTER TABLE mcp DROP COLUMN resource_templates;
      DELETE FROM grdb_migrations WHERE identifier LIKE '7 %';
      """)
    journal = try directory.open()
    #expect(try journal.contents().records == [record("weather")])
    try journal.commit([batch(2, [catalogue("weather", [1])])])
    #expect(try journal.contents().catalogues == [catalogue("weather", [1])])
  }
}
