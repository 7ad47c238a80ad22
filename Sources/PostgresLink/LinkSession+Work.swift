import Agent
import Signals
import Synchronization
import Threading

extension LinkSession {
  /// Of chunks read at once: the journal gives few rows when they are long.
  private static let fullBytes = 1 << 20

  /// Brings over what waits, as much as a transaction takes; false when nothing waits.
  mutating func write() throws(LinkError) -> Bool {
    if mustLook { try look() }
    let asked = size.rows
    let chunks: [FeedChunk]
    do throws(JournalFailure) {
      chunks = try link.parts.source.feed(after: position, rows: asked)
    } catch {
      throw LinkError(.journal, detail: "the journal cannot be read: \(error.rawValue)")
    }
    // What came meanwhile may be of an MCP that a newer order names.
    guard link.state.withLock({ $0.order?.servers }) == order.servers else { return true }
    link.noteOldest(of: chunks)
    link.reportOverflow()
    let began = SystemClock.monotonic
    guard !chunks.isEmpty else {
      schedule.plan(.write, at: began.advanced(by: Self.longest))
      hasRested = true
      return false
    }
    hasRested = false
    let rows = chunks.reduce(0) { $0 + $1.rows }
    let bytes = chunks.reduce(0) { $0 + $1.bytes.count }
    let last = chunks.last?.position ?? position
    switch try writer.write(chunks, after: position) {
    case .written(let report):
      let now = SystemClock.monotonic
      // Of a batch with bad rows only a part is there, after several attempts.
      let isWhole = report.position == last
      if isWhole { size.took(began.duration(to: now), written: rows) }
      take(report)
      // A batch that was not full has brought all there was; what comes now comes together.
      let isFull = rows >= asked || bytes >= Self.fullBytes || !isWhole
      schedule.plan(.write, at: isFull ? now : now.advanced(by: Self.linger))
    case .cursorMoved:
      writer.forget()
      position = try writer.cursor()
    case .staleIDs: mustLook = true
    }
    return true
  }

  private mutating func take(_ report: FeedReport) {
    position = report.position
    hasWritten = true
    link.parts.source.release(feedThrough: report.position)
    link.update { figures in
      figures.writes += 1
      figures.rowsWritten += UInt64(clamping: report.rows)
      figures.dropped[FeedDropReason.gone.index] += UInt64(clamping: report.gone)
      figures.dropped[FeedDropReason.unreadable.index] += UInt64(clamping: report.unreadable)
      figures.dropped[FeedDropReason.refused.index] += UInt64(clamping: report.refused)
      if report.refused > 0 { figures.failures[PostgresFailure.data.index] += 1 }
    }
    if report.gone > 0 { link.parts.report(.gone(rows: report.gone)) }
    if let refusal = report.refusals.first {
      link.parts.report(
        .refused(
          rows: report.refused,
          LinkError(.data, sqlState: refusal.sqlState, detail: refusal.detail)))
    }
  }

  /// Downtime that runs grows in Postgres each second, or less often when that takes long.
  mutating func refresh() throws(LinkError) {
    let began = SystemClock.monotonic
    // What waits may say that it ended.
    if hasRested { _ = try writer.refreshDowntime(at: SystemClock.wall) }
    let took = began.duration(to: SystemClock.monotonic)
    schedule.plan(.refresh, at: began.advanced(by: max(.seconds(1), took * 20)))
  }

  /// Deletes some of what is too old; while there is more, a little later again, so that the rows
  /// that wait have their turn.
  mutating func prune() throws(LinkError) {
    let before = SystemClock.wall.advanced(by: .zero - order.eventRetention)
    let began = SystemClock.monotonic
    let pruned = try LogPruner(schema).prune(
      before: before, connection, within: link.limits.answer)
    link.update { $0.pruned += UInt64(clamping: pruned.log + pruned.events) }
    let now = SystemClock.monotonic
    let pause = pruned.hasMore ? began.duration(to: now) * 2 : Self.pruneInterval
    schedule.plan(.prune, at: now.advanced(by: pause))
  }
}
