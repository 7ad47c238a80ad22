import Agent
import Signals

/// Which of a feed row's parts are written.
struct FeedParts: OptionSet, Sendable {
  let rawValue: UInt8

  static let log = Self(rawValue: 1)
  static let state = Self(rawValue: 2)
  static let tools = Self(rawValue: 4)
  static let all: Self = [.log, .state, .tools]
}

/// What rows of the feed become in Postgres: the state that each MCP has at last, lines of the log,
/// tools, events of the agent.
struct FeedBatch: Sendable {
  /// What of the chunks is meant.
  struct Selection: Sendable {
    /// Numbers of rows over all chunks; `nil`: all.
    var rows: Range<Int>?
    var parts = FeedParts.all
  }

  struct Counts: Equatable, Sendable {
    /// Rows that were read, those that are gone included.
    var rows = 0
    /// Of MCPs that have no row.
    var gone = 0
    /// Rows of chunks whose bytes are damaged.
    var unreadable = 0
    /// Schemas of tools that jsonb would refuse; NULL stands for them.
    var schemasLeftOut = 0
  }

  var log: LogRows
  var states: StateRows
  private(set) var tools: ToolRows
  var events: EventRows
  private(set) var counts = Counts()
  /// What the memory learns when this is committed.
  private(set) var pending: PendingStates

  /// Room of a batch before, to be used again: fresh memory costs as much as filling it.
  struct Room: Sendable {
    var log: [UInt8] = []
    var pending = PendingStates(count: 0)
  }

  /// `memory`: what the rows are known to say; `nil`: nothing is known.
  init(
    _ chunks: [FeedChunk], _ selection: Selection = Selection(), schema: AttachedSchema,
    agentID: String, index: ServerIndex, memory: StateMemory?, room: consuming Room = Room()
  ) {
    log = LogRows(schema, agentID: agentID, over: room.log)
    states = StateRows(schema)
    tools = ToolRows(schema)
    events = EventRows(schema, agentID: agentID)
    pending = room.pending
    pending.reset(count: index.ids.count)
    var number = 0
    for chunk in chunks {
      unsafe chunk.bytes.withUnsafeBytes { all in
        let bytes = unsafe ChunkBytes(chunk.bytes, all)
        var cursor = FeedCursor(chunk.bytes)
        var read = 0
        while let row = cursor.next() {
          read += 1
          defer { number += 1 }
          if let rows = selection.rows, !rows.contains(number) { continue }
          add(row, in: bytes, selection.parts, index, schema.servers)
        }
        if cursor.isDamaged, selection.rows == nil {
          counts.unreadable += max(1, chunk.rows - read)
        }
      }
    }
    for (slot, state) in pending {
      states.append(
        id: index.ids[slot], state, reason: pending.reasons[slot], known: memory?.trusted(slot))
    }
    counts.schemasLeftOut = tools.schemasLeftOut
  }

  private mutating func add(
    _ row: FeedRowView, in bytes: ChunkBytes, _ parts: FeedParts, _ index: ServerIndex,
    _ columns: ServerColumns
  ) {
    counts.rows += 1
    if row.mcp.isEmpty {
      if let log = row.log, parts.contains(.log) { events.append(log, in: bytes) }
      return
    }
    guard let slot = unsafe index.slot(of: bytes.text(row.mcp)) else {
      counts.gone += 1
      return
    }
    if let log = row.log, parts.contains(.log) {
      self.log.append(log, id: index.ids[slot], in: bytes)
    }
    if let state = row.state, parts.contains(.state) {
      let reason = state.autoDisabledReason.map {
        bytes.cleaned($0, limit: columns.autoDisabledReason.limit)
      }
      pending.add(state, slot: slot, reason: reason)
    }
    if let range = row.tools, parts.contains(.tools) {
      tools.set(FeedToolViews(in: bytes.bytes, at: range), id: index.ids[slot], in: bytes)
    }
  }
}
