package import Signals

/// Deletes old rows of `mcp_health_log` and `breakwater_events`, a few at a time.
package struct LogPruner: Sendable {
  package struct Pruned: Equatable, Sendable {
    package var log = 0
    package var events = 0
    /// There may be more rows that are old enough.
    package var hasMore = false

    package init() {}
  }

  /// Rows of each table in one call.
  package static let most = 1000
  /// Nobody waits for the table behind us, and no row for us.
  private static let longestLock = Duration.milliseconds(100)

  private let schema: AttachedSchema

  package init(_ schema: AttachedSchema) { self.schema = schema }

  /// One short transaction. Rows that another session holds are left for the next call.
  package func prune(
    before time: Timestamp, most: Int = LogPruner.most, _ connection: Connection,
    within limit: Duration
  ) throws(LinkError) -> Pruned {
    let most = min(max(most, 1), Self.most)
    var log = Parameters()
    log.append(time, for: schema.log.timestamp)
    var events = Parameters()
    events.append(time, for: ColumnForm(.timestamptz))
    let answers: [Rows]
    do throws(LinkError) {
      answers = try connection.pipeline(
        [
          Statement("BEGIN"),
          Statement("SET LOCAL lock_timeout = \(Self.longestLock.wholeMilliseconds)"),
          // Without statistics the planner may take to reading the whole table.
          Statement("SET LOCAL enable_seqscan = off"),
          Statement(delete(from: "mcp_health_log", most: most), log),
          Statement(delete(from: "breakwater_events", most: most), events),
          Statement("COMMIT"),
        ], within: limit)
    } catch {
      connection.rollBack()
      throw error
    }
    var pruned = Pruned()
    if answers.count == 6 {
      pruned.log = answers[3].affected
      pruned.events = answers[4].affected
    }
    pruned.hasMore = pruned.log == most || pruned.events == most
    return pruned
  }

  /// By the index on the time: the oldest first.
  package func delete(from table: String, most: Int) -> String {
    let table = schema.table(table)
    return """
      DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM \(table) WHERE "timestamp" < $1 ORDER BY "timestamp" LIMIT \(most)
        FOR UPDATE SKIP LOCKED))
      """
  }
}
