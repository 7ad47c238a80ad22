import Breaking
import MCPWire
import Signals

/// What Postgres is told. Nothing here does anything when there is no Postgres.
extension AgentState {
  /// The row of a probe: an event of the journal, or a routine one that only Postgres gets.
  mutating func logCheck(
    _ type: HealthEventType, isEvent: Bool, of index: Int, _ result: ProbeResult, at now: Now
  ) {
    if isEvent { emit(type, of: index, result, at: now) }
    guard let postgres = settings.postgres else { return }
    if result.verdict == .down { entries[index].told.errors += 1 }
    if !isEvent {
      let last = entries[index].told.checkAt
      let isDue = last.map { $0.duration(to: now.monotonic) >= limits.checkLogInterval } ?? true
      guard postgres.log == .all || isDue else { return }
      feed(
        type, ledger.takeSequence(), of: index, result, detail: result.detail, [], at: now)
    }
    entries[index].told.checkAt = now.monotonic
  }

  /// A row of the log with the state that its MCP has when the step ends.
  mutating func feed(
    _ type: HealthEventType, _ sequence: UInt64, of index: Int, _ result: ProbeResult?,
    detail: String, _ data: [Label], at now: Now
  ) {
    guard settings.postgres != nil else { return }
    var log = FeedLog(
      sequence: sequence, timestamp: now.wall, type: type, status: entries[index].status.health,
      outcome: result?.outcome, detail: detail, data: data)
    if let duration = result?.duration, duration > .zero {
      log.responseTime = .milliseconds(duration.wholeMilliseconds)
    }
    append(FeedRow(mcp: entries[index].name, log: log), stateOf: entries[index].id, at: now)
  }

  /// A row with the state only.
  mutating func feedState(of index: Int, at now: Now) {
    guard settings.postgres != nil else { return }
    append(FeedRow(mcp: entries[index].name), stateOf: entries[index].id, at: now)
  }

  /// What a probe leaves to tell when its rows of the log are there.
  mutating func feedResult(_ result: ProbeResult, of index: Int, at now: Now) {
    guard settings.postgres != nil else { return }
    let hasRow = ledger.feed.unfinished.last?.mcp == entries[index].id
    if !hasRow && entries[index].isStateDue(at: now, refresh: limits.stateRefresh) {
      feedState(of: index, at: now)
    }
    if let tools = result.tools { feed(tools, of: index, at: now) }
  }

  /// A list that differs from what was told last, or was told long ago: the database may have lost
  /// it. One that would be too much now, or comes too soon, waits for the next listing.
  private mutating func feed(_ tools: [ToolListing], of index: Int, at now: Now) {
    let hash = tools.stableHash
    let told = entries[index].told
    let age = told.toolsAt?.duration(to: now.monotonic)
    let isDue = age.map { $0 >= limits.checkLogInterval } ?? true
    guard told.tools != hash || isDue,
      told.tools == nil || (age ?? limits.toolsPause) >= limits.toolsPause,
      ledger.toolBytes + tools.byteCount <= limits.toolBytesWaiting
    else { return }
    entries[index].told.tools = hash
    entries[index].told.toolsAt = now.monotonic
    append(FeedRow(mcp: entries[index].name, tools: tools), at: now)
  }

  /// The last that is said of an MCP that is not watched any more.
  mutating func feedRetirement(
    of entry: MCPEntry, _ record: MCPRecord, _ log: FeedLog?, at now: Now
  ) {
    guard settings.postgres != nil else { return }
    var state = FeedState(retired: record, at: now.wall)
    state.lastCheck = entry.status.lastProbe?.at
    state.errors = entry.told.errors
    append(FeedRow(mcp: entry.name, log: log, state: state), at: now)
  }

  /// Events of the agent itself.
  mutating func take(_ notes: [AgentNote], at now: Now) {
    for note in notes {
      let (sequence, dropped) = ledger.append(
        note.type, mcp: "", outcome: nil, detail: note.detail, data: note.data, at: now.wall,
        limit: limits.unsavedEvents)
      figures.eventsDropped += dropped
      guard settings.postgres != nil else { continue }
      let log = FeedLog(
        sequence: sequence, timestamp: now.wall, type: note.type, status: .unknown,
        detail: note.detail, data: note.data)
      append(FeedRow(mcp: "", log: log), at: now)
    }
  }

  private mutating func append(_ row: FeedRow, stateOf mcp: MCPID? = nil, at now: Now) {
    ledger.feed.append(
      row, stateOf: mcp, dueAt: now.monotonic.advanced(by: limits.feedDelay))
  }
}

extension AgentState {
  /// Gives the rows of this step the states that they end in.
  mutating func finishFeed(at now: Now) {
    guard !ledger.feed.unfinished.isEmpty else { return }
    for place in ledger.feed.unfinished {
      guard let index = index(of: place.mcp) else { continue }
      ledger.feed.finish(place, with: entries[index].tellState(at: now))
    }
    ledger.feed.endStep()
  }

  /// Tells the states anew that the journal has refused: the latest, since a later batch may have
  /// come through.
  mutating func feedAgain(_ untold: [String: Int], at now: Now) {
    guard settings.postgres != nil, !untold.isEmpty else { return }
    var untold = untold
    for index in entries.indices {
      guard let errors = untold.removeValue(forKey: entries[index].name) else { continue }
      entries[index].told.errors += errors
      append(
        FeedRow(mcp: entries[index].name, state: entries[index].tellState(at: now)), at: now)
    }
    for (name, errors) in untold.sorted(by: { $0.key < $1.key }) {
      guard let record = retired[name] else { continue }
      var state = FeedState(retired: record, at: now.wall)
      state.errors = errors
      append(FeedRow(mcp: name, state: state), at: now)
    }
  }
}
