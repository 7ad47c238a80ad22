import Agent
import MCPWire
import Signals

/// A journal that keeps what it was given, and loses what it has not committed.
struct SimulatedJournal {
  private var head = JournalContents(agentID: "0123456789abcdef")
  private(set) var records: [String: MCPRecord] = [:]
  private(set) var catalogues: [String: CatalogueRecord] = [:]
  private(set) var events: [HealthEvent] = []
  /// From then on what is shown may be ahead of it.
  private(set) var hasRefused = false
  private var underWay: [JournalBatch] = []

  /// What a start finds.
  var contents: JournalContents {
    var contents = head
    contents.records = records.values.sorted { $0.name < $1.name }
    contents.catalogues = catalogues.values.sorted { $0.mcp < $1.mcp }
    return contents
  }

  mutating func take(_ batch: JournalBatch) { underWay.append(batch) }

  /// Gives the batches that are in it now.
  @discardableResult
  mutating func commit(through sequence: UInt64) -> [JournalBatch] {
    let taken = underWay.filter { $0.sequence <= sequence }
    for batch in taken {
      for record in batch.records { records[record.name] = record }
      for record in batch.catalogues { catalogues[record.mcp] = record }
      let known = events.last?.sequence ?? 0
      events.append(contentsOf: batch.events.filter { $0.sequence > known })
      let routine = batch.feed.lazy.compactMap { $0.log?.sequence }.max() ?? 0
      head.lastEvent = max(
        head.lastEvent, batch.events.map(\.sequence).max() ?? 0, routine)
      head.lastBatch = batch.sequence
    }
    underWay.removeAll { $0.sequence <= sequence }
    return taken
  }

  mutating func refuse(through sequence: UInt64) {
    hasRefused = true
    underWay.removeAll { $0.sequence <= sequence }
  }

  mutating func loseWhatIsUnderWay() {
    underWay = []
    head.generation += 1
  }
}

/// What the world has been shown.
struct SimulatedPublication {
  private(set) var statuses: [MCPID: MCPStatus] = [:]
  /// What the last step has shown.
  private(set) var changed: [MCPStatus] = []

  mutating func publish(_ id: MCPID, _ status: MCPStatus) {
    guard statuses[id] != nil else { return }
    statuses[id] = status
    changed.append(status)
  }

  mutating func stopClock(_ id: MCPID, _ end: Timestamp) {
    if statuses[id]?.downtimeEnd == nil { statuses[id]?.downtimeEnd = end }
  }

  mutating func beginStep() { changed.removeAll(keepingCapacity: true) }

  mutating func arrange(_ arranged: [ArrangedMCP]) {
    var next: [MCPID: MCPStatus] = [:]
    for mcp in arranged { next[mcp.id] = statuses[mcp.id] ?? mcp.initial }
    statuses = next
    changed = Array(next.values)
  }
}
