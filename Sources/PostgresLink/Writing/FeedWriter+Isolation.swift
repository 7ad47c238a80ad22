import Agent

/// Writing when a row is not taken: the bad ones are found by halves, and all others are written.
extension FeedWriter {
  /// Several chunks with a bad row are tried by halves, each half a transaction.
  func writeCarefully(
    _ chunks: [FeedChunk], after position: Int64, wasDuplicate: Bool
  ) throws(LinkError) -> Outcome {
    if chunks.count > 1, !wasDuplicate {
      return try write(Array(chunks.prefix(chunks.count / 2)), after: position)
    }
    do throws(LinkError) {
      return try isolate(chunks, after: position)
    } catch {
      connection.rollBack()
      guard error.blamesRows, chunks.count > 1 else { throw error }
      return try write(Array(chunks.prefix(chunks.count / 2)), after: position)
    }
  }

  /// One transaction whose attempts are savepoints, at most three for each row and two more for
  /// each part of a row that is bad. Chunks together are one attempt only.
  private func isolate(
    _ chunks: [FeedChunk], after position: Int64
  ) throws(LinkError) -> Outcome {
    let new = chunks.last?.position ?? position
    let rows = try connection.pipeline(
      [
        Statement("BEGIN"), Statement("SET CONSTRAINTS ALL IMMEDIATE"),
        moveCursor(from: position, to: new),
      ], within: time)
    guard rows.count > 2, rows[2].affected == 1 else {
      connection.rollBack()
      return .cursorMoved
    }
    var isolation = Isolation(report: FeedReport(position: new))
    let whole = FeedBatch(
      chunks, schema: schema, agentID: agentID, index: index, memory: nil)
    isolation.report.unreadable = whole.counts.unreadable
    var waiting = [0..<whole.counts.rows]
    while let range = waiting.popLast() {
      guard let error = try attempt(chunks, .init(rows: range), &isolation) else { continue }
      if chunks.count > 1 { throw error }
      if range.count > 1 {
        let middle = range.lowerBound + range.count / 2
        waiting += [middle..<range.upperBound, range.lowerBound..<middle]
      } else {
        try keepParts(of: range, in: chunks, error, &isolation)
      }
    }
    try send([Statement("COMMIT")])
    for pending in isolation.written { memory.remember(pending) }
    return .written(isolation.report)
  }

  private struct Isolation {
    var report: FeedReport
    /// In order.
    var written: [PendingStates] = []
  }

  /// The error that the rows of the selection are refused with; then nothing of them is written.
  private func attempt(
    _ chunks: [FeedChunk], _ selection: FeedBatch.Selection, _ isolation: inout Isolation
  ) throws(LinkError) -> LinkError? {
    // What the memory knows is from before this transaction.
    var batch = FeedBatch(
      chunks, selection, schema: schema, agentID: agentID, index: index, memory: nil)
    var statements = [Statement("SAVEPOINT breakwater")] + batch.states.statements()
    if batch.log.count > 0 { statements.append(batch.log.takeInsert(schema)) }
    statements += batch.tools.statements()
    if let events = batch.events.takeStatement() { statements.append(events) }
    do throws(LinkError) {
      try send(statements + [Statement("RELEASE SAVEPOINT breakwater")])
    } catch {
      guard error.blamesRows, connection.isUsable else { throw error }
      try send([
        Statement("ROLLBACK TO SAVEPOINT breakwater"), Statement("RELEASE SAVEPOINT breakwater"),
      ])
      return error
    }
    isolation.written.append(batch.pending)
    if selection.parts == .all {
      var counts = batch.counts
      counts.unreadable = 0
      isolation.report.add(counts)
    }
    return nil
  }

  /// A bad line of the log is no reason to leave out the state.
  private func keepParts(
    of row: Range<Int>, in chunks: [FeedChunk], _ error: LinkError, _ isolation: inout Isolation
  ) throws(LinkError) {
    for parts in [FeedParts.state, .log, .tools] {
      _ = try attempt(chunks, .init(rows: row, parts: parts), &isolation)
    }
    isolation.report.add(
      FeedReport.Refusal(
        mcp: name(of: row.lowerBound, in: chunks), sqlState: error.sqlState ?? "",
        detail: error.detail))
  }

  private func name(of number: Int, in chunks: [FeedChunk]) -> String {
    var left = number
    for chunk in chunks {
      var cursor = FeedCursor(chunk.bytes)
      while cursor.advance() {
        if left == 0 { return String(decoding: chunk.bytes[cursor.row.mcp], as: UTF8.self) }
        left -= 1
      }
    }
    return ""
  }
}
