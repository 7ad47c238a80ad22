import Agent
import Breaking
import Foundation
import MCPWire
import PostgresLink
import Signals
import TestSupport
import Testing
import Threading

private let names = (0..<40).map { "mcp \($0) é" } + ["", "", "nobody"]

/// What the database should say, from the rows by themselves.
private struct FeedModel {
  struct Server: Equatable {
    var errors = 0
    var state: FeedState?
    var lastCheck: Timestamp?
    var recovery: Timestamp?
    var disabledAt: Timestamp?
    var tools: [ToolListing] = []
  }

  var servers: [String: Server] = [:]
  var log: [String] = []
  var events: Set<String> = []
  var gone = 0

  mutating func take(_ row: FeedRow) {
    if row.mcp.isEmpty {
      if let log = row.log { events.insert("\(FeedBench.agentID)-\(log.sequence)") }
      return
    }
    guard row.mcp != "nobody" else {
      gone += 1
      return
    }
    if let line = row.log { log.append(text(of: line, row.mcp)) }
    var server = servers[row.mcp] ?? Server()
    if let state = row.state {
      server.errors += state.errors
      server.state = state
      server.lastCheck = state.lastCheck ?? server.lastCheck
      server.recovery = state.lastRecoveryAttempt ?? server.recovery
      let isDisabled = state.autoDisabledReason != nil
      server.disabledAt = isDisabled ? server.disabledAt ?? state.at : nil
    }
    if let tools = row.tools { server.tools = tools }
    servers[row.mcp] = server
  }

  private func text(of log: FeedLog, _ mcp: String) -> String {
    let fields = [
      mcp, "\(log.timestamp.milliseconds)", log.status.rawValue,
      log.responseTime.map { "\($0.wholeMilliseconds)" } ?? "-",
      log.detail.isEmpty ? "-" : hexadecimal(log.detail), log.type.rawValue,
      "\(FeedBench.agentID)-\(log.sequence)",
    ]
    return fields.joined(separator: "|")
  }
}

private func hexadecimal(_ text: String) -> String {
  text.replacing("\0", with: "\u{fffd}").utf8
    .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite struct FeedModelTests {
  @Test func tenThousandRowsAreReadBackAsTheyWere() async throws {
    let bench = try await FeedBench(mcps: Array(names.prefix(40)))
    var random = SeededRandom(seed: 11)
    let rows = (1...10_000).map { random.feedRow(of: names, sequence: UInt64($0)) }
    var model = FeedModel()
    let writer = bench.writer()
    var position = try writer.cursor()
    var (taken, gone, refused) = (0, 0, 0)
    var rest = FeedBench.chunks(rows, of: 137)[...]
    var disabled = model
    while !rest.isEmpty {
      // Batches of one chunk and of several: between them, a state that came and went is not seen.
      let batch = Array(rest.prefix(Int.random(in: 1...9, using: &random)))
      rest = rest.dropFirst(batch.count)
      let outcome = try writer.write(batch, after: position)
      let written = try #require(outcome.report)
      position = written.position
      taken += written.rows
      gone += written.gone
      refused += written.refused
      // A batch tells the last state: reasons that went within it do not count.
      var last: [String: Int] = [:]
      let decoded = batch.flatMap { FeedCoder.rows(from: $0.bytes) ?? [] }
      for (number, row) in decoded.enumerated() where row.state != nil { last[row.mcp] = number }
      for (number, row) in decoded.enumerated() {
        var told = row
        model.take(row)
        if last[row.mcp] != number { told.state = nil }
        disabled.take(told)
      }
    }
    #expect(refused == 0 && gone == model.gone && taken == 10_000 - model.gone)
    #expect(try await log(bench) == model.log)
    #expect(try await events(bench) == model.events)
    try await compareServers(bench, model, disabled)
  }

  private func log(_ bench: FeedBench) async throws -> [String] {
    try await bench.psql(
      """
      SELECT concat_ws('|', s.name, (extract(epoch FROM l."timestamp") * 1000)::bigint, l.status,
      coalesce(response_time_ms::text, '-'),
      coalesce(encode(convert_to(error_message, 'UTF8'), 'hex'), '-'), event_type, event_id)
      FROM omni2.mcp_health_log l JOIN omni2.mcp_servers s ON s.id = mcp_server_id ORDER BY l.id
      """
    ).split(separator: "\n").map(String.init)
  }

  private func events(_ bench: FeedBench) async throws -> Set<String> {
    Set(
      try await bench.psql("SELECT event_id FROM omni2.breakwater_events")
        .split(separator: "\n").map(String.init))
  }

  private func compareServers(
    _ bench: FeedBench, _ model: FeedModel, _ disabled: FeedModel
  ) async throws {
    let lines = try await bench.psql(
      """
      SELECT name, health_status, error_count, circuit_state, consecutive_failures,
      failure_cycle_count, total_downtime_seconds,
      (extract(epoch FROM last_health_check) * 1000)::bigint,
      (extract(epoch FROM last_recovery_attempt) * 1000)::bigint,
      (extract(epoch FROM auto_disabled_at) * 1000)::bigint,
      encode(convert_to(auto_disabled_reason, 'UTF8'), 'hex'),
      (SELECT count(*) FROM omni2.mcp_tools WHERE mcp_server_id = s.id)
      FROM omni2.mcp_servers s ORDER BY id
      """
    ).split(separator: "\n").map(String.init)
    #expect(lines.count == 40)
    for line in lines {
      let name = String(line.prefix { $0 != "|" })
      let server = try #require(model.servers[name])
      let state = try #require(server.state)
      func text(_ time: Timestamp?) -> String { time.map { "\($0.milliseconds)" } ?? "" }
      let tools = Set(server.tools.map { $0.name.replacing("\0", with: "\u{fffd}") })
      let expected = [
        name, state.health.rawValue, "\(server.errors)", state.circuit.rawValue,
        "\(state.consecutiveFailures)", "\(state.failureCycles)",
        "\(min(2_147_483_647, state.downtime.total(at: state.at).wholeMilliseconds / 1000))",
        text(server.lastCheck),
        text(server.recovery),
        text(state.autoDisabledReason == nil ? nil : disabled.servers[name]?.disabledAt),
        state.autoDisabledReason.map(hexadecimal) ?? "", "\(tools.count)",
      ]
      #expect(line == expected.joined(separator: "|"))
    }
  }
}
