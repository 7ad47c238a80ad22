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
  var retry = Pause(from: .milliseconds(100), to: .seconds(10))
  var rows: DatabaseRows?
  var due: Due
  /// Nothing has been written for a while.
  var hasRested = true

  /// When each kind of work is to be done next.
  struct Due {
    var look: MonotonicInstant
    var write: MonotonicInstant
    var refresh: MonotonicInstant
    var prune: MonotonicInstant
  }

  /// Rows that come one after another are written together.
  static let linger = Duration.milliseconds(200)
  static let statementTime = Duration.seconds(30)
  static let longest = Duration.seconds(3600)
  static let pruneInterval = Duration.seconds(60)

  /// Attaches to the schema, looks at the tables and finds out how far Postgres has the feed.
  init(
    _ connection: Connection, _ order: PostgresLink.Order, _ link: PostgresLink
  ) throws(LinkError) {
    self.connection = connection
    self.order = order
    self.link = link
    let now = SystemClock.monotonic
    due = Due(look: now, write: now, refresh: now, prune: now.advanced(by: .seconds(5)))
    try connection.run(script: Self.settings, within: Self.statementTime)
    let attached = try SchemaAttachment.attach(connection, schema: order.postgres.schema)
    schema = attached.schema
    try connection.run(
      script: "LISTEN \(QuotedName.quoting(schema.channel))", within: Self.statementTime)
    writer = FeedWriter(
      connection, schema: schema, agentID: link.parts.source.agentID, within: Self.statementTime)
    try look()
    position = try writer.cursor()
    link.parts.source.release(feedThrough: position)
    link.update { $0.isUp = true }
    link.parts.report(
      .connected(
        host: connection.host, schema: schema.name.text, changes: attached.statements.count,
        notes: schema.notes))
  }

  /// The server ends a statement before we do, and a transaction that we have forgotten.
  private static let settings = """
    SET TimeZone = 'UTC'; SET statement_timeout = '25s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '60s'
    """

  /// Does what is due, or waits for something to do; false when the session is over.
  mutating func turn() throws(LinkError) -> Bool {
    guard takeOrder() else { return false }
    if let stopBy = link.state.withLock({ $0.stopBy }) { return try finish(by: stopBy) }
    let now = SystemClock.monotonic
    do throws(LinkError) {
      if !connection.notifications().isEmpty { due.look = now }
      if due.look <= now {
        try look()
      } else if due.write <= now {
        _ = try write()
      } else if due.refresh <= now {
        try refresh()
      } else if due.prune <= now {
        try prune()
      } else {
        try wait()
      }
      return true
    } catch {
      try bear(error)
      return true
    }
  }

  /// False when another connection is wanted, or none.
  private mutating func takeOrder() -> Bool {
    guard let latest = link.state.withLock({ $0.order }) else { return false }
    guard latest.postgres == order.postgres else { return false }
    if latest.servers != order.servers { due.look = SystemClock.monotonic }
    order = latest
    return true
  }

  /// The end: what still waits is brought over, as far as there is time; false when it is.
  private mutating func finish(by stopBy: MonotonicInstant) throws(LinkError) -> Bool {
    guard SystemClock.monotonic < stopBy else { return false }
    return try write()
  }

  private mutating func wait() throws(LinkError) {
    let next = min(min(due.look, due.write), min(due.refresh, due.prune))
    switch try connection.waitForNotification(until: next) {
    case .rung:
      // The first row after a rest goes at once.
      let now = SystemClock.monotonic
      due.write = min(due.write, hasRested ? now : now.advanced(by: Self.linger))
    case .deadline, .notified: break
    }
  }
}

extension LinkSession {
  /// Reads the tables, after each MCP of the file has its row.
  mutating func look() throws(LinkError) {
    let file = LinkedServerRows(schema, agentID: link.parts.source.agentID)
    let changes = try file.keep(order.servers, connection, within: Self.statementTime)
    let reader = DatabaseReader(schema, registry: order.postgres.registry)
    let reading = try reader.read(connection, within: Self.statementTime)
    if ids != reading.ids {
      ids = reading.ids
      writer.set(ids)
    }
    writer.forget()
    due.look = SystemClock.monotonic.advanced(by: order.pollInterval)
    var latest = reading.rows
    latest.problems = changes.problems + reading.problems
    guard latest != rows else { return }
    rows = latest
    link.parts.deliver(latest)
  }

  /// An error that leaves the connection as it was is tried again on it, after a pause; any other
  /// ends the session.
  private mutating func bear(_ error: LinkError) throws(LinkError) {
    guard connection.isUsable, [.conflict, .timeout, .full, .other].contains(error.reason),
      !error.isInterrupted
    else { throw error }
    link.count(error)
    size.failed()
    let pause = retry.take(spread: .random(in: 0...1))
    let later = SystemClock.monotonic.advanced(by: pause)
    due = Due(
      look: max(due.look, later), write: max(due.write, later), refresh: max(due.refresh, later),
      prune: max(due.prune, later))
  }
}
