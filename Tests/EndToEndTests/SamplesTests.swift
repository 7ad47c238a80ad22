import Foundation
import TestSupport
import Testing

extension Heavy {
  /// The agent's own samples, over restarts and at transitions.
  @Suite(.timeLimit(.minutes(5))) struct Samples {
    @Test func areThereAfterAKillExceptForOneInterval() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      try await servers.turn("bad", to: "500")
      var agent = try await AgentProcess.started(
        servers.configuration(["good", "bad"], evaluationInterval: "1s"), in: scratch)
      let port = agent.http.port

      let before = try await agent.samples { $0["mcp_up good"].map { $0.count >= 4 } ?? false }
      agent.process.send(SIGKILL)
      #expect(try await agent.process.exitStatus() == 128 + SIGKILL)
      let configuration = scratch.path("breakwater.yml")
      agent = try AgentProcess(configuration: configuration, port: port, in: scratch)
      try await agent.ready()
      let after = try await agent.samples()
      let newest = before.values.compactMap { $0.keys.max() }.max() ?? 0
      for (series, samples) in before {
        for (time, value) in samples where time <= newest - 1 {
          #expect(after[series]?[time] == value, "\(series) at \(time), newest \(newest)")
        }
      }
      let more = try await agent.samples { found in
        found["mcp_up good"]?.keys.contains { $0 > newest + 1 } ?? false
      }
      // What was not yet appended when it was asked for may be there too.
      #expect(more["mcp_up good"].map { $0.count > before["mcp_up good"]?.count ?? 0 } == true)

      #expect(try await agent.process.stop() == 0)
      agent = try AgentProcess(configuration: configuration, port: port, in: scratch)
      try await agent.ready()
      let last = try await agent.samples()
      for (series, samples) in more {
        for (time, value) in samples {
          #expect(last[series]?[time] == value, "\(series) at \(time), a clean end")
        }
      }
      #expect(try await agent.process.stop() == 0)
    }

    /// Without a stale marker the series would be found for five minutes more.
    @Test func ofAnMCPThatIsGoneEnd() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      var agent = try await AgentProcess.started(
        servers.configuration(["stays", "goes"], evaluationInterval: "1s"), in: scratch)
      try await until("both have samples") { try await agent.value(of: "count(mcp_up)") == 2 }
      try scratch.write(
        "breakwater.yml", servers.configuration(["stays"], evaluationInterval: "1s"))
      agent.process.send(SIGHUP)
      let shown = #"count({mcp="goes"}) or vector(0)"#
      try await until("the series have ended") { try await agent.value(of: shown) == 0 }
      #expect(try await agent.value(of: "count(mcp_up)") == 1)
      let goes = #"count(count_over_time(mcp_up{mcp="goes"}[5m]))"#
      #expect(try await agent.value(of: goes) == 1, "its past stays")
      // Committed with the samples of the instant after it.
      let count = #"count_over_time(mcp_up{mcp="stays"}[5m])"#
      let seen = try await agent.value(of: count) ?? 0
      try await until("two instants more") { try await agent.value(of: count) ?? 0 >= seen + 2 }
      agent.process.send(SIGKILL)
      try await agent.process.exitStatus()
      agent = try AgentProcess(
        configuration: scratch.path("breakwater.yml"), port: agent.http.port, in: scratch)
      try await agent.ready()
      #expect(try await agent.value(of: shown) == 0)
      #expect(try await agent.value(of: goes) == 1)
      #expect(try await agent.process.stop() == 0)
    }

    /// With an interval of an hour there are no other samples.
    @Test func ofATransitionAreTakenAtOnce() async throws {
      let scratch = try Scratch()
      let servers = try SwitchServers(in: scratch)
      let agent = try await AgentProcess.started(
        servers.configuration(["one"], evaluationInterval: "1h"), in: scratch)
      try await until("it is up") { try await agent.value(of: "mcp_up") == 1 }
      try await servers.turn("one", to: "500")
      try await until("it is down") { try await agent.value(of: "mcp_up") == 0 }
      let open = #"mcp_circuit_state{state="open"}"#
      try await until("its circuit is open") { try await agent.value(of: open) == 1 }
      let samples = try await agent.samples()
      let moves = [
        ("mcp_up one", 0.0, "disconnected"),
        ("mcp_circuit_state one open", 1, "circuit_opened"),
      ]
      for (series, value, kind) in moves {
        let events = try await agent.events(of: "one").filter { $0["type"].string == kind }
        let event = try #require(events.last?["timestamp"].string)
        let happened = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(event)
        let sampled = samples[series]?.filter { $0.value == value }.keys.min() ?? 0
        #expect(
          abs(sampled - happened.timeIntervalSince1970) < 1, "\(series): \(samples), \(event)")
      }
      #expect(try await agent.process.stop() == 0)
    }
  }
}

extension AgentProcess {
  /// Every sample of the last five minutes of the MCPs' `mcp_up` and circuits, and of counters: by
  /// series, then by time in seconds. Waits until it `holds`.
  func samples(
    until holds: ([String: [Double: Double]]) -> Bool = { _ in true }
  ) async throws -> [String: [Double: Double]] {
    let query = escaped(#"{__name__=~"mcp_up|mcp_circuit_state|mcp_probe.*"}[5m]"#)
    return try await eventually("the samples that are waited for") {
      let answer = try await http.form("/api/v1/query", "query=\(query)")
      var found: [String: [Double: Double]] = [:]
      for row in answer["data"]["result"].array {
        let labels = row["metric"].keys.sorted().compactMap { row["metric"][$0].string }
        let pairs = row["values"].array.compactMap { pair -> (Double, Double)? in
          guard let time = pair.array.first?.number,
            let value = pair.array.last?.string.flatMap({ Double($0) })
          else { return nil }
          return (time, value)
        }
        found[labels.joined(separator: " ")] = Dictionary(pairs, uniquingKeysWith: { $1 })
      }
      return holds(found) ? found : nil
    }
  }
}
