import MCPWire
import Signals

/// Rows of the feed as the journal keeps them.
///
/// A chunk is the byte 1 (the version) and rows up to its end. A row is a byte that says which of
/// log, state and tools follow the MCP's name. Numbers are varints (zigzag where they may be
/// negative), texts their length and UTF-8, times whole milliseconds: a log's since 1970, a state's
/// since its log's if it has one, and a state's other times since its own.
package enum FeedCoder {
  static let version: UInt8 = 1

  package static func bytes(of rows: some Sequence<FeedRow>) -> [UInt8] {
    var encoder = FeedEncoder()
    for row in rows { encoder.add(row) }
    return encoder.bytes
  }

  /// `nil` when the bytes are damaged, or of a version that this program does not know.
  package static func rows(from bytes: [UInt8]) -> [FeedRow]? {
    var cursor = FeedCursor(bytes)
    var rows: [FeedRow] = []
    while cursor.advance() {
      guard let row = FeedRow(cursor.row, in: bytes) else { return nil }
      rows.append(row)
    }
    return cursor.isDamaged ? nil : rows
  }
}

/// The bits of the bytes that say what follows.
enum FeedFlags {
  static let log: UInt8 = 1
  static let state: UInt8 = 2
  static let tools: UInt8 = 4

  static let responseTime: UInt8 = 1
  static let outcome: UInt8 = 2
  static let detail: UInt8 = 4
  static let data: UInt8 = 8

  static let lastCheck: UInt8 = 1
  static let recovery: UInt8 = 2
  static let downSince: UInt8 = 4
  static let reason: UInt8 = 8

  static let description: UInt8 = 1
  static let schema: UInt8 = 2
}

struct FeedEncoder {
  var bytes = [FeedCoder.version]

  mutating func add(_ row: FeedRow) {
    var flags: UInt8 = 0
    if row.log != nil { flags |= FeedFlags.log }
    if row.state != nil { flags |= FeedFlags.state }
    if row.tools != nil { flags |= FeedFlags.tools }
    bytes.append(flags)
    text(row.mcp)
    if let log = row.log { add(log) }
    if let state = row.state { add(state, since: row.log?.timestamp.milliseconds ?? 0) }
    if let tools = row.tools {
      varint(UInt64(tools.count))
      for tool in tools { add(tool) }
    }
  }

  private mutating func add(_ log: FeedLog) {
    var flags: UInt8 = 0
    if log.responseTime != nil { flags |= FeedFlags.responseTime }
    if log.outcome != nil { flags |= FeedFlags.outcome }
    if !log.detail.isEmpty { flags |= FeedFlags.detail }
    if !log.data.isEmpty { flags |= FeedFlags.data }
    bytes.append(flags)
    bytes.append(log.type.feedCode)
    bytes.append(log.status.feedCode)
    varint(log.sequence)
    signed(log.timestamp.milliseconds)
    if let time = log.responseTime { signed(time.wholeMilliseconds) }
    if let outcome = log.outcome { bytes.append(outcome.feedCode) }
    if !log.detail.isEmpty { text(log.detail) }
    if !log.data.isEmpty {
      varint(UInt64(log.data.count))
      for label in log.data {
        text(label.name)
        text(label.value)
      }
    }
  }

  private mutating func add(_ state: FeedState, since start: Int64) {
    var flags: UInt8 = 0
    if state.lastCheck != nil { flags |= FeedFlags.lastCheck }
    if state.lastRecoveryAttempt != nil { flags |= FeedFlags.recovery }
    if state.downtime.since != nil { flags |= FeedFlags.downSince }
    if state.autoDisabledReason != nil { flags |= FeedFlags.reason }
    bytes.append(flags)
    bytes.append(state.health.feedCode)
    bytes.append(state.circuit.feedCode)
    signed(state.at.milliseconds &- start)
    signed(Int64(state.errors))
    signed(Int64(state.consecutiveFailures))
    signed(Int64(state.failureCycles))
    signed(state.downtime.total.wholeMilliseconds)
    for time in [state.lastCheck, state.lastRecoveryAttempt, state.downtime.since] {
      if let time { signed(time.milliseconds &- state.at.milliseconds) }
    }
    if let reason = state.autoDisabledReason { text(reason) }
  }

  private mutating func add(_ tool: ToolListing) {
    var flags: UInt8 = 0
    if tool.description != nil { flags |= FeedFlags.description }
    if tool.inputSchema != nil { flags |= FeedFlags.schema }
    bytes.append(flags)
    text(tool.name)
    if let description = tool.description { text(description) }
    if let schema = tool.inputSchema { text(schema) }
  }

  private mutating func text(_ text: String) { bytes.append(text: text) }

  private mutating func signed(_ value: Int64) {
    varint(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
  }

  private mutating func varint(_ value: UInt64) { bytes.append(varint: value) }
}
