import Agent
import AgentRuntime
import Alerting
import MCPWire
import Notifications
import PostgresLink
import PromQL
import Signals
import Testing

/// What the log says of what happens to MCPs, of Postgres, and of rules and messages.
@Suite(.timeLimit(.minutes(2))) struct LoggedSentencesTests {
  private static let now = Timestamp(milliseconds: 1_800_000_000_000)

  private static func event(
    _ type: HealthEventType, mcp: String = "weather", outcome: ProbeOutcome? = nil,
    detail: String = "", data: [Label] = []
  ) -> HealthEvent {
    HealthEvent(
      sequence: 1, mcp: mcp, timestamp: now, type: type, outcome: outcome, detail: detail,
      data: data)
  }

  // MARK: Events

  private static func sentence(of type: HealthEventType) -> String {
    switch type {
    case .healthCheckSuccess: "level=debug msg=\"Probe succeeded\""
    case .healthCheckFailed: "level=debug msg=\"Probe failed\""
    case .disconnected: "level=info msg=\"MCP is down\""
    case .connected: "level=info msg=\"MCP is up\""
    case .recoveryAttempt: "level=debug msg=\"Trying the MCP again\""
    case .recoverySuccess: "level=debug msg=\"Trial passed\""
    case .recoveryFailed: "level=debug msg=\"Trial failed\""
    case .circuitOpened: "level=warn msg=\"Circuit opened\""
    case .circuitHalfOpen: "level=info msg=\"Circuit is half-open\""
    case .circuitClosed: "level=info msg=\"Circuit closed\""
    case .autoDisabled: "level=warn msg=\"MCP disabled by the agent\""
    case .catalogueChanged: "level=warn msg=\"The MCP offers something else than before\""
    case .checkFailed: "level=info msg=\"A check of the MCP fails\""
    case .checkSucceeded: "level=info msg=\"A check of the MCP succeeds again\""
    case .manuallyDisabled: "level=info msg=\"MCP disabled\""
    case .manuallyEnabled: "level=info msg=\"MCP enabled\""
    case .operatorAction: "level=info msg=\"An operator has acted\""
    case .configChanged: "level=info msg=\"The database changes the configuration\""
    case .configRefused:
      "level=warn msg=\"A value in the database cannot be; the one before stays\""
    case .registryRowRefused: "level=warn msg=\"A row of the database cannot be watched\""
    case .coordinatorRestarted: "level=warn msg=\"The coordinator has started again\""
    case .itemQuarantined:
      "level=error msg=\"Left alone: the agent has crashed over it again and again\""
    case .journalReplaced:
      "level=error msg=\"The journal was damaged; a new one goes on in its place\""
    }
  }

  @Test(arguments: HealthEventType.allCases)
  func eachEventHasItsSentence(type: HealthEventType) async throws {
    let log = try LogReader()
    let outcome: ProbeOutcome? = type == .healthCheckFailed ? .timeout : nil
    let data = [Label(name: "failures", value: "3"), Label(name: "wait", value: "1m 30s")]
    EventLog(logger: log.logger).report([
      Self.event(type, outcome: outcome, detail: "no answer", data: data),
      Self.event(type, mcp: ""),
    ])
    let sentence = Self.sentence(of: type)
    let outcomeField = outcome == nil ? "" : " outcome=timeout"
    #expect(
      try await log.lines() == [
        "\(sentence) detail=\"no answer\" failures=3 mcp=weather\(outcomeField) wait=\"1m 30s\"",
        sentence,
      ])
  }

  @Test func anAnswerThatIsNotForUsIsNoFailure() async throws {
    let log = try LogReader()
    EventLog(logger: log.logger).report([
      Self.event(.healthCheckFailed, outcome: .authRequired),
      Self.event(.healthCheckFailed, outcome: .internalError),
    ])
    #expect(
      try await log.lines() == [
        "level=info msg=\"MCP answers, but not for us\" mcp=weather outcome=auth_required",
        "level=debug msg=\"Probe failed\" mcp=weather outcome=internal_error",
      ])
  }

  @Test func whatAServerSaysCannotForgeALine() async throws {
    let log = try LogReader()
    let words = "x\nlevel=error msg=forged\u{1b}[2K"
    EventLog(logger: log.logger).report([
      Self.event(
        .disconnected, mcp: words, outcome: .jsonrpcError, detail: words,
        data: [Label(name: "level", value: words)])
    ])
    let quoted = #""x\nlevel=error msg=forged\u001b[2K""#
    #expect(
      try await log.lines() == [
        "level=info msg=\"MCP is down\" detail=\(quoted) level_=\(quoted) mcp=\(quoted)"
          + " outcome=jsonrpc_error"
      ])
  }

  @Test(arguments: JournalFailure.allCases)
  func aRefusalOfTheJournalSaysWhy(reason: JournalFailure) async throws {
    let log = try LogReader()
    EventLog(logger: log.logger).journalRefused(reason, times: 7)
    #expect(
      try await log.lines() == [
        "level=error msg=\"The journal refuses what happens; going on from memory and trying"
          + " again\" batches=7 reason=\(reason.rawValue)"
      ])
  }

  // MARK: Postgres

  private static let error = LinkError(.full, sqlState: "53100", detail: "disk full\n")

  static let reports: [(report: LinkReport, lines: [String])] = [
    (
      .connected(host: "db1:5432", schema: "omni2", changes: 2, notes: []),
      [
        "level=info msg=\"Connected to Postgres\" host=db1:5432 schema=omni2 schema_changes=2"
          + " times=1"
      ]
    ),
    (
      .connected(host: "db1:5432", schema: "omni2", changes: 0, notes: ["a table", "a\u{7}view"]),
      [
        "level=info msg=\"Connected to Postgres\" host=db1:5432 schema=omni2 schema_changes=0"
          + " times=1",
        "level=warn msg=\"Left alone in Postgres\" what=\"a table\"",
        "level=warn msg=\"Left alone in Postgres\" what=\"a\\u0007view\"",
      ]
    ),
    (
      .failed(error),
      [
        "level=error msg=\"Postgres cannot be used as it should; health waits in the journal,"
          + " alerting goes on\" detail=\"disk full\\n\" reason=full sqlstate=53100 times=1"
      ]
    ),
    (
      .failed(LinkError(.unreachable, detail: "nobody")),
      [
        "level=error msg=\"Postgres cannot be used as it should; health waits in the journal,"
          + " alerting goes on\" detail=nobody reason=unreachable sqlstate=\"\" times=1"
      ]
    ),
    (
      .refused(rows: 3, LinkError(.data, sqlState: "22001", detail: "too long")),
      [
        "level=error msg=\"Postgres does not take some rows; they are left out\""
          + " detail=\"too long\" rows=3 sqlstate=22001 times=1"
      ]
    ),
    (
      .gone(rows: 4),
      [
        "level=info msg=\"Rows of MCPs that the database does not have any more are left out\""
          + " rows=4 times=1"
      ]
    ),
    (
      .overflowed(rows: 5),
      [
        "level=error msg=\"Too much waits for Postgres: the oldest rows were given up\" rows=5"
          + " times=1"
      ]
    ),
  ]

  @Test(arguments: 0..<reports.count) func eachReportOfTheLinkHasItsLines(row: Int) async throws {
    let log = try LogReader()
    LinkLog(logger: log.logger).report(Self.reports[row].report)
    #expect(try await log.lines() == Self.reports[row].lines)
  }

  @Test func whatFailsAgainAndAgainIsALineAMinute() async throws {
    let log = try LogReader()
    let link = LinkLog(logger: log.logger)
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    // One each second for two minutes, and one of another kind.
    for second in 0...120 {
      link.report(.failed(Self.error), at: start.advanced(by: .seconds(second)))
    }
    link.report(.failed(LinkError(.auth, detail: "no")), at: start.advanced(by: .seconds(120)))
    let told = try await log.lines().map {
      $0.split(separator: " ").suffix(3).joined(separator: " ")
    }
    #expect(
      told == [
        "reason=full sqlstate=53100 times=1", "reason=full sqlstate=53100 times=60",
        "reason=full sqlstate=53100 times=60", "reason=auth sqlstate=\"\" times=1",
      ])
  }

  // MARK: Rules and messages

  private static func record(_ state: AlertState, keepsFiring: Bool = false) -> AlertRecord {
    var alert = ActiveAlert(
      labels: LabelSet([
        Label(name: "alertname", value: "Down"), Label(name: "mcp", value: "a\nb"),
      ]), annotations: [], value: 1, activeAt: now)
    alert.state = state
    if keepsFiring { alert.keepFiringSince = now }
    return AlertRecord(rule: RuleKey("r"), alert: alert)
  }

  private static func batch(_ changed: [AlertRecord], number: UInt64 = 1) -> AlertingBatch {
    var batch = AlertingBatch(sequence: number)
    batch.changed = changed
    return batch
  }

  private static func note(_ number: UInt64, _ kind: DeliveryNote.Kind) -> DeliveryNote {
    DeliveryNote(receiver: "chat", integration: "slack[0]", number: number, kind)
  }

  @Test func alertsAndMessagesGivenUp() async throws {
    let log = try LogReader()
    var rules = RuleLog(logger: log.logger)
    rules.report(
      Self.batch([
        Self.record(.pending), Self.record(.firing), Self.record(.firing, keepsFiring: true),
        Self.record(.inactive),
      ]))
    // The journal has refused it and taken the next one; it comes again.
    rules.report(Self.batch([], number: 2))
    rules.report([.refused(through: 1), .committed(through: 2)])
    rules.report(Self.batch([Self.record(.inactive)], number: 3))
    rules.report([.committed(through: 3)])
    rules.report(Self.batch([Self.record(.inactive)], number: 4))
    rules.report(
      [Self.note(8, .givenUp(.clientError)), Self.note(9, .givenUp(.expired))],
      at: MonotonicInstant(nanoseconds: 0))
    let given = "level=error msg=\"Message given up\" integration=slack[0]"
    let alert = #"alert="{alertname=\"Down\", mcp=\"a\\nb\"}""#
    #expect(
      try await log.lines() == [
        "level=debug msg=\"Alert is pending\" \(alert)",
        "level=info msg=\"Alert fires\" \(alert)",
        "level=info msg=\"Alert is resolved\" \(alert)",
        "level=info msg=\"Alert is resolved\" \(alert)",
        "\(given) message=8 reason=client_error receiver=chat",
        "\(given) message=9 reason=expired receiver=chat",
      ])
  }

  @Test func triesThatFailAreALineEachTenSeconds() async throws {
    let log = try LogReader()
    var rules = RuleLog(logger: log.logger)
    let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    func report(_ details: String..., second: Int) {
      rules.report(
        details.map { Self.note(9, .failedTry(2, detail: $0)) },
        at: start.advanced(by: .seconds(second)))
    }
    report(second: 0)
    report("HTTP 503", second: 1)
    for second in 2..<11 { report("HTTP 500", second: second) }
    report("tls: bad\ncert", second: 11)
    let common = "level=warn msg=\"Message not delivered\" attempt=2 detail="
    let place = "integration=slack[0] message=9 receiver=chat"
    #expect(
      try await log.lines() == [
        common + "\"HTTP 503\" \(place) tries=1",
        common + "\"tls: bad\\ncert\" \(place) tries=10",
      ])
  }

  @Test func aRuleThatFailsIsToldOnceAndThatItFailsNoMore() async throws {
    let log = try LogReader()
    var rules = RuleLog(logger: log.logger)
    let rule = Rule(
      name: "Down", expression: try Expression(parsing: "up"), labels: [], kind: .recording)
    var group = RuleGroupStatus(
      RuleGroup(file: "a.yml", name: "g", interval: .seconds(1), rules: [rule, rule]))
    rules.report([group])
    group.rules[1].health = .err
    group.rules[1].lastError = "many-to-many:\nleft"
    rules.report([group])
    rules.report([group])
    group.rules[1].health = .ok
    rules.report([group])
    #expect(
      try await log.lines() == [
        "level=warn msg=\"Evaluating a rule failed\" error=\"many-to-many:\\nleft\""
          + " group=a.yml;g rule=Down",
        "level=info msg=\"All rules are evaluated again\"",
      ])
  }
}
