import MCPWire
import Signals

/// Rows of the feed on their way into a batch, and what is left of those that were refused.
struct FeedBuffer: Sendable {
  /// A row of this step that still wants the state of its MCP.
  struct Unfinished: Sendable {
    let mcp: MCPID
    let row: Int
  }

  /// In order of their sequence.
  private(set) var rows: [FeedRow] = []
  private(set) var unfinished: [Unfinished] = []
  /// When the rows go out at the latest.
  private(set) var dueAt: MonotonicInstant?
  /// Bytes of the tools in the rows.
  private(set) var toolBytes = 0
  /// Logs of refused batches in order, until they are written again.
  private var backlog: [FeedRow] = []
  /// MCPs whose state was refused, with the errors that it told of.
  private var untold: [String: Int] = [:]

  /// Adds a row that is complete, or takes its state from `mcp` at the end of the step.
  mutating func append(_ row: FeedRow, stateOf mcp: MCPID? = nil, dueAt due: MonotonicInstant) {
    if let mcp { unfinished.append(Unfinished(mcp: mcp, row: rows.count)) }
    if let tools = row.tools { toolBytes += tools.byteCount }
    rows.append(row)
    dueAt = dueAt ?? due
  }

  mutating func finish(_ place: Unfinished, with state: FeedState) { rows[place.row].state = state }

  mutating func endStep() { unfinished.removeAll(keepingCapacity: true) }

  /// Whether a batch must be closed for them now. Lists of tools do not lie about.
  func isDue(at now: MonotonicInstant, limit: Int) -> Bool {
    guard let dueAt else { return false }
    return dueAt <= now || rows.count >= limit || toolBytes > 0
  }

  mutating func take() -> [FeedRow] {
    defer { (rows, dueAt, toolBytes) = ([], nil, 0) }
    return rows
  }

  /// Postgres is not told any more.
  mutating func clear() { self = FeedBuffer() }
}

extension FeedBuffer {
  /// Keeps the logs of refused rows; says how many old ones had to go for them, and whose tools
  /// were refused.
  mutating func takeBack(
    _ refused: [FeedRow], limit: Int
  ) -> (dropped: UInt64, tools: Set<String>) {
    var tools: Set<String> = []
    for row in refused {
      if row.tools != nil { tools.insert(row.mcp) }
      if let state = row.state { untold[row.mcp, default: 0] += state.errors }
      if row.log != nil { backlog.append(FeedRow(mcp: row.mcp, log: row.log)) }
    }
    backlog.sort { ($0.log?.sequence ?? 0) < ($1.log?.sequence ?? 0) }
    let excess = max(0, backlog.count - limit)
    backlog.removeFirst(excess)
    return (UInt64(excess), tools)
  }

  /// Puts refused logs before the rows, which are newer; gives the MCPs whose state is to be told
  /// anew, with the errors to add. All rows are finished.
  mutating func tryAgain() -> [String: Int] {
    if !backlog.isEmpty { rows = backlog + rows }
    defer { (backlog, untold) = ([], [:]) }
    return untold
  }
}

extension [ToolListing] {
  /// Bytes of all texts.
  var byteCount: Int { reduce(0) { $0 + $1.byteCount } }

  /// Equal for equal lists, on any machine.
  var stableHash: UInt64 {
    var hash = StableHash()
    for tool in self {
      hash.combine(tool.name)
      for text in [tool.description, tool.inputSchema] {
        hash.combine(byte: text == nil ? 0 : 1)
        if let text { hash.combine(text) }
      }
    }
    return hash.value
  }
}
