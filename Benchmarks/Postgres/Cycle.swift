import Agent
import MCPWire
import Signals

/// Chunks of the feed as the journal has them after a round of probes.
struct Cycle {
  /// So many rows in a chunk, as the journal cuts them.
  static let rowsInChunk = 1000

  /// Which of `mcps` are told of: with `changes` those only whose health changed.
  static func chunks(
    number: Int, mcps: Int, changesOnly: Bool, from first: Int64
  ) -> [FeedChunk] {
    let start = Timestamp(milliseconds: 1_790_000_000_000 + Int64(number) * 10_000)
    let rows = (1...mcps).lazy.filter { !changesOnly || isDown($0) }.map { mcp in
      row(mcp, sequence: UInt64(number * mcps + mcp) + 1_000_000, start)
    }
    var chunks: [FeedChunk] = []
    var waiting: [FeedRow] = []
    func cut() {
      guard !waiting.isEmpty else { return }
      chunks.append(
        FeedChunk(
          position: first + Int64(chunks.count), bytes: FeedCoder.bytes(of: waiting),
          rows: waiting.count))
      waiting = []
    }
    for row in rows {
      waiting.append(row)
      if waiting.count == rowsInChunk { cut() }
    }
    cut()
    return chunks
  }

  static func name(_ mcp: Int) -> String {
    let digits = String(mcp)
    return "mcp-server-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  /// One in a hundred, the same ones in each cycle.
  private static func isDown(_ mcp: Int) -> Bool { mcp % 100 == 7 }

  private static func row(_ mcp: Int, sequence: UInt64, _ start: Timestamp) -> FeedRow {
    let at = start.advanced(by: .milliseconds(mcp))
    var state = FeedState(at: at, health: isDown(mcp) ? .disconnected : .healthy)
    state.lastCheck = at
    state.downtime.total = .milliseconds(mcp * 1713 % 100_000)
    if isDown(mcp) {
      state.errors = 1
      state.consecutiveFailures = 1
      state.downtime.since = start
    }
    let log = FeedLog(
      sequence: sequence, timestamp: at,
      type: isDown(mcp) ? .healthCheckFailed : .healthCheckSuccess, status: state.health,
      responseTime: .milliseconds(mcp % 300), outcome: isDown(mcp) ? .connectRefused : .ok,
      detail: isDown(mcp) ? "connect: refused" : "")
    return FeedRow(mcp: name(mcp), log: log, state: state)
  }
}
