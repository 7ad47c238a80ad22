package import Agent
package import Signals

/// Writes the feed of one agent in one session: each call one transaction, the cursor in it.
///
/// After a call that throws, the session is out of any transaction or not usable. A new session
/// gets a new writer: this one remembers what the rows say.
package final class FeedWriter {
  package enum Outcome: Equatable, Sendable {
    case written(FeedReport)
    /// Another session of ours has written since: read the cursor again.
    case cursorMoved
    /// A row of `mcp_servers` went away: read the ids again, and write the same again.
    case staleIDs
  }

  /// Statements that are sent together.
  private static let mostTogether = 64

  let connection: Connection
  let schema: AttachedSchema
  let agentID: String
  /// For each trip to the server.
  let time: Duration
  private(set) var index = ServerIndex([:])
  var memory = StateMemory(count: 0)
  /// Where ids were stale last: a second time in one place, it is the rows that are wrong.
  private var stalePosition: Int64?
  private var room = FeedBatch.Room()

  package init(
    _ connection: Connection, schema: AttachedSchema, agentID: String, within time: Duration
  ) {
    self.connection = connection
    self.schema = schema
    self.agentID = agentID
    self.time = time
  }

  /// Says which row belongs to which name from now on.
  package func set(_ ids: ServerIDs) {
    let new = ServerIndex(ids.byName)
    memory = memory.moved(from: index, to: new)
    index = new
  }

  /// Others may have changed health columns: all states are written whole again.
  package func forget() { memory.forget() }

  /// What a session leaves to the next one with the same database.
  package struct Memory: Sendable {
    fileprivate var index: ServerIndex
    fileprivate var states: StateMemory
  }

  package var leftover: Memory { Memory(index: index, states: memory) }

  /// Takes over whose downtime runs. What the rows say is not taken for known.
  package func resume(_ leftover: Memory) {
    memory = leftover.states.moved(from: leftover.index, to: index)
    memory.forget()
  }

  /// Position of the last chunk in Postgres; 0 in a new database.
  package func cursor() throws(LinkError) -> Int64 {
    var parameters = Parameters()
    parameters.append(text: agentID)
    let table = schema.table("breakwater_cursors")
    let rows = try connection.pipeline(
      [
        Statement(
          """
          INSERT INTO \(table) ("agent_id", "position") VALUES ($1, 0)
          ON CONFLICT ("agent_id") DO NOTHING
          """, parameters),
        Statement(#"SELECT "position" FROM \#(table) WHERE "agent_id" = $1"#, parameters),
      ], within: time)
    guard let position = rows.last?.int64(0, 0) else {
      throw LinkError(.foreignSchema, detail: "breakwater_cursors keeps no position")
    }
    return position
  }

  /// Writes chunks in order, or the first ones of them when a row among them is refused.
  /// `position`: of the last chunk before them.
  package func write(_ chunks: [FeedChunk], after position: Int64) throws(LinkError) -> Outcome {
    guard !chunks.isEmpty else { return .written(FeedReport(position: position)) }
    do throws(LinkError) {
      return try writeAtOnce(chunks, after: position)
    } catch {
      connection.rollBack()
      guard error.blamesRows else { throw error }
      if error.sqlState == "23503", stalePosition != position {
        stalePosition = position
        return .staleIDs
      }
      // Ids of events that are there already are no reason to take fewer.
      return try writeCarefully(chunks, after: position, wasDuplicate: error.sqlState == "23505")
    }
  }

  private func writeAtOnce(
    _ chunks: [FeedChunk], after position: Int64
  ) throws(LinkError) -> Outcome {
    var given = FeedBatch.Room()
    swap(&room, &given)
    var batch = FeedBatch(
      chunks, schema: schema, agentID: agentID, index: index, memory: memory,
      room: consume given)
    let new = chunks.last?.position ?? position
    let states = batch.states.statements()
    let rows = try connection.pipeline(
      [Statement("BEGIN"), moveCursor(from: position, to: new)] + states, within: time)
    guard rows.count > 1, rows[1].affected == 1 else {
      connection.rollBack()
      return .cursorMoved
    }
    if batch.log.count > 0 {
      let rows = batch.log.takeCopy()
      _ = try connection.copy(LogRows.copySQL(schema), rows, within: time)
      room.log = rows
    }
    var rest = batch.tools.statements()
    if let events = batch.events.takeStatement() { rest.append(events) }
    try send(rest + [Statement("COMMIT")])
    memory.remember(batch.pending)
    room.pending = batch.pending
    var report = FeedReport(position: new)
    report.add(batch.counts)
    return .written(report)
  }

  func send(_ statements: [Statement]) throws(LinkError) {
    var next = 0
    while next < statements.count {
      let end = min(statements.count, next + Self.mostTogether)
      _ = try connection.pipeline(Array(statements[next..<end]), within: time)
      next = end
    }
  }

  /// Touches no row when the cursor is elsewhere.
  func moveCursor(from old: Int64, to new: Int64) -> Statement {
    var parameters = Parameters()
    parameters.append(int8: new)
    parameters.append(text: agentID)
    parameters.append(int8: old)
    return Statement(
      """
      UPDATE \(schema.table("breakwater_cursors")) SET "position" = $1
      WHERE "agent_id" = $2 AND "position" = $3
      """, parameters)
  }

}

extension FeedWriter {
  /// Has the downtime of MCPs that are down grow with `now`; the number of rows changed. Commits
  /// by itself.
  package func refreshDowntime(at now: Timestamp) throws(LinkError) -> Int {
    var ids = ArrayColumn(schema.servers.id.type)
    var seconds = ArrayColumn(schema.servers.totalDowntimeSeconds.type)
    var grown: [(slot: Int, seconds: Int64)] = []
    for (slot, written) in memory.down.sorted(by: { $0.key < $1.key }) {
      let total = memory.states[slot].downtimeSeconds(at: now)
      guard total > written else { continue }
      ids.append(index.ids[slot])
      seconds.append(total)
      grown.append((slot, total))
    }
    guard !grown.isEmpty else { return 0 }
    var parameters = Parameters()
    ids.addArray(to: &parameters)
    seconds.addArray(to: &parameters)
    let rows = try connection.execute(
      Statement(
        """
        UPDATE \(schema.table("mcp_servers")) AS s
        SET "total_downtime_seconds" = x.seconds, "updated_at" = now()
        FROM unnest($1, $2) AS x (id, seconds)
        WHERE s."id" = x.id AND s."total_downtime_seconds" IS DISTINCT FROM x.seconds
        """, parameters), within: time)
    for (slot, seconds) in grown { memory.remember(seconds, down: slot) }
    return rows.affected
  }
}

extension LinkError {
  /// The values of a row are what the server does not take, so that trying again is of no use.
  var blamesRows: Bool {
    guard let state = sqlState else { return false }
    // 54: more than the server's stack or a row holds. P0, 38, 39, 44: what a trigger, a function
    // or a view of somebody says of the row.
    return ["22", "23", "38", "39", "44", "54", "P0"].contains { state.hasPrefix($0) }
  }
}
