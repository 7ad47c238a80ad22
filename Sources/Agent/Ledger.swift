import MCPWire
import Signals

/// What is on its way to the journal: changes of this step, batches under way, statuses they hold.
struct Ledger: Sendable {
  struct Held: Sendable {
    let batch: UInt64
    let mcp: MCPID
    var status: MCPStatus
  }

  private(set) var nextBatch: UInt64
  private var nextEvent: UInt64
  private var touched: Set<MCPID> = []
  private var events: [HealthEvent] = []
  private var extraRecords: [MCPRecord] = []
  private var pendingHolds: [Held] = []
  /// Batches that the journal has not answered for, oldest first.
  private var waiting: [(sequence: UInt64, events: [HealthEvent], gone: [String])] = []
  /// Events of refused batches, until they are written again.
  private var backlog: [HealthEvent] = []
  /// Names of MCPs whose last record before they went was refused.
  private var unsavedNames: Set<String> = []
  private var held: [Held] = []
  /// When refused records are written again; `nil`: nothing was refused.
  var retryAt: MonotonicInstant?

  init(after contents: JournalContents) {
    nextBatch = contents.lastBatch + 1
    nextEvent = contents.lastEvent + 1
  }

  var batchesWaiting: Int { waiting.count }
  var hasChanges: Bool { !touched.isEmpty || !extraRecords.isEmpty }

  func isTouched(_ mcp: MCPID) -> Bool { touched.contains(mcp) }

  /// The record of this MCP goes into this step's batch.
  mutating func touch(_ mcp: MCPID) { touched.insert(mcp) }

  /// A record of an MCP that is no more.
  mutating func append(_ record: MCPRecord) { extraRecords.append(record) }

  mutating func forget(_ mcp: MCPID) { touched.remove(mcp) }

  /// Adds an event; says how many old ones had to go for it.
  mutating func append(
    _ type: HealthEventType, mcp: String, outcome: ProbeOutcome?, detail: String, data: [Label],
    at timestamp: Timestamp, limit: Int
  ) -> UInt64 {
    events.append(
      HealthEvent(
        sequence: nextEvent, mcp: mcp, timestamp: timestamp, type: type, outcome: outcome,
        detail: detail, data: data))
    nextEvent += 1
    return Self.trim(&events, to: limit)
  }

  /// The touched MCPs, in order of their ids.
  mutating func takeTouched() -> [MCPID] {
    defer { touched.removeAll(keepingCapacity: true) }
    return touched.count < 2 ? Array(touched) : touched.sorted()
  }

  mutating func hold(_ mcp: MCPID, _ status: MCPStatus) {
    pendingHolds.append(Held(batch: nextBatch, mcp: mcp, status: status))
  }

  /// Statuses of earlier batches that are still to be shown must not outrun the end of a downtime.
  mutating func stopClock(of mcp: MCPID, at end: Timestamp) {
    for index in held.indices where held[index].mcp == mcp {
      held[index].status.downtimeEnd = held[index].status.downtimeEnd ?? end
    }
  }

  /// Makes the batch of this step, or `nil` when there is nothing to write.
  mutating func close(_ records: [MCPRecord]) -> JournalBatch? {
    guard !records.isEmpty || !extraRecords.isEmpty || !events.isEmpty else { return nil }
    var batch = JournalBatch(sequence: nextBatch)
    batch.records = records + extraRecords
    batch.events = events
    waiting.append((nextBatch, events, extraRecords.map(\.name)))
    held.append(contentsOf: pendingHolds)
    nextBatch += 1
    events.removeAll(keepingCapacity: true)
    extraRecords.removeAll()
    pendingHolds.removeAll(keepingCapacity: true)
    return batch
  }

  /// The statuses that batches up to `sequence` held back, oldest first.
  mutating func release(through sequence: UInt64) -> [Held] {
    waiting.removeAll { $0.sequence <= sequence }
    let count = held.prefix { $0.batch <= sequence }.count
    defer { held.removeFirst(count) }
    return Array(held.prefix(count))
  }

  /// Takes back the events of refused batches; says how many old ones had to go for them.
  mutating func refused(through sequence: UInt64, limit: Int) -> (mcps: [MCPID], dropped: UInt64) {
    let refused = waiting.filter { $0.sequence <= sequence }
    backlog = Self.inOrder(backlog + refused.flatMap(\.events))
    unsavedNames.formUnion(refused.flatMap(\.gone))
    let mcps = held.prefix { $0.batch <= sequence }.map(\.mcp)
    return (mcps, Self.trim(&backlog, to: limit))
  }

  /// Puts what was refused into this step's batch, events with their old sequence; gives the names
  /// of refused records of MCPs that had gone.
  mutating func tryAgain() -> Set<String> {
    events = Self.inOrder(backlog + events)
    defer { (retryAt, backlog, unsavedNames) = (nil, [], []) }
    return unsavedNames
  }

  private static func inOrder(_ events: [HealthEvent]) -> [HealthEvent] {
    events.sorted { $0.sequence < $1.sequence }
  }

  private static func trim(_ events: inout [HealthEvent], to limit: Int) -> UInt64 {
    let excess = max(0, events.count - limit)
    events.removeFirst(excess)
    return UInt64(excess)
  }
}
