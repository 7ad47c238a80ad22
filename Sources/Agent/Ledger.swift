import MCPWire
import Signals

/// What is on its way to the journal: changes of this step, batches under way, statuses they hold.
struct Ledger: Sendable {
  struct Held: Sendable {
    let batch: UInt64
    let mcp: MCPID
    var status: MCPStatus
  }

  /// A batch that the journal has not answered for.
  private struct Waiting: Sendable {
    let sequence: UInt64
    let events: [HealthEvent]
    /// Names of MCPs that went with it.
    let gone: [String]
    let feed: [FeedRow]
    let toolBytes: Int
    let released: [WorkItem]
  }

  private(set) var nextBatch: UInt64
  /// Of events and of routine rows of the feed.
  private var nextSequence: UInt64
  private var touched: Set<MCPID> = []
  private var events: [HealthEvent] = []
  private var extraRecords: [MCPRecord] = []
  private var extraCatalogues: [CatalogueRecord] = []
  private var pendingHolds: [Held] = []
  private var released: [WorkItem] = []
  /// What goes to Postgres by way of the journal.
  var feed = FeedBuffer()
  /// Oldest first.
  private var waiting: [Waiting] = []
  private var waitingToolBytes = 0
  /// Events of refused batches, until they are written again.
  private var backlog: [HealthEvent] = []
  /// Names of MCPs whose last record before they went was refused.
  private var unsavedNames: Set<String> = []
  private var unsavedReleases: [WorkItem] = []
  private var held: [Held] = []
  private var replies = WaitingAnswers()
  /// When refused records are written again; `nil`: nothing was refused.
  var retryAt: MonotonicInstant?

  init(after contents: JournalContents) {
    nextBatch = contents.lastBatch + 1
    nextSequence = contents.lastEvent + 1
  }

  var batchesWaiting: Int { waiting.count }
  var hasChanges: Bool {
    !touched.isEmpty || !extraRecords.isEmpty || !events.isEmpty || !released.isEmpty
  }
  /// Of lists of tools that are not committed yet.
  var toolBytes: Int { feed.toolBytes + waitingToolBytes }

  func isTouched(_ mcp: MCPID) -> Bool { touched.contains(mcp) }

  /// The record of this MCP goes into this step's batch.
  mutating func touch(_ mcp: MCPID) { touched.insert(mcp) }

  /// A record of an MCP that is no more.
  mutating func append(_ record: MCPRecord) { extraRecords.append(record) }

  mutating func append(_ record: CatalogueRecord) { extraCatalogues.append(record) }

  mutating func forget(_ mcp: MCPID) { touched.remove(mcp) }

  /// The item is in quarantine no more.
  mutating func release(_ item: WorkItem) { released.append(item) }

  /// The sequence of a routine row.
  mutating func takeSequence() -> UInt64 {
    defer { nextSequence += 1 }
    return nextSequence
  }

  /// Adds an event; gives its sequence and says how many old ones had to go for it.
  mutating func append(
    _ type: HealthEventType, mcp: String, outcome: ProbeOutcome?, detail: String, data: [Label],
    at timestamp: Timestamp, limit: Int
  ) -> (sequence: UInt64, dropped: UInt64) {
    let sequence = takeSequence()
    events.append(
      HealthEvent(
        sequence: sequence, mcp: mcp, timestamp: timestamp, type: type, outcome: outcome,
        detail: detail, data: data))
    return (sequence, Self.trim(&events, to: limit))
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
  mutating func close(
    _ records: [MCPRecord], _ catalogues: [CatalogueRecord]
  ) -> JournalBatch? {
    guard !records.isEmpty || !feed.rows.isEmpty || hasChanges else { return nil }
    var batch = JournalBatch(sequence: nextBatch)
    batch.records = records + extraRecords
    batch.catalogues = catalogues + extraCatalogues
    batch.events = events
    batch.released = released
    replies.note(batch: nextBatch)
    let toolBytes = feed.toolBytes
    batch.feed = feed.take()
    waiting.append(
      Waiting(
        sequence: nextBatch, events: events, gone: extraRecords.map(\.name), feed: batch.feed,
        toolBytes: toolBytes, released: released))
    waitingToolBytes += toolBytes
    held.append(contentsOf: pendingHolds)
    nextBatch += 1
    events.removeAll(keepingCapacity: true)
    extraRecords.removeAll()
    extraCatalogues.removeAll()
    released = []
    pendingHolds.removeAll(keepingCapacity: true)
    return batch
  }

  /// The statuses that batches up to `sequence` held back, oldest first.
  mutating func release(through sequence: UInt64) -> [Held] {
    let answered = waiting.prefix { $0.sequence <= sequence }
    waitingToolBytes -= answered.reduce(0) { $0 + $1.toolBytes }
    waiting.removeFirst(answered.count)
    let count = held.prefix { $0.batch <= sequence }.count
    defer { held.removeFirst(count) }
    return Array(held.prefix(count))
  }

  /// What came of an action is said when the journal has this step's batch.
  mutating func answer(_ ticket: UInt64, _ outcome: ActionOutcome) {
    replies.append(ticket, outcome)
  }

  mutating func takeReplies(through sequence: UInt64) -> [WaitingAnswers.Answer] {
    replies.take(through: sequence)
  }

  /// What the journal has refused.
  struct Refused {
    var mcps: [MCPID]
    /// Events, and rows of the feed, that had to go for it.
    var eventsDropped: UInt64
    var rowsDropped: UInt64
    /// Names of MCPs whose tools are to be told at their next listing.
    var tools: Set<String>
  }

  /// Takes back the events and the feed of refused batches.
  mutating func refused(through sequence: UInt64, events limit: Int, rows: Int) -> Refused {
    let refused = waiting.prefix { $0.sequence <= sequence }
    backlog = Self.inOrder(backlog + refused.flatMap(\.events))
    replies.refused(through: sequence, limit: limit)
    unsavedNames.formUnion(refused.flatMap(\.gone))
    unsavedReleases += refused.flatMap(\.released)
    let mcps = held.prefix { $0.batch <= sequence }.map(\.mcp)
    let dropped = Self.trim(&backlog, to: limit)
    let feed = feed.takeBack(refused.flatMap(\.feed), limit: rows)
    return Refused(
      mcps: mcps, eventsDropped: dropped, rowsDropped: feed.dropped, tools: feed.tools)
  }

  /// Puts what was refused into this step's batch, events with their old sequence; gives the names
  /// of refused records of MCPs that had gone, and the MCPs whose state Postgres was not told.
  mutating func tryAgain() -> (gone: Set<String>, untold: [String: Int]) {
    events = Self.inOrder(backlog + events)
    released = unsavedReleases + released
    replies.tryAgain()
    defer { (retryAt, backlog, unsavedNames, unsavedReleases) = (nil, [], [], []) }
    return (unsavedNames, feed.tryAgain())
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
