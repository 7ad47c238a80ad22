import Foundation
import TestSupport
import Testing

extension Heavy {
  /// A coordinator that dies or stands still, and a process that is killed: everything is as before
  /// soon after, and one webhook says so.
  @Suite(.timeLimit(.minutes(10))) struct Restart {
    /// Two seconds, seven after a stall, are for a machine that does nothing else: TORTURE=1 holds
    /// them. Else they are printed, and a minute is what is held.
    private static let isQuiet = ProcessInfo.processInfo.environment["TORTURE"] == "1"

    @Test func of1000MCPsIsSoonOverLeavesAllAsItWasAndIsToldOfOnce() async throws {
      let given = ProcessInfo.processInfo.environment["RESTART_MCPS"].flatMap { Int($0) }
      let mcps = given ?? 1_000
      let bench = try await RestartBench(mcps: mcps, down: mcps / 20, probes: "5s")
      var agent = try bench.agent()
      try await agent.ready()
      try await bench.settled(agent)
      var told = 0
      for reason in ["crash", "stall", "process"] {
        let before = try await RestartLook(of: agent)
        let began = ContinuousClock.now
        if reason == "process" {
          agent.process.send(SIGKILL)
          try await agent.process.exitStatus()
          agent = try bench.agent()
        } else {
          #expect(try await agent.http.post("/debug/coordinator/\(reason)").status == 200)
        }
        try await probesAgain(agent, after: before)
        let took = began.duration(to: .now)
        let bound = Duration.seconds(Self.isQuiet ? (reason == "stall" ? 7 : 2) : 60)
        print("\(reason): probing again after \(took)")
        #expect(took <= bound, "\(reason)")
        let after = try await RestartLook(of: agent)
        after.expectRestart(
          since: before, reason: reason, keepsProbeCounters: reason != "process")
        told += 1
        let expected = told
        try await until("the webhook of the \(reason)") {
          bench.restartMessages.count == expected
        }
        let labels = bench.restartMessages.last?.body["commonLabels"] ?? .null
        #expect(labels["reason"].string == reason)
      }
      // A rule's evaluation later there is still one of each.
      try await evaluatedAgain(agent)
      let reasons = bench.restartMessages.map { $0.body["commonLabels"]["reason"].string ?? "" }
      #expect(reasons == ["crash", "stall", "process"])
      let page = try await agent.metrics()
      #expect(page.value("breakwater_coordinators_abandoned") ?? 0 == 0)
      #expect(try await agent.process.stop() == 0)
    }

    /// The generation after that of `before` is there, and a probe has ended since.
    private func probesAgain(_ agent: AgentProcess, after before: RestartLook) async throws {
      var sum: Double?
      try await until("probing goes on", every: .milliseconds(10)) {
        let page = try await agent.metrics()
        guard page.value("breakwater_coordinator_generation") == before.generation + 1 else {
          return false
        }
        defer { sum = sum ?? page.probes }
        return sum.map { page.probes > $0 } ?? false
      }
    }

    private func evaluatedAgain(_ agent: AgentProcess) async throws {
      func evaluations() async throws -> Double {
        try await agent.metrics().values("breakwater_rule_evaluations_total", by: [])[[]] ?? 0
      }
      let before = try await evaluations()
      let rules = 60.0
      try await until("all rules are evaluated again") { try await evaluations() > before + rules }
    }

    @Test func tooManyCrashesEndTheProcessWith70AndASupervisorStartsItAgain() async throws {
      let bench = try await RestartBench(mcps: 5, down: 1, probes: "1s")
      for isSupervised in [false, true] {
        let agent = try bench.agent(isSupervised ? ["--supervise"] : [])
        try await agent.ready()
        try await bench.settled(agent)
        let before = try await RestartLook(of: agent)
        for crash in 1...6 {
          #expect(try await agent.http.post("/debug/coordinator/crash").status == 200)
          let expected = before.generation + Double(crash)
          if crash == 6 { break }
          try await until("coordinator \(crash)", within: .seconds(40)) {
            try await agent.metrics().value("breakwater_coordinator_generation") == expected
          }
        }
        if isSupervised {
          try await until("a new process is ready", within: .seconds(60)) {
            guard agent.process.isRunning else { return true }
            let page = try await agent.metrics()
            return (page.value("breakwater_coordinator_generation") ?? 0) >= before.generation + 6
          }
          let after = try await RestartLook(of: agent)
          let old = try #require(before.restarts["crash"])
          #expect(after.restarts["crash"].map { (old + 5...old + 6).contains($0) } == true)
          try await bench.settled(agent)
          for name in bench.down {
            #expect(after.mcps[name]?.circuit == before.mcps[name]?.circuit)
          }
          #expect(try await agent.process.stop() == 0)
        } else {
          #expect(try await agent.process.exitStatus() == 70, "\(agent.process.errors)")
        }
      }
    }

    @Test func anMCPThatIsInHandAtThreeCrashesIsLeftAlone() async throws {
      let bench = try await RestartBench(mcps: 5, down: 0, probes: "1s")
      let agent = try bench.agent()
      try await agent.ready()
      try await bench.settled(agent)
      let culprit = "mcp-3"
      let first = try await RestartLook(of: agent)
      for crash in 1...3 {
        let answer = try await agent.http.post("/debug/coordinator/crash?mcp=\(culprit)")
        #expect(answer.status == 200, "\(answer.text)")
        try await until("coordinator \(crash)", within: .seconds(40)) {
          try await agent.metrics().value("breakwater_coordinator_generation")
            == first.generation + Double(crash)
        }
      }
      try await until("\(culprit) is left alone") {
        try await agent.mcp(culprit).health == "disabled"
      }
      let page = try await agent.metrics()
      #expect(page.value("breakwater_quarantined_items", ["kind": "mcp"]) == 1)
      let events = try await agent.http.get("/api/v1/events?limit=500").json().listed
      #expect(events.filter { $0["type"].string == "item_quarantined" }.count == 1)
      try await until("the others go on") {
        let now = try await agent.metrics().values("mcp_probes_total", by: ["mcp"])
        let before = page.values("mcp_probes_total", by: ["mcp"])
        return now.allSatisfy { $0.value > (before[$0.key] ?? 0) || $0.key == [culprit] }
          && now[[culprit]] == before[[culprit]]
      }
      #expect(try await agent.process.stop() == 0)
    }
  }
}
