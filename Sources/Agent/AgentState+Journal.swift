import Breaking
import MCPWire
import Signals

extension AgentState {
  /// Shows an MCP as it is, unless a part of it waits for the journal.
  mutating func publish(_ index: Int) {
    guard entries[index].heldBy == nil, !ledger.isTouched(entries[index].id) else { return }
    effects.append(.publish(entries[index].id, entries[index].status))
  }

  /// Puts what this step changed durably into one batch and holds its publication back.
  mutating func persist(at now: Now) {
    finishFeed(at: now)
    let retryIsDue = ledger.retryAt.map { $0 <= now.monotonic } ?? false
    if retryIsDue {
      let (gone, untold) = ledger.tryAgain()
      feedAgain(untold, at: now)
      for name in gone.sorted() { keepRetired(name) }
      for entry in entries where entry.isUnsaved || gone.contains(entry.name) {
        ledger.touch(entry.id)
      }
    }
    let feedIsDue =
      ledger.feed.isDue(at: now.monotonic, limit: limits.feedRows)
      || isDraining && !ledger.feed.rows.isEmpty
    guard retryIsDue || ledger.hasChanges || feedIsDue else { return }
    var records: [MCPRecord] = []
    var catalogues: [CatalogueRecord] = []
    for id in ledger.takeTouched() {
      guard let index = index(of: id) else { continue }
      records.append(entries[index].record(at: now))
      if entries[index].catalogue.isUnsaved {
        catalogues.append(entries[index].catalogueRecord)
        entries[index].catalogue.isUnsaved = false
      }
      entries[index].persistedAt = now.monotonic
      entries[index].isUnsaved = false
      entries[index].heldBy = ledger.nextBatch
      if let end = entries[index].downtimeEnded.take() {
        ledger.stopClock(of: id, at: end)
        effects.append(.stopClock(id, end))
      }
      ledger.hold(id, entries[index].status)
    }
    if let batch = ledger.close(records, catalogues) { effects.append(.persist(batch)) }
  }

  /// The rows of an MCP that is not configured go into this step's batch again.
  private mutating func keepRetired(_ name: String) {
    if let record = retired[name] { ledger.append(record) }
    if let catalogue = retiredCatalogues.records[name] { ledger.append(catalogue) }
  }

  /// What the journal holds may be seen: each MCP as it was in its batch, or as it is now if no
  /// later batch holds it.
  mutating func release(through sequence: UInt64) {
    for held in ledger.release(through: sequence) {
      guard let index = index(of: held.mcp) else { continue }
      let isLatest = entries[index].heldBy == held.batch
      if isLatest { entries[index].heldBy = nil }
      effects.append(.publish(held.mcp, isLatest ? entries[index].status : held.status))
    }
    for reply in ledger.takeReplies(through: sequence) {
      effects.append(.answer(reply.ticket, reply.outcome))
    }
  }

  /// The agent goes on from memory, says so by its metrics, and writes it all again soon.
  mutating func journalRefused(through sequence: UInt64, at now: Now) {
    let refused = ledger.refused(
      through: sequence, events: limits.unsavedEvents, rows: limits.unsavedFeedRows)
    figures.eventsDropped += refused.eventsDropped
    figures.feedRowsDropped += refused.rowsDropped
    if !refused.tools.isEmpty {
      for index in entries.indices where refused.tools.contains(entries[index].name) {
        entries[index].told.tools = nil
      }
    }
    for id in refused.mcps {
      guard let index = index(of: id) else { continue }
      entries[index].isUnsaved = true
      entries[index].catalogue.isUnsaved = true
    }
    release(through: sequence)
    ledger.retryAt = ledger.retryAt ?? now.monotonic.advanced(by: limits.journalRetry)
  }

  /// Only memory holds what was committed: all of it goes into the next batch, and what waited for
  /// Postgres is told anew as it is now.
  mutating func writeAllAgain(at now: Now) {
    for index in entries.indices {
      ledger.touch(entries[index].id)
      entries[index].catalogue.isUnsaved = true
      entries[index].told.tools = nil
      feedState(of: index, at: now)
    }
    for name in retired.keys.sorted() { keepRetired(name) }
    take([AgentNote(.journalReplaced, detail: "")], at: now)
  }
}
