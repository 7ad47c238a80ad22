import Agent
import Breaking
import Signals

/// The states of a batch as statements: one for the rows of which only the last check changed, one
/// for the others.
struct StateRows: Sendable {
  private let schema: AttachedSchema
  private var routine: RoutineStates
  private var full: FullStates

  init(_ schema: AttachedSchema) {
    self.schema = schema
    routine = RoutineStates(schema)
    full = FullStates(schema)
  }

  /// `lastChecks`: what the rows are known to say.
  mutating func append(_ pending: PendingStates, _ index: ServerIndex, lastChecks: [Int64]?) {
    for (slot, check) in pending.checks.enumerated() where check != StateMemory.never {
      if check == lastChecks?[slot] { continue }
      routine.append(id: index.ids[slot], Timestamp(milliseconds: check))
    }
    for (slot, state) in pending.changed() { full.append(id: index.ids[slot], state) }
  }

  mutating func statements() -> [Statement] {
    var statements: [Statement] = []
    if routine.count > 0 { statements.append(routine.statement()) }
    if full.count > 0 { statements.append(full.statement()) }
    return statements
  }
}

/// Rows of `mcp_servers` of which only the last check changed: most of them, so they are quick.
private struct RoutineStates: Sendable {
  private let schema: AttachedSchema
  private let idType: ColumnType
  private(set) var count = 0
  private var ids = WireBytes()
  private var checks = WireBytes()

  init(_ schema: AttachedSchema) {
    self.schema = schema
    idType = schema.servers.id.type
  }

  mutating func append(id: Int64, _ lastCheck: Timestamp) {
    count += 1
    ids.append(atMost: 12) { $0.putNumber(id, as: idType) }
    checks.append(atMost: 12) { pen in
      pen.put(Int32(8))
      pen.put(lastCheck.wireMicroseconds)
    }
  }

  mutating func statement() -> Statement {
    var parameters = Parameters()
    parameters.append(array: ids.take(), of: idType, count: count, hasNull: false)
    parameters.append(
      array: checks.take(), of: schema.servers.lastHealthCheck.type, count: count, hasNull: false)
    return Statement(
      """
      UPDATE \(schema.table("mcp_servers")) AS s
      SET "last_health_check" = x.checked, "updated_at" = now()
      FROM unnest($1, $2) AS x (id, checked)
      WHERE s."id" = x.id AND s."last_health_check" IS DISTINCT FROM x.checked
      """, parameters)
  }
}

/// Rows of `mcp_servers` with all their health columns.
private struct FullStates: Sendable {
  private let schema: AttachedSchema
  private(set) var count = 0
  private var ids: ArrayColumn
  private var health = ArrayColumn(.text)
  private var checks: ArrayColumn
  private var errors = ArrayColumn(.int8)
  private var circuits = ArrayColumn(.text)
  private var failures: ArrayColumn
  private var cycles: ArrayColumn
  private var recoveries: ArrayColumn
  private var downtimes: ArrayColumn
  private var disabled: ArrayColumn
  private var reasons = ArrayColumn(.text)

  init(_ schema: AttachedSchema) {
    let servers = schema.servers
    self.schema = schema
    ids = ArrayColumn(servers.id.type)
    checks = ArrayColumn(servers.lastHealthCheck.type)
    failures = ArrayColumn(servers.consecutiveFailures.type)
    cycles = ArrayColumn(servers.failureCycleCount.type)
    recoveries = ArrayColumn(servers.lastRecoveryAttempt.type)
    downtimes = ArrayColumn(servers.totalDowntimeSeconds.type)
    disabled = ArrayColumn(servers.autoDisabledAt.type)
  }

  mutating func append(id: Int64, _ pending: PendingState) {
    let state = pending.state
    count += 1
    ids.append(id)
    health.append(RawNames.health[Int(state.health.number)])
    checks.append(pending.lastCheck?.wireMicroseconds)
    errors.append(pending.errors)
    circuits.append(RawNames.circuits[Int(state.circuit.number)])
    failures.append(state.consecutiveFailures)
    cycles.append(state.failureCycles)
    recoveries.append(state.lastRecoveryAttempt?.wireMicroseconds)
    downtimes.append(state.downtimeSeconds(at: pending.at))
    disabled.append(pending.reason == nil ? nil : pending.at.wireMicroseconds)
    reasons.append(pending.reason)
  }

  mutating func statement() -> Statement {
    var rows = UnnestedRows()
    rows.add("id", &ids, alwaysArray: true)
    let health = rows.add("health", &health)
    let check = rows.add("checked", &checks)
    let errors = rows.add("errors", &errors)
    let circuit = rows.add("circuit", &circuits)
    let failures = rows.add("failures", &failures)
    let cycles = rows.add("cycles", &cycles)
    let recovery = rows.add("recovery", &recoveries)
    let downtime = rows.add("downtime", &downtimes)
    let disabled = rows.add("disabled", &disabled)
    let reason = rows.add("reason", &reasons)
    let errorType = schema.servers.errorCount.type
    let sets = [
      ("health_status", health),
      ("last_health_check", #"coalesce(\#(check), s."last_health_check")"#),
      ("circuit_state", circuit),
      ("consecutive_failures", failures),
      ("failure_cycle_count", cycles),
      ("last_recovery_attempt", #"coalesce(\#(recovery), s."last_recovery_attempt")"#),
      ("total_downtime_seconds", downtime),
      (
        "auto_disabled_at",
        #"CASE WHEN \#(disabled) IS NOT NULL THEN coalesce(s."auto_disabled_at", \#(disabled)) END"#
      ),
      ("auto_disabled_reason", reason),
    ]
    let old = sets.map { #"s."\#($0.0)""# }.joined(separator: ", ")
    let new = sets.map(\.1).joined(separator: ", ")
    let changes = sets.map { #""\#($0.0)" = \#($0.1)"# }.joined(separator: ", ")
    return Statement(
      """
      UPDATE \(schema.table("mcp_servers")) AS s SET \(changes),
      "error_count" = least(coalesce(s."error_count", 0)::bigint + \(errors), \(errorType.most)),
      "updated_at" = now()
      FROM \(rows.sql) WHERE s."id" = x.id
      AND (\(errors) <> 0 OR (\(old)) IS DISTINCT FROM (\(new)))
      """, rows.parameters)
  }
}

/// `unnest($1, $4) AS x (id, checked)`, and what is the same in every row by itself.
struct UnnestedRows {
  private(set) var parameters = Parameters()
  private var arrays: [String] = []
  private var names: [String] = []

  var sql: String {
    "unnest(\(arrays.joined(separator: ", "))) AS x (\(names.joined(separator: ", ")))"
  }

  /// What stands for the column's value in SQL.
  @discardableResult
  mutating func add(
    _ name: String, _ column: inout ArrayColumn, alwaysArray: Bool = false
  ) -> String {
    let place = "$\(parameters.fields.count + 1)"
    if column.isConstant && !alwaysArray {
      column.addValue(to: &parameters)
      return place
    }
    column.addArray(to: &parameters)
    arrays.append(place)
    names.append(name)
    return "x.\(name)"
  }
}

extension ColumnType {
  /// The largest number that the type holds.
  fileprivate var most: Int64 {
    switch self {
    case .int2: Int64(Int16.max)
    case .int4: Int64(Int32.max)
    default: .max
    }
  }
}
