import Agent
import Signals
import Synchronization
import Threading

/// The link while it is connected: a turn at a time, of which each does one thing.
struct LinkSession {
  let connection: Connection
  let link: PostgresLink
  let schema: AttachedSchema
  var order: PostgresLink.Order
  let writer: FeedWriter
  var ids = ServerIDs()
  /// Up to where Postgres has the feed.
  var position: Int64 = 0
  var size = BatchSize()
  var rows: DatabaseRows?
  var schedule: LinkSchedule
  /// The journal had nothing more when it was last asked.
  var hasRested = true
  /// Ids are missing, or of rows that are gone: nothing is written before a look.
  var mustLook = false
  /// Of the MCPs of the file, at the last look.
  private var problems: [String] = []
  /// Rows of the feed, in this session.
  var hasWritten = false

  /// What a session leaves to the next one.
  struct Leftover: Sendable {
    var position: Int64
    var memory: FeedWriter.Memory
  }

  var leftover: Leftover { Leftover(position: position, memory: writer.leftover) }

  /// Rows that come one after another are written together.
  static let linger = Duration.milliseconds(200)
  static let longest = Duration.seconds(3600)
  static let pruneInterval = Duration.seconds(60)

  /// Attaches to the schema, looks at the tables and finds out how far Postgres has the feed.
  /// `leftover`: of the session before.
  init(
    _ connection: Connection, _ order: PostgresLink.Order, _ link: PostgresLink,
    _ leftover: Leftover?
  ) throws(LinkError) {
    self.connection = connection
    self.order = order
    self.link = link
    let now = SystemClock.monotonic
    schedule = LinkSchedule(at: now)
    schedule.plan(.prune, at: now.advanced(by: .seconds(5)))
    let time = link.limits.answer
    try connection.run(script: Self.settings(link.limits), within: time)
    let attached = try SchemaAttachment.attach(connection, schema: order.postgres.schema)
    schema = attached.schema
    try connection.run(script: schema.listen, within: time)
    writer = FeedWriter(
      connection, schema: schema, agentID: link.parts.source.agentID, within: time)
    try look()
    position = try writer.cursor()
    try checkJournal()
    // Elsewhere it is another database, or one that was set back.
    if let leftover, leftover.position == position { writer.resume(leftover.memory) }
    link.parts.source.release(feedThrough: position)
    link.update { $0.isUp = true }
    link.parts.report(
      .connected(
        host: connection.host, schema: schema.name.text, changes: attached.statements.count,
        notes: schema.notes))
  }

  /// A journal that was set back would use positions and ids again that Postgres has: nothing is
  /// released or written until somebody decides.
  private func checkJournal() throws(LinkError) {
    let end: Int64
    do throws(JournalFailure) {
      end = try link.parts.source.feedEnd()
    } catch {
      throw LinkError(.journal, detail: "the journal cannot be read: \(error.rawValue)")
    }
    guard position > end else { return }
    throw LinkError(
      .journal,
      detail: "Postgres has rows of this journal up to \(position), the journal itself up to "
        + "\(end): it was set back, as by a backup; begin with a new data directory")
  }

  /// The server ends a statement before we do, and a transaction that we have forgotten. What it
  /// says is committed stays so: the journal gives it up then.
  private static func settings(_ limits: LinkLimits) -> String {
    """
    SET TimeZone = 'UTC'; SET statement_timeout = \(limits.statement.wholeMilliseconds);
    SET lock_timeout = \(limits.lock.wholeMilliseconds);
    SET idle_in_transaction_session_timeout = \((limits.answer * 2).wholeMilliseconds);
    SELECT set_config('synchronous_commit', 'local', false)
    WHERE current_setting('synchronous_commit') = 'off'
    """
  }

