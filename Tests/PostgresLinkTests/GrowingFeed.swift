import Agent
import Signals
import Synchronization
import TestSupport
import Threading

/// A journal of a test's own: chunks in memory, deleted as soon as they are released.
final class GrowingFeed: FeedSource {
  private struct State {
    var chunks: [FeedChunk] = []
    var position: Int64 = 0
    var sequence: UInt64 = 0
    var released: Int64 = 0
    var largestAsk = 0
    var isEndless = false
    var isBroken = false
  }

  let agentID: String
  let names: [String]
  private let state = Mutex(State())
  private let onRelease: @Sendable (Int64) -> Void

  init(
    agentID: String = "00000000000000a1", mcps: Int = 5,
    onRelease: @escaping @Sendable (Int64) -> Void = { _ in }
  ) {
    self.agentID = agentID
    self.onRelease = onRelease
    names = (0..<mcps).map { "m\($0)" }
  }

  /// Rows with a log and a state each, for one MCP after the other.
  func grow(_ rows: Int, chunk: Int = 100) {
    state.withLock { state in add(rows, chunk: chunk, to: &state) }
  }

  /// One chunk of these; `make` is given the sequence of each.
  func append(_ count: Int = 1, _ make: (UInt64) -> FeedRow) {
    state.withLock { state in
      let rows = (0..<count).map { _ in
        state.sequence += 1
        return make(state.sequence)
      }
      Self.close(FeedCoder.bytes(of: rows), rows: count, in: &state)
    }
  }

  /// A chunk that nobody can read.
  func appendDamaged(rows: Int) {
    state.withLock { Self.close([1, 0xff, 0xff], rows: rows, in: &$0) }
  }

  /// From now on there is always more.
  func flow(_ isEndless: Bool) { state.withLock { $0.isEndless = isEndless } }
  func breakDown(_ isBroken: Bool) { state.withLock { $0.isBroken = isBroken } }

  func feedEnd() -> Int64 { lastPosition }

  var lastPosition: Int64 { state.withLock { $0.position } }
  var lastSequence: UInt64 { state.withLock { $0.sequence } }
  var released: Int64 { state.withLock { $0.released } }
  /// Of rows, in one reading.
  var largestAsk: Int { state.withLock { $0.largestAsk } }
  var rowsLeft: Int { feedBacklog.rows }

  func feed(after position: Int64, rows: Int) throws(JournalFailure) -> [FeedChunk] {
    let found = state.withLock { state -> [FeedChunk]? in
      if state.isBroken { return nil }
      state.largestAsk = max(state.largestAsk, rows)
      if state.isEndless, state.chunks.count < 20 { add(2000, chunk: 250, to: &state) }
      var left = rows
      var found: [FeedChunk] = []
      for chunk in state.chunks where chunk.position > position {
        found.append(chunk)
        left -= chunk.rows
        if left <= 0 { break }
      }
      return found
    }
    guard let found else { throw .other }
    return found
  }

  func release(feedThrough position: Int64) {
    onRelease(position)
    state.withLock { state in
      state.released = max(state.released, position)
      state.chunks.removeAll { $0.position <= position }
    }
  }

  var feedBacklog: FeedBacklog {
    state.withLock { state in
      var backlog = FeedBacklog()
      backlog.rows = state.chunks.reduce(0) { $0 + $1.rows }
      backlog.bytes = state.chunks.reduce(0) { $0 + $1.bytes.count }
      return backlog
    }
  }

  private func add(_ rows: Int, chunk: Int, to state: inout State) {
    var left = rows
    while left > 0 {
      let count = min(left, chunk)
      let made = (0..<count).map { _ in
        state.sequence += 1
        return row(state.sequence)
      }
      Self.close(FeedCoder.bytes(of: made), rows: count, in: &state)
      left -= count
    }
  }

  private static func close(_ bytes: [UInt8], rows: Int, in state: inout State) {
    state.position += 1
    state.chunks.append(FeedChunk(position: state.position, bytes: bytes, rows: rows))
  }

  func row(_ sequence: UInt64, of mcp: String? = nil, detail: String = "") -> FeedRow {
    let name = mcp ?? names[Int(sequence % UInt64(names.count))]
    return FeedRow(
      mcp: name, log: log(sequence, detail: detail),
      state: FeedState(
        at: SystemClock.wall, health: .healthy))
  }

  func log(_ sequence: UInt64, detail: String = "") -> FeedLog {
    FeedLog(
      sequence: sequence, timestamp: SystemClock.wall, type: .healthCheckSuccess,
      status: .healthy, detail: detail)
  }
}
