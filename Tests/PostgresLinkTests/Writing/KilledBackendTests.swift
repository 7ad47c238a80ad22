import Agent
import Foundation
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

@Suite struct KilledBackendTests {
  /// 1,000 times with `TORTURE=1`.
  private static let kills = ProcessInfo.processInfo.environment["TORTURE"] == nil ? 20 : 1000

  /// Writes a backlog while its own sessions are ended at any moment.
  @Test func whatWasCutOffIsThereOnceAndInOrder() async throws {
    let bench = try await FeedBench(mcps: ["weather", "mail"])
    var random = SeededRandom(seed: 5)
    var chunks: [FeedChunk] = []
    var sequence: UInt64 = 0
    var kills = 0
    var open = try bench.link.open(bench.cluster.url())
    var writer = bench.writer(open)
    var position = try writer.cursor()
    while kills < Self.kills || position < Int64(chunks.count) {
      while chunks.count < Int(position) + 8, kills < Self.kills {
        let rows = (0..<200).map { _ in
          sequence += 1
          var row = logged(sequence % 3 == 0 ? "weather" : "mail", sequence)
          row.state = FeedState(at: Timestamp(milliseconds: Int64(sequence)), health: .healthy)
          row.state?.errors = 1
          return row
        }
        chunks += FeedBench.chunks(rows, from: Int64(chunks.count) + 1)
      }
      let batch = Array(chunks[Int(position)..<min(chunks.count, Int(position) + 4)])
      let isKilled = kills < Self.kills && Bool.random(using: &random)
      let shot =
        isKilled
        ? try Shot(bench, at: open.backendPID, after: .random(in: 0...12_000, using: &random)) : nil
      do throws(LinkError) {
        if let report = try writer.write(batch, after: position).report {
          position = report.position
        } else {
          position = try writer.cursor()
        }
      } catch {
        #expect(error.reason == .lost)
      }
      guard let shot else { continue }
      await shot.wait()
      kills += 1
      open = try bench.link.open(bench.cluster.url())
      writer = bench.writer(open)
      position = try writer.cursor()
    }
    let counts = try await bench.psql(
      """
      SELECT count(*), count(DISTINCT event_id), bool_and(number = place),
      (SELECT sum(error_count) FROM omni2.mcp_servers)
      FROM (SELECT event_id, split_part(event_id, '-', 2)::bigint AS number,
            row_number() OVER (ORDER BY id) AS place FROM omni2.mcp_health_log) AS l
      """)
    #expect(counts == "\(sequence)|\(sequence)|t|\(sequence)")
  }
}

/// Ends a session from another thread.
private final class Shot: Sendable {
  private let task: Task<Void, Never>

  init(_ bench: FeedBench, at pid: Int32, after microseconds: Int) throws {
    let killer = try bench.link.open(bench.cluster.url())
    task = Task.detached {
      _ = try? killer.execute("SELECT pg_sleep(\(Double(microseconds) / 1e6))")
      _ = try? killer.execute("SELECT pg_terminate_backend(\(pid))")
    }
  }

  func wait() async { await task.value }
}
