import PostgresLink
import TestSupport
import Testing

@Test func aStatementIsAnswered() async throws {
  let cluster = try await PostgresCluster()
  let connection = try Link().open(cluster.url())
  let rows = try connection.execute("SELECT 1::int4, 'two', NULL::text")
  #expect(rows.int64(0, 0) == 1)
  #expect(rows.text(0, 1) == "two")
  #expect(rows.isNull(0, 2))
  #expect(connection.transactionStatus == .idle)
  #expect(connection.serverVersion >= 120_000)
}
