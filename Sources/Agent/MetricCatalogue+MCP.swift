import Breaking
import MCPWire
import Signals

private let statuses = RenderedSet("status", of: HealthStatus.self).members
private let states = RenderedSet("state", of: Breaker.StateName.self).members
private let outcomes = Dictionary(
  uniqueKeysWithValues: RenderedSet("outcome", of: ProbeOutcome.self).members.map {
    ($0.value, $0.label)
  })
private let okOutcome = renderedLabel("outcome", ProbeOutcome.ok.rawValue)
private let stages = StageTimes().named.map { renderedLabel("stage", $0.name) }
private let moves = CircuitMoves.all.map {
  renderedLabel("from", $0.from.rawValue) + Array(",".utf8) + renderedLabel("to", $0.to.rawValue)
}

extension MetricCatalogue {
  static let perMCP: [PerMCP] = health + circuit + probes + downtime + catalogue + checks

  private static let health: [PerMCP] = [
    PerMCP("mcp_up", .gauge, "Whether the last probe found the MCP working for us.") {
      mcps, mcp, _, out in
      if let isUp = mcps[mcp].isUp { out.sample(.flag(isUp)) }
    },
    PerMCP(
      "mcp_health_status", .gauge, "Health of the MCP: 1 for the status it has, 0 for the others.",
      labels: ["status"]
    ) { mcps, mcp, _, out in
      let health = mcps[mcp].health
      for (value, label) in statuses { out.sample(.flag(value == health), label: label) }
    },
  ]

  private static let circuit: [PerMCP] = [
    PerMCP(
      "mcp_circuit_state", .gauge, "Circuit of the MCP: 1 for the state it is in, else 0.",
      labels: ["state"]
    ) { mcps, mcp, _, out in
      for (value, label) in states { out.sample(.flag(value == mcps[mcp].circuit), label: label) }
    },
    PerMCP("mcp_circuit_opens_total", .counter, "Times the circuit has opened.") {
      mcps, mcp, _, out in
      out.sample(.whole(mcps[mcp].counters.opens))
    },
    PerMCP(
      "mcp_circuit_transitions_total", .counter, "Moves of the circuit between its states.",
      labels: ["from", "to"]
    ) { mcps, mcp, _, out in
      for (count, label) in zip(mcps[mcp].counters.transitions.counts, moves) {
        out.sample(.whole(count), label: label)
      }
    },
    PerMCP(
      "mcp_circuit_retry_timestamp_seconds", .gauge,
      "When an open circuit gets its next trial; present while it is open."
    ) { mcps, mcp, _, out in
      if mcps[mcp].isEnabled, let retryAt = mcps[mcp].retryAt { out.sample(.seconds(retryAt)) }
    },
    PerMCP("mcp_consecutive_failures", .gauge, "Down verdicts since the last success.") {
      mcps, mcp, _, out in
      out.sample(.whole(mcps[mcp].consecutiveFailures))
    },
    PerMCP(
      "mcp_failure_cycles", .gauge, "Times the circuit has opened since the last healthy period."
    ) { mcps, mcp, _, out in
      out.sample(.whole(mcps[mcp].failureCycles))
    },
    PerMCP("mcp_recovery_attempts_total", .counter, "Trials of a half-open circuit.") {
      mcps, mcp, _, out in
      out.sample(.whole(mcps[mcp].counters.recoveryAttempts))
    },
    PerMCP(
      "mcp_last_recovery_attempt_timestamp_seconds", .gauge,
      "When the last trial of a half-open circuit began."
    ) { mcps, mcp, _, out in
      if let attempt = mcps[mcp].lastRecoveryAttempt { out.sample(.seconds(attempt)) }
    },
  ]

  private static let probes: [PerMCP] = [
    PerMCP("mcp_probes_total", .counter, "Probes by how they ended.", labels: ["outcome"]) {
      mcps, mcp, _, out in
      out.sample(.whole(mcps[mcp].counters.probesOK), label: okOutcome)
      for (outcome, count) in mcps[mcp].counters.probesNotOK {
        out.sample(.whole(count), label: outcomes[outcome] ?? [])
      }
    },
    PerMCP("mcp_probe_duration_seconds", .histogram, "Durations of whole probes.") {
      mcps, mcp, _, out in
      out.histogram(mcps[mcp].durations)
    },
    PerMCP(
      "mcp_probe_stage_duration_seconds", .gauge,
      "Time that each stage of the last probe took, summed over its requests.", labels: ["stage"]
    ) { mcps, mcp, _, out in
      guard let times = mcps[mcp].lastProbe?.times else { return }
      out.sample(.seconds(times.resolve), label: stages[0])
      out.sample(.seconds(times.connect), label: stages[1])
      out.sample(.seconds(times.tls), label: stages[2])
      out.sample(.seconds(times.send), label: stages[3])
      out.sample(.seconds(times.wait), label: stages[4])
      out.sample(.seconds(times.transfer), label: stages[5])
    },
    PerMCP("mcp_last_probe_timestamp_seconds", .gauge, "When the last probe ended.") {
      mcps, mcp, _, out in
      if let at = mcps[mcp].lastProbe?.at { out.sample(.seconds(at)) }
    },
    PerMCP(
      "mcp_last_success_timestamp_seconds", .gauge, "When the last successful probe ended."
    ) { mcps, mcp, _, out in
      if let success = mcps[mcp].lastSuccess { out.sample(.seconds(success)) }
    },
    PerMCP("mcp_auth_required", .gauge, "Whether the MCP demands credentials.") {
      mcps, mcp, _, out in
      if let required = mcps[mcp].authRequired { out.sample(.flag(required)) }
    },
  ]

  private static let downtime: [PerMCP] = [
    PerMCP(
      "mcp_downtime_seconds_total", .counter,
      "Time the MCP has been down, the time in which the agent was dead included."
    ) { mcps, mcp, now, out in
      out.sample(.seconds(mcps[mcp].downtime(at: now)))
    }
  ]
}
