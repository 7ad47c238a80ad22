package import Breaking
package import MCPWire
package import Signals

/// A row in the bytes of its chunk: numbers, and where its texts are. Texts need not be UTF-8.
package struct FeedRowView: Sendable {
  package var mcp = 0..<0
  package var hasLog = false
  /// Only with `hasLog`.
  package var log = FeedLogView()
  package var hasState = false
  /// Only with `hasState`.
  package var state = FeedStateView()
  /// What `FeedToolViews` reads.
  package var tools: Range<Int>?

  /// When what the row tells was so; `nil`: it does not say.
  package var time: Timestamp? { hasLog ? log.timestamp : hasState ? state.at : nil }
}

/// `FeedLog` in the bytes of its chunk.
package struct FeedLogView: Sendable {
  package var sequence: UInt64 = 0
  package var timestamp = Timestamp(milliseconds: 0)
  package var type = FeedCode(HealthEventType.healthCheckSuccess)
  package var status = FeedCode(HealthStatus.unknown)
  package var responseMilliseconds: Int64?
  package var outcome: FeedCode<ProbeOutcome>?
  package var detail = 0..<0
  /// What `FeedPairs` reads.
  package var data = 0..<0
}

/// `FeedState` in the bytes of its chunk.
package struct FeedStateView: Sendable {
  package var at = Timestamp(milliseconds: 0)
  package var health = FeedCode(HealthStatus.unknown)
  package var circuit = FeedCode(Breaker.StateName.closed)
  package var errors: Int64 = 0
  package var consecutiveFailures: Int64 = 0
  package var failureCycles: Int64 = 0
  package var downtimeMilliseconds: Int64 = 0
  package var lastCheck: Timestamp?
  package var lastRecoveryAttempt: Timestamp?
  package var downSince: Timestamp?
  package var autoDisabledReason: Range<Int>?
}

/// The members whose numbers are known.
private struct FeedMembers {
  let types = FeedCodes<HealthEventType>()
  let health = FeedCodes<HealthStatus>()
  let outcomes = FeedCodes<ProbeOutcome>()
  let circuits = FeedCodes<Breaker.StateName>()
}

/// Reads a chunk row by row and makes no object of them. Any bytes may come.
package struct FeedCursor {
  private let bytes: [UInt8]
  private var input: FeedBytes
  private let members = FeedMembers()
  /// The row that `advance` came to.
  package var row = FeedRowView()

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    input = FeedBytes(0..<bytes.count)
    if input.byte(bytes.span) != FeedCoder.version { input.fail() }
  }

  /// Whether what the cursor came to is no row; the rows before it are good.
  package var isDamaged: Bool { input.isDamaged }

  /// `false` at the end, and where the bytes are damaged.
  package mutating func advance() -> Bool {
    guard !input.isAtEnd else { return false }
    // Of its own, so that the span does not hold the cursor.
    let array = bytes
    let bytes = array.span
    let flags = input.flags(FeedFlags.log | FeedFlags.state | FeedFlags.tools, bytes)
    row.mcp = input.text(bytes)
    row.hasLog = flags & FeedFlags.log != 0
    if row.hasLog { row.log.read(&input, bytes, members) }
    row.hasState = flags & FeedFlags.state != 0
    if row.hasState {
      row.state.read(&input, bytes, members, since: row.hasLog ? row.log.timestamp.milliseconds : 0)
    }
    row.tools = flags & FeedFlags.tools != 0 ? input.tools(bytes) : nil
    return !input.isDamaged
  }
}

extension FeedLogView {
  fileprivate mutating func read(
    _ input: inout FeedBytes, _ bytes: borrowing Span<UInt8>, _ members: FeedMembers
  ) {
    let flags = input.flags(
      FeedFlags.responseTime | FeedFlags.outcome | FeedFlags.detail | FeedFlags.data, bytes)
    type = input.code(members.types, else: type, bytes)
    status = input.code(members.health, else: status, bytes)
    sequence = input.varint(bytes)
    timestamp = Timestamp(milliseconds: input.signed(bytes))
    responseMilliseconds = flags & FeedFlags.responseTime != 0 ? input.signed(bytes) : nil
    outcome =
      flags & FeedFlags.outcome != 0
      ? input.code(members.outcomes, else: FeedCode(.internalError), bytes) : nil
    detail = flags & FeedFlags.detail != 0 ? input.text(bytes) : 0..<0
    data = flags & FeedFlags.data != 0 ? input.pairs(bytes) : 0..<0
  }
}

