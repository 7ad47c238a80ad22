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
    var pending = PendingStates()
  }

  /// `memory`: what the rows are known to say; `nil`: nothing is known.
  init(
    _ chunks: [FeedChunk], _ selection: Selection = Selection(), schema: AttachedSchema,
    agentID: String, index: ServerIndex, memory: StateMemory?, room: consuming Room = Room()
  ) {
    var logRoom: [UInt8] = []
    swap(&room.log, &logRoom)
    log = LogRows(schema, agentID: agentID, over: consume logRoom)
    states = StateRows(schema)
    tools = ToolRows(schema)
    events = EventRows(schema, agentID: agentID)
    pending = PendingStates()
    swap(&room.pending, &pending)
    pending.reset(count: index.ids.count)
    log.reserve(chunks.reduce(0) { $0 + min($1.rows, $1.bytes.count) })
    var target = Target(
      index: index, known: memory?.states ?? [],
      reasonLimit: schema.servers.autoDisabledReason.limit)
    var number = 0
    for chunk in chunks {
      unsafe chunk.bytes.withUnsafeBytes { all in
        let bytes = unsafe ChunkBytes(chunk.bytes, all)
        var cursor = FeedCursor(chunk.bytes)
        var read = 0
        while cursor.advance() {
          read += 1
          defer { number += 1 }
          if let rows = selection.rows, !rows.contains(number) { continue }
          add(&cursor.row, in: bytes, selection.parts, &target)
        }
        if cursor.isDamaged, selection.rows == nil {
          counts.unreadable += max(1, chunk.rows - read)
        }
      }
    }
    states.append(pending, index, lastChecks: memory?.lastChecks)
    counts.schemasLeftOut = tools.schemasLeftOut
  }

  /// Where a row goes.
  private struct Target {
    let index: ServerIndex
    /// By slot.
    let known: [WrittenState]
    let reasonLimit: Int?
    /// Of the row before.
    var slot = -1

    /// `view` is not changed: so it is not copied.
    func isKnown(_ view: inout FeedStateView, _ slot: Int) -> Bool {
      slot < known.count && known[slot].isRoutine(&view)
    }
  }

  private mutating func add(
    _ row: inout FeedRowView, in bytes: ChunkBytes, _ parts: FeedParts, _ target: inout Target
  ) {
    counts.rows += 1
    if row.mcp.isEmpty {
      if row.hasLog, parts.contains(.log) { events.append(row.log, in: bytes) }
      return
    }
    guard let slot = unsafe target.index.slot(of: bytes.text(row.mcp), after: target.slot) else {
      counts.gone += 1
      return
    }
    target.slot = slot
    if row.hasLog, parts.contains(.log) {
      log.append(&row.log, id: target.index.ids[slot], in: bytes)
    }
    if row.hasState, parts.contains(.state) {
      if target.isKnown(&row.state, slot), let check = row.state.lastCheck?.milliseconds,
        pending.addCheck(check, slot: slot)
      {
        // Nothing else to say.
      } else {
        let reason = row.state.autoDisabledReason.map {
          bytes.cleaned($0, limit: target.reasonLimit)
        }
        pending.add(row.state, slot: slot, reason: reason)
      }
    }
    if let range = row.tools, parts.contains(.tools) {
      tools.set(FeedToolViews(in: bytes.bytes, at: range), id: target.index.ids[slot], in: bytes)
    }
  }
}
