import Agent
import Breaking
import GRDB
import MCPWire
import Signals

/// An MCP's record as a row of `mcp`, both ways.
enum RecordRow {
  private typealias Value = (any DatabaseValueConvertible)?

  /// Inserts the row, or replaces one that no later batch has written.
  static let upsert: String = {
    let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
    let changes = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    return """
      INSERT INTO mcp (\(columns.joined(separator: ", "))) VALUES (\(marks))
      ON CONFLICT (name) DO UPDATE SET \(changes) WHERE excluded.batch >= mcp.batch
      """
  }()

  /// In the order of `arguments`.
  private static let columns =
    [
      "name", "batch", "updated_ms", "url", "circuit_state", "circuit_open_until_ms",
      "circuit_successes", "circuit_failures", "consecutive_failures", "circuit_rounds",
      "failure_cycles", "up_since_ms", "verdict", "recovery_attempts", "downtime_ms",
      "down_since_ms", "last_success_ms", "last_recovery_attempt_ms", "auto_disabled_reason",
      "transport", "protocol_version", "server_name", "server_version", "catalogue_known", "tools",
      "prompts", "resources", "auth_required", "circuit_trials", "resource_templates",
      "enabled_by_hand",
    ] + CircuitMoves.all.map(column)

  private static func column(of move: Breaker.Transition) -> String {
    "\(move.from.rawValue)_to_\(move.to.rawValue)"
  }

  static func arguments(of record: MCPRecord, batch: UInt64) -> StatementArguments {
    let breaker = record.breaker
    let values: [Value] = [
      record.name.withoutNUL, Int64(clamping: batch), record.updated.milliseconds,
      record.url.withoutNUL, breaker.state.rawValue, breaker.openUntil?.milliseconds,
      breaker.successes, breaker.failures, breaker.consecutiveFailures, breaker.rounds,
      breaker.failureCycles, breaker.upSince?.milliseconds, record.verdict?.rawValue,
      Int64(clamping: record.recoveryAttempts), record.downtime.total.wholeMilliseconds,
      record.downtime.since?.milliseconds, record.lastSuccess?.milliseconds,
      record.lastRecoveryAttempt?.milliseconds, record.autoDisabledReason?.withoutNUL,
      record.transport?.rawValue, record.protocolVersion?.withoutNUL,
      record.server?.name.withoutNUL, record.server?.version.withoutNUL,
      record.catalogue == nil ? 0 : 1, record.catalogue?.tools, record.catalogue?.prompts,
      record.catalogue?.resources, record.authRequired.map { $0 ? 1 : 0 },
      breaker.trials, record.catalogue?.resourceTemplates,
      record.enabledByHand.map { $0 ? 1 : 0 },
    ]
    let moves: [Value] = CircuitMoves.all.map { Int64(clamping: record.transitions[$0]) }
    return StatementArguments(values + moves)
  }

  /// What another version wrote and this one does not know falls back: an unknown circuit state is
  /// closed, an unknown verdict or transport is none. `nil` only for a row without a name.
  static func record(_ columns: Columns) -> MCPRecord? {
    guard let name = columns.text("name") else { return nil }
    var record = MCPRecord(
      name: name, url: columns.text("url") ?? "", breaker: breaker(columns),
      updated: columns.timestamp("updated_ms") ?? Timestamp(milliseconds: 0))
    record.verdict = columns.member("verdict", of: Verdict.self)
    for move in CircuitMoves.all { record.transitions[move] = columns.count(column(of: move)) }
    record.recoveryAttempts = columns.count("recovery_attempts")
    record.downtime.total = .milliseconds(max(0, columns.integer("downtime_ms") ?? 0))
    record.downtime.since = columns.timestamp("down_since_ms")
    record.lastSuccess = columns.timestamp("last_success_ms")
    record.lastRecoveryAttempt = columns.timestamp("last_recovery_attempt_ms")
    record.autoDisabledReason = columns.text("auto_disabled_reason")
    record.enabledByHand = columns.bool("enabled_by_hand")
    record.transport = columns.member("transport", of: MCPTransport.self)
    record.protocolVersion = columns.text("protocol_version")
    record.server = columns.text("server_name").map {
      ServerIdentity(name: $0, version: columns.text("server_version") ?? "")
    }
    if columns.bool("catalogue_known") == true {
      record.catalogue = CatalogueCounts(
        tools: columns.int("tools"), prompts: columns.int("prompts"),
        resources: columns.int("resources"),
        resourceTemplates: columns.int("resource_templates"))
    }
    record.authRequired = columns.bool("auth_required")
    return record
  }

  private static func breaker(_ columns: Columns) -> Breaker.Durable {
    let state = columns.member("circuit_state", of: Breaker.StateName.self)
    var breaker = Breaker.Durable(state: state ?? .closed)
    breaker.openUntil = columns.timestamp("circuit_open_until_ms")
    breaker.successes = number(columns, "circuit_successes")
    breaker.failures = number(columns, "circuit_failures")
    breaker.consecutiveFailures = number(columns, "consecutive_failures")
    breaker.rounds = number(columns, "circuit_rounds")
    breaker.trials = number(columns, "circuit_trials")
    breaker.failureCycles = number(columns, "failure_cycles")
    breaker.upSince = columns.timestamp("up_since_ms")
    return breaker
  }

  /// Within what a breaker may go on counting from without leaving Int.
  private static func number(_ columns: Columns, _ name: String) -> Int {
    min(max(0, columns.int(name) ?? 0), Int(Int32.max))
  }
}