extension FeedStateView {
  fileprivate mutating func read(
    _ input: inout FeedBytes, _ bytes: borrowing Span<UInt8>, _ members: FeedMembers,
    since earlier: Int64
  ) {
    let flags = input.flags(
      FeedFlags.lastCheck | FeedFlags.recovery | FeedFlags.downSince | FeedFlags.reason, bytes)
    health = input.code(members.health, else: health, bytes)
    circuit = input.code(members.circuits, else: circuit, bytes)
    let start = earlier &+ input.signed(bytes)
    at = Timestamp(milliseconds: start)
    errors = input.signed(bytes)
    consecutiveFailures = input.signed(bytes)
    failureCycles = input.signed(bytes)
    downtimeMilliseconds = input.signed(bytes)
    lastCheck = flags & FeedFlags.lastCheck != 0 ? input.time(from: start, bytes) : nil
    lastRecoveryAttempt = flags & FeedFlags.recovery != 0 ? input.time(from: start, bytes) : nil
    downSince = flags & FeedFlags.downSince != 0 ? input.time(from: start, bytes) : nil
    autoDisabledReason = flags & FeedFlags.reason != 0 ? input.text(bytes) : nil
  }
}

/// A tool in the bytes of its chunk.
package struct FeedToolView: Sendable {
  package var name: Range<Int>
  package var description: Range<Int>?
  package var inputSchema: Range<Int>?
}

extension FeedBytes {
  fileprivate mutating func time(
    from start: Int64, _ bytes: borrowing Span<UInt8>
  ) -> Timestamp {
    Timestamp(milliseconds: start &+ signed(bytes))
  }

  fileprivate mutating func pairs(_ bytes: borrowing Span<UInt8>) -> Range<Int> {
    let count = count(ofParts: 2, bytes)
    let start = place
    for _ in 0..<count {
      _ = text(bytes)
      _ = text(bytes)
    }
    return start..<place
  }

  fileprivate mutating func tools(_ bytes: borrowing Span<UInt8>) -> Range<Int> {
    let count = count(ofParts: 2, bytes)
    let start = place
    for _ in 0..<count { _ = tool(bytes) }
    return start..<place
  }

  fileprivate mutating func tool(_ bytes: borrowing Span<UInt8>) -> FeedToolView {
    let flags = flags(FeedFlags.description | FeedFlags.schema, bytes)
    let name = text(bytes)
    let description = flags & FeedFlags.description != 0 ? text(bytes) : nil
    let schema = flags & FeedFlags.schema != 0 ? text(bytes) : nil
    return FeedToolView(name: name, description: description, inputSchema: schema)
  }
}

/// The tools of a row, in the order of the listing.
package struct FeedToolViews: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var input: FeedBytes

  /// `range`: what a cursor over the same bytes gave.
  package init(in bytes: [UInt8], at range: Range<Int>) {
    self.bytes = bytes
    input = FeedBytes(range.clamped(to: 0..<bytes.count))
  }

  package mutating func next() -> FeedToolView? {
    let bytes = bytes
    return input.isAtEnd ? nil : input.tool(bytes.span)
  }
}

/// The names and values of a log row's data, in order.
package struct FeedPairs: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var input: FeedBytes

  /// `range`: what a cursor over the same bytes gave.
  package init(in bytes: [UInt8], at range: Range<Int>) {
    self.bytes = bytes
    input = FeedBytes(range.clamped(to: 0..<bytes.count))
  }

  package mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
    let bytes = bytes
    return input.isAtEnd ? nil : (input.text(bytes.span), input.text(bytes.span))
  }
}
