import Breaking
import MCPWire
import Signals

extension AgentState {
  mutating func reconfigure(to changed: Settings, at now: Now) {
    let isNewPostgres = changed.postgres != nil && changed.postgres != settings.postgres
    let isStart = !hasStarted
    let window = firstProbesWindow(for: changed)
    if changed.postgres == nil { ledger.feed.clear() }
    settings = changed
    var old: [String: MCPEntry] = [:]
    for entry in entries { old[entry.name] = entry }
    var arranged: [ArrangedMCP] = []
    entries = []
    indices = [:]
    for mcp in changed.mcps.sorted(by: { $0.name < $1.name }) {
      let kept = old.removeValue(forKey: mcp.name)
      let entry = kept ?? makeEntry(mcp, at: now)
      indices[entry.id] = entries.count
      entries.append(entry)
      arranged.append(ArrangedMCP(id: entry.id, initial: entry.status))
      let index = entries.count - 1
      if isNewPostgres { entries[index].told = FeedMemory() }
      if kept == nil {
        begin(index, within: window, at: now)
        if !isStart && entry.restoredURL != nil { tellBack(index, at: now) }
      } else if entry.settings != mcp {
        change(index, to: mcp, within: window, at: now)
      }
      if isNewPostgres || kept == nil || entry.settings != mcp { feedState(of: index, at: now) }
    }
    for gone in old.values.sorted(by: { $0.name < $1.name }) { retire(gone, at: now) }
    forgetOldRecords()
    shownBefore = [:]
    settleQuarantine(at: now)
    effects.append(.arrange(arranged))
    for index in entries.indices { publish(index) }
  }

  /// Keeps so many records of MCPs that are not configured: names may come and go without end.
  private mutating func forgetOldRecords() {
    let excess = retired.count - limits.retiredRecords
    guard excess > 0 else { return }
    let oldest = retired.values.sorted { ($0.updated, $0.name) < ($1.updated, $1.name) }
    for record in oldest.prefix(excess) {
      retired[record.name] = nil
      _ = retiredCatalogues.take(record.name)
    }
    figures.recordsDropped += UInt64(excess)
  }

  /// Over how long the first probes of what is new or changed are spread. At the start of the agent
  /// it is as long for few as for many; later somebody waits to see what a change does.
  private mutating func firstProbesWindow(for changed: Settings) -> Duration {
    defer { hasStarted = true }
    guard hasStarted else { return limits.startWindow }
    let known = Dictionary(entries.map { ($0.name, $0.settings) }, uniquingKeysWith: { $1 })
    let news = changed.mcps.count { known[$0.name] != $0 }
    return min(limits.startWindow, limits.changeShare * news)
  }

  mutating func makeEntry(_ mcp: MCPSettings, at now: Now) -> MCPEntry {
    nextID += 1
    let record = retired.removeValue(forKey: mcp.name)
    let catalogue = retiredCatalogues.take(mcp.name)
    catalogueBytes += catalogue?.baseline?.bytes.count ?? 0
    var entry = MCPEntry(
      id: MCPID(number: nextID), settings: mcp, record: record, catalogue: catalogue, at: now)
    if let shown = shownBefore[mcp.name] { entry.succeed(shown, at: now) }
    return entry
  }

  mutating func retire(_ entry: MCPEntry, at now: Now) {
    if entry.flight != nil { figures.inFlight -= 1 }
    var entry = entry
    entry.standStill(at: now)
    let record = entry.record(at: now)
    retired[entry.name] = record
    ledger.forget(entry.id)
    ledger.append(record)
    if entry.catalogue.baseline != nil || !entry.status.counters.catalogue.isEmpty {
      retiredCatalogues.keep(entry.catalogueRecord)
    }
    catalogueBytes -= entry.catalogue.baseline?.bytes.count ?? 0
    if entry.catalogue.isUnsaved { ledger.append(entry.catalogueRecord) }
    feedRetirement(of: entry, record, tellGone(entry, at: now), at: now)
    endSession(of: entry, at: now)
    effects.append(.forget(entry.id))
  }