  /// Does what is due, or waits for something to do; false when the session is over.
  mutating func turn() throws(LinkError) -> Bool {
    guard takeOrder() else { return false }
    if let stopBy = link.state.withLock({ $0.stopBy }) { return try finish(by: stopBy) }
    let now = SystemClock.monotonic
    if !connection.notifications().isEmpty { schedule.hasten(.look, to: now) }
    guard let work = schedule.due(at: now) else {
      try wait()
      return true
    }
    do throws(LinkError) {
      switch work {
      case .look: try look()
      case .write: _ = try write()
      case .refresh: try refresh()
      case .prune: try prune()
      }
    } catch {
      try bear(error, in: work)
    }
    return true
  }

  /// False when another connection is wanted, or none.
  private mutating func takeOrder() -> Bool {
    guard let latest = link.state.withLock({ $0.order }) else { return false }
    guard latest.postgres == order.postgres else { return false }
    guard latest != order else { return true }
    let now = SystemClock.monotonic
    let isNew = latest.servers != order.servers
    schedule.hasten(.look, to: isNew ? now : now.advanced(by: latest.pollInterval))
    mustLook = mustLook || isNew
    order = latest
    return true
  }

  /// The end: what still waits is brought over, as far as there is time; false when it is.
  private mutating func finish(by stopBy: MonotonicInstant) throws(LinkError) -> Bool {
    guard SystemClock.monotonic < stopBy else { return false }
    return try write()
  }

  private mutating func wait() throws(LinkError) {
    switch try connection.waitForNotification(until: schedule.next) {
    case .rung:
      // The first row after a rest goes at once.
      let now = SystemClock.monotonic
      schedule.hasten(.write, to: hasRested ? now : now.advanced(by: Self.linger))
    case .deadline, .notified: break
    }
  }
}

extension LinkSession {
  /// Reads the tables, after each MCP of the file has its row. Where another session is in the way
  /// of a row that is only to be changed, all else goes on.
  mutating func look() throws(LinkError) {
    let began = SystemClock.monotonic
    let time = link.limits.answer
    let file = LinkedServerRows(schema, agentID: link.parts.source.agentID)
    var failure: LinkError?
    do throws(LinkError) {
      problems = try file.keep(order.servers, connection, within: time).problems
    } catch {
      guard isBearable(error) else { throw error }
      failure = error
    }
    let reader = DatabaseReader(schema, registry: order.postgres.registry)
    let reading = try reader.read(connection, within: time)
    if ids != reading.ids {
      ids = reading.ids
      writer.set(ids)
    }
    writer.forget()
    mustLook = failure != nil && order.servers.contains { ids[$0.name] == nil }
    deliver(reading)
    if let failure {
      if mustLook { throw failure }
      return try bear(failure, in: .look)
    }
    let now = SystemClock.monotonic
    schedule.plan(
      .look, at: now.advanced(by: order.pollInterval),
      earliest: now.advanced(by: max(link.limits.lookSpacing, began.duration(to: now) * 2)))
  }

  private mutating func deliver(_ reading: DatabaseReading) {
    var latest = reading.rows
    latest.problems = problems + reading.problems
    guard latest != rows else { return }
    rows = latest
    link.parts.deliver(latest)
  }

  /// An error that leaves the session as it was is tried again in it, after a pause; any other ends
  /// the session: another server may do better, or a schema that is made complete again.
  private mutating func bear(
    _ error: LinkError, in work: LinkSchedule.Work
  ) throws(LinkError) {
    guard isBearable(error) else { throw error }
    link.count(error)
    if work == .write, error.reason == .timeout { size.failed() }
    schedule.putOff(work, from: SystemClock.monotonic, spread: .random(in: 0...1))
  }
}

extension LinkSession {
  private func isBearable(_ error: LinkError) -> Bool {
    connection.isUsable && !error.isInterrupted && error.reason.leavesSession
  }
}

extension PostgresFailure {
  fileprivate var leavesSession: Bool {
    switch self {
    case .conflict, .timeout, .full, .permission, .data, .journal, .other: true
    case .unreachable, .auth, .tls, .readOnly, .busy, .lost, .newerSchema, .foreignSchema: false
    }
  }
}
