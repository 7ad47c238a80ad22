import Agent
import PostgresLink
import Signals
import Synchronization
import TestSupport
import Testing
import Threading

/// A link with a feed of its own; it ends with the test.
final class LinkBench: Sendable {
  struct Told: Sendable {
    var report: LinkReport
    var at: MonotonicInstant
  }

  private final class Ears: Sendable {
    let reports = Mutex<[Told]>([])
    let deliveries = Mutex<[DatabaseRows]>([])
  }

  let feed: GrowingFeed
  let link: PostgresLink
  private let ears: Ears

  init(_ feed: GrowingFeed = GrowingFeed(), limits: LinkLimits = .quick) throws {
    let ears = Ears()
    self.feed = feed
    self.ears = ears
    let parts = PostgresLink.Parts(
      source: feed, deliver: { rows in ears.deliveries.withLock { $0.append(rows) } },
      report: { report in
        ears.reports.withLock { $0.append(Told(report: report, at: SystemClock.monotonic)) }
      })
    link = try #require(PostgresLink(parts, limits: limits))
  }

  deinit { link.stop(within: .zero) }

  func configure(
    _ url: String, servers: [LinkedServer]? = nil, poll: Duration = .seconds(3600),
    _ change: (inout PostgresSettings) -> Void = { _ in }
  ) {
    var postgres = PostgresSettings()
    postgres.url = Secret(url)
    change(&postgres)
    link.configure(
      PostgresLink.Order(
        postgres: postgres,
        servers: servers ?? feed.names.map { LinkedServer(name: $0, url: "http://\($0)/mcp") },
        eventRetention: .seconds(200 * 366 * 86_400), pollInterval: poll))
  }

  func grow(_ rows: Int, chunk: Int = 100) {
    feed.grow(rows, chunk: chunk)
    link.feedHasGrown()
  }

  var figures: PostgresFigures { link.figures ?? PostgresFigures() }
  var isUp: Bool { figures.isUp }
  var reports: [Told] { ears.reports.withLock { $0 } }
  var deliveries: [DatabaseRows] { ears.deliveries.withLock { $0 } }

  func failures(_ reason: PostgresFailure) -> UInt64 {
    guard let index = PostgresFailure.allCases.firstIndex(of: reason) else { return 0 }
    return figures.failures[index]
  }

  func dropped(_ reason: FeedDropReason) -> UInt64 {
    guard let index = FeedDropReason.allCases.firstIndex(of: reason) else { return 0 }
    return figures.dropped[index]
  }

  var errors: [LinkError] {
    reports.compactMap { if case .failed(let error) = $0.report { error } else { nil } }
  }

  var connections: Int {
    reports.count { if case .connected = $0.report { true } else { false } }
  }

  func untilUp() async throws { try await until("the link is up") { isUp } }
  func untilFailed(_ reason: PostgresFailure, times: UInt64 = 1) async throws {
    try await until("the link has failed: \(reason)") { failures(reason) >= times }
  }
}

extension LinkLimits {
  /// So that a test need not wait for the next attempt.
  static var quick: Self {
    var limits = Self()
    limits.firstPause = .milliseconds(20)
    limits.longestPause = .milliseconds(200)
    return limits
  }

  /// Besides, nobody is waited for long.
  static var hasty: Self {
    var limits = quick
    limits.answer = .seconds(1)
    limits.lock = .milliseconds(200)
    return limits
  }
}

/// A database that a link writes to.
struct LinkDatabase: Sendable {
  let cluster: PostgresCluster
  let name: String

  /// On the server that tests share.
  static func shared(_ script: String = "") async throws -> Self {
    let cluster = try await SharedCluster.shared.cluster()
    return try await Self(on: cluster, name: SharedCluster.shared.newName(), script)
  }

  /// On a server of the test's own, which keeps what it says it has committed.
  /// `settings`: further lines of postgresql.conf.
  static func own(_ settings: String = "") async throws -> Self {
    let cluster = try await PostgresCluster(options(settings))
    return try await Self(on: cluster, name: "health")
  }

  private static func options(_ settings: String) -> PostgresCluster.Options {
    var options = PostgresCluster.Options()
    options.settings = ["synchronous_commit = on", settings]
    return options
  }

  init(on cluster: PostgresCluster, name: String, _ script: String = "") async throws {
    self.cluster = cluster
    self.name = name
    try await cluster.psql("CREATE DATABASE \(name)")
    if !script.isEmpty { try await run(script) }
  }

  func url(port: Int? = nil, user: String = "postgres", parameters: String = "") -> String {
    cluster.url(user: user, database: name, port: port, parameters: parameters)
  }

  /// A session that is not taken for the link's. psql would be a process each time.
  private func session() throws -> Connection {
    try Link().open(url(parameters: "application_name=test&target_session_attrs=primary"))
  }

  /// One statement without an answer, or several, which are one transaction.
  func run(_ script: String) async throws {
    try session().run(script: script, within: .seconds(60))
  }

  /// From now on nobody is told of changes. Wants both tables, of which the link may hold one.
  func dropTriggers() async throws {
    try await until("the triggers are dropped") {
      try await run("DROP FUNCTION omni2.breakwater_notify() CASCADE")
      return true
    }
  }

  /// Rows of a query as lines, columns separated by `|`.
  func value(_ query: String) async throws -> String {
    let rows = try session().execute(
      "SELECT q::text FROM (\(query)) q", within: .seconds(600))
    let lines = (0..<rows.count).map { row in
      (rows.text(row, 0) ?? "").dropFirst().dropLast().replacing(",", with: "|")
    }
    return lines.joined(separator: "\n")
  }

  func untilAllIsThere(_ feed: GrowingFeed, within limit: Duration = .seconds(60)) async throws {
    try await until("all that waits is in Postgres", within: limit) {
      try await cursor(of: feed.agentID) == feed.lastPosition
    }
  }

  func cursor(of agentID: String) async throws -> Int64? {
    try await Int64(
      value("SELECT position FROM omni2.breakwater_cursors WHERE agent_id = '\(agentID)'"))
  }

  /// Rows of the agent's log, different ids, first and last sequence, and rows out of order.
  func log(of feed: GrowingFeed) async throws -> String {
    try await value(
      """
      SELECT count(*), count(DISTINCT n), min(n), max(n), count(*) FILTER (WHERE n < before)
      FROM (SELECT n, lag(n) OVER (ORDER BY id) AS before FROM (
        SELECT id, split_part(event_id, '-', 2)::int8 AS n FROM omni2.mcp_health_log
        WHERE event_id LIKE '\(feed.agentID)-%') a) b
      """)
  }

  /// Every event of the feed once, in order.
  func expectAll(
    _ feed: GrowingFeed, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let last = feed.lastSequence
    #expect(
      try await log(of: feed) == "\(last)|\(last)|1|\(last)|0", sourceLocation: sourceLocation)
  }

  /// The process of the link's session.
  func backend() async throws -> Int32? {
    try await Int32(
      value(
        """
        SELECT pid FROM pg_stat_activity
        WHERE application_name = 'breakwater' AND datname = current_database() LIMIT 1
        """))
  }
}