  /// A first probe soon; a circuit that is open keeps its own time, if that is still to come.
  mutating func begin(_ index: Int, within window: Duration, at now: Now) {
    settleWord(of: index)
    leaveAlone(index, at: now)
    takeOverRecord(of: index, at: now)
    guard entries[index].status.isEnabled else {
      let wasDown = entries[index].status.downtime.since != nil
      if wasDown || entries[index].breaker.upSince != nil || entries[index].status.verdict != nil {
        entries[index].standStill(at: now)
        if wasDown { tellDisabled(index, at: now) }
        ledger.touch(entries[index].id)
      }
      return setAlarm(of: index, at: nil)
    }
    let first = entries[index].schedule.first(after: now.monotonic, within: window)
    let retryAt = entries[index].breaker.retryAt.flatMap { $0 > now.monotonic ? $0 : nil }
    setAlarm(of: index, at: retryAt ?? first)
  }

  /// Another server at the same name starts with a closed circuit, as does a breaker switched off.
  mutating func takeOverRecord(of index: Int, at now: Now) {
    guard let url = entries[index].restoredURL.take() else { return }
    let settings = entries[index].settings
    let isSameServer = url == settings.target.url
    if !isSameServer {
      forgetServer(of: index, at: now)
      ledger.touch(entries[index].id)
    }
    let transition =
      isSameServer ? entries[index].breaker.apply(settings.breaker) : entries[index].breaker.reset()
    entries[index].syncCircuit(at: now)
    if let transition { count(transition, of: index, nil, at: now) }
  }

  mutating func change(
    _ index: Int, to mcp: MCPSettings, within window: Duration, at now: Now
  ) {
    let before = entries[index].settings
    let wasEnabled = entries[index].status.isEnabled
    entries[index].settings = mcp
    entries[index].schedule = ProbeSchedule(name: mcp.name, interval: mcp.interval)
    entries[index].status.description = MCPDescription(mcp)
    entries[index].status.circuitEnabled = mcp.breaker.enabled
    var shown = before
    (shown.description, shown.labels) = (mcp.description, mcp.labels)
    guard shown != mcp else { return }  // only how it is shown has changed

    release(.mcp(mcp.name))
    abandonFlight(of: index)
    if before.target.checks != mcp.target.checks {
      entries[index].lastChecked = nil
      entries[index].arrangeChecks()
    }
    if before.target.withoutChecks != mcp.target.withoutChecks {
      var left = entries[index]
      left.settings = before
      endSession(of: left, at: now)
      entries[index].memory = ServerMemory()
      entries[index].lastListed = nil
      effects.append(.forget(entries[index].id))
    }
    var transition = entries[index].breaker.apply(mcp.breaker)
    if before.target.url != mcp.target.url { forgetServer(of: index, at: now) }
    if before.target.url != mcp.target.url || entries[index].status.autoDisabledReason != nil {
      transition = entries[index].breaker.reset() ?? transition
      entries[index].status.autoDisabledReason = nil
    }
    entries[index].syncCircuit(at: now)
    settleWord(of: index)
    entries[index].status.isEnabled = entries[index].isWanted
    tellSwitch(of: index, wasEnabled: wasEnabled, at: now)
    if let transition { count(transition, of: index, nil, at: now) }
    ledger.touch(entries[index].id)
    begin(index, within: window, at: now)
  }

  private mutating func forgetServer(of index: Int, at now: Now) {
    entries[index].forgetServer(at: now)
    if entries[index].catalogue.baseline != nil { setBaseline(nil, of: index) }
  }
}

extension ProbeTarget {
  /// What of it another session would be needed for.
  fileprivate var withoutChecks: ProbeTarget {
    var target = self
    target.checks = []
    return target
  }
}

extension AgentState {
  /// Starts nothing more, ends the sessions that may be ended, writes what only memory holds.
  mutating func drain(at now: Now) {
    guard !isDraining else { return }
    isDraining = true
    if ledger.retryAt != nil { ledger.retryAt = now.monotonic }
    for entry in entries {
      ledger.touch(entry.id)
      endSession(of: entry, at: now)
    }
  }

  /// A session that nobody will come back to is not left to its server, where that can be done.
  mutating func endSession(of entry: MCPEntry, at now: Now) {
    guard entry.memory.sessionID != nil || entry.memory.stream != nil else { return }
    effects.append(
      .probe(
        ProbeOrder(
          mcp: entry.id, name: entry.name, permit: .none, target: entry.settings.target,
          purpose: .endSession, memory: entry.memory,
          deadline: now.monotonic.advanced(by: .seconds(1)))))
  }
}
