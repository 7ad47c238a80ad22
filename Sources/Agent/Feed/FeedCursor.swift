package import Breaking
package import MCPWire
package import Signals

/// A row in the bytes of its chunk: numbers, and where its texts are. Texts need not be UTF-8.
package struct FeedRowView: Sendable {
  package var mcp: Range<Int>
  package var log: FeedLogView?
  package var state: FeedStateView?
  /// What `FeedToolViews` reads.
  package var tools: Range<Int>?
}

/// `FeedLog` in the bytes of its chunk.
package struct FeedLogView: Sendable {
  package var sequence: UInt64
  package var timestamp: Timestamp
  package var type: HealthEventType
  package var status: HealthStatus
  package var responseMilliseconds: Int64?
  package var outcome: ProbeOutcome?
  package var detail: Range<Int>
  /// What `FeedPairs` reads.
  package var data: Range<Int>
}

/// `FeedState` in the bytes of its chunk.
package struct FeedStateView: Sendable {
  package var at: Timestamp
  package var health: HealthStatus
  package var circuit: Breaker.StateName
  package var errors: Int64
  package var consecutiveFailures: Int64
  package var failureCycles: Int64
  package var downtimeMilliseconds: Int64
  package var lastCheck: Timestamp?
  package var lastRecoveryAttempt: Timestamp?
  package var downSince: Timestamp?
  package var autoDisabledReason: Range<Int>?
}

/// Reads a chunk row by row and makes no object of them. Any bytes may come.
package struct FeedCursor {
  private var input: FeedBytes

  package init(_ bytes: [UInt8]) {
    input = FeedBytes(bytes)
    if input.byte() != FeedCoder.version { input.fail() }
  }

  /// Whether what the cursor came to is no row; the rows before it are good.
  package var isDamaged: Bool { input.isDamaged }

  /// `nil` at the end, and where the bytes are damaged.
  package mutating func next() -> FeedRowView? {
    guard !input.isAtEnd else { return nil }
    let flags = input.flags(FeedFlags.log | FeedFlags.state | FeedFlags.tools)
    var row = FeedRowView(mcp: input.text())
    if flags & FeedFlags.log != 0 { row.log = log() }
    if flags & FeedFlags.state != 0 { row.state = state() }
    if flags & FeedFlags.tools != 0 { row.tools = tools() }
    return input.isDamaged ? nil : row
  }

  private mutating func log() -> FeedLogView {
    let flags = input.flags(
      FeedFlags.responseTime | FeedFlags.outcome | FeedFlags.detail | FeedFlags.data)
    let type = input.member(FeedCodes.types, else: .healthCheckSuccess)
    let status = input.member(FeedCodes.health, else: .unknown)
    let sequence = input.varint()
    let timestamp = Timestamp(milliseconds: input.signed())
    let response = flags & FeedFlags.responseTime != 0 ? input.signed() : nil
    let outcome =
      flags & FeedFlags.outcome != 0
      ? input.member(FeedCodes.outcomes, else: .internalError) : nil
    let detail = flags & FeedFlags.detail != 0 ? input.text() : 0..<0
    let data = flags & FeedFlags.data != 0 ? pairs() : 0..<0
    return FeedLogView(
      sequence: sequence, timestamp: timestamp, type: type, status: status,
      responseMilliseconds: response, outcome: outcome, detail: detail, data: data)
  }

  private mutating func pairs() -> Range<Int> {
    let count = input.count(ofParts: 2)
    let start = input.place
    for _ in 0..<count {
      _ = input.text()
      _ = input.text()
    }
    return start..<input.place
  }

  private mutating func state() -> FeedStateView {
    let flags = input.flags(
      FeedFlags.lastCheck | FeedFlags.recovery | FeedFlags.downSince | FeedFlags.reason)
    let health = input.member(FeedCodes.health, else: .unknown)
    let circuit = input.member(FeedCodes.circuits, else: .closed)
    let at = input.signed()
    var state = FeedStateView(
      at: Timestamp(milliseconds: at), health: health, circuit: circuit, errors: input.signed(),
      consecutiveFailures: input.signed(), failureCycles: input.signed(),
      downtimeMilliseconds: input.signed())
    if flags & FeedFlags.lastCheck != 0 { state.lastCheck = time(from: at) }
    if flags & FeedFlags.recovery != 0 { state.lastRecoveryAttempt = time(from: at) }
    if flags & FeedFlags.downSince != 0 { state.downSince = time(from: at) }
    if flags & FeedFlags.reason != 0 { state.autoDisabledReason = input.text() }
    return state
  }

  private mutating func time(from start: Int64) -> Timestamp {
    Timestamp(milliseconds: start &+ input.signed())
  }

  private mutating func tools() -> Range<Int> {
    let count = input.count(ofParts: 2)
    let start = input.place
    for _ in 0..<count { _ = input.tool() }
    return start..<input.place
  }
}

/// A tool in the bytes of its chunk.
package struct FeedToolView: Sendable {
  package var name: Range<Int>
  package var description: Range<Int>?
  package var inputSchema: Range<Int>?
}

extension FeedBytes {
  fileprivate mutating func tool() -> FeedToolView {
    let flags = flags(FeedFlags.description | FeedFlags.schema)
    let name = text()
    let description = flags & FeedFlags.description != 0 ? text() : nil
    let schema = flags & FeedFlags.schema != 0 ? text() : nil
    return FeedToolView(name: name, description: description, inputSchema: schema)
  }
}

/// The tools of a row, in the order of the listing.
package struct FeedToolViews: Sequence, IteratorProtocol {
  private var input: FeedBytes

  package init(in bytes: [UInt8], at range: Range<Int>) { input = FeedBytes(bytes, in: range) }

  package mutating func next() -> FeedToolView? { input.isAtEnd ? nil : input.tool() }
}

/// The names and values of a log row's data, in order.
package struct FeedPairs: Sequence, IteratorProtocol {
  private var input: FeedBytes

  package init(in bytes: [UInt8], at range: Range<Int>) { input = FeedBytes(bytes, in: range) }

  package mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
    input.isAtEnd ? nil : (input.text(), input.text())
  }
}
