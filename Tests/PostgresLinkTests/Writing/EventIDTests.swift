import PostgresLink
import TestSupport
import Testing

@Suite struct EventIDTests {
  @Test(arguments: ["00000000000000aa", String(repeating: "a", count: 40)])
  func idsAreRightWhereverTheNumbersCarry(agentID: String) async throws {
    let numbers: [UInt64] = [
      1, 2, 8, 9, 10, 11, 99, 100, 101, 998, 999, 1000, 999_999_999, 1_000_000_000, 5, 6, 6,
      .max - 1, .max, 0, 1,
    ]
    var bench = try await FeedBench(mcps: ["weather"])
    bench.agentID = agentID
    let writer = bench.writer()
    _ = try writer.cursor()
    // Each once: what is there already is not written again.
    let rows = numbers.map { logged("weather", $0) }
    _ = try writer.write(FeedBench.chunks(rows), after: 0)
    let ids = try await bench.psql("SELECT event_id FROM omni2.mcp_health_log ORDER BY id")
    var seen: Set<UInt64> = []
    let expected = numbers.filter { seen.insert($0).inserted }.map { "\(agentID)-\($0)" }
    #expect(ids == expected.joined(separator: "\n"))
  }
}
