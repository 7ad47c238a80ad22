import Foundation
import TestSupport
import Testing

extension Heavy {
  @Suite(
    .enabled(if: RealServer.areInstalled, "the servers from PyPI are missing: scripts/venvs.sh"),
    .timeLimit(.minutes(10)))
  struct RealServers {
    private static let threshold = 3

    @Test func areHealthyAndOneFailsAndComesBack() async throws {
      let scratch = try Scratch()
      let ports = try RealServer.all.map { _ in try freePort() }
      var servers = try zip(RealServer.all, ports).map { try $0.start(port: $1, in: scratch) }
      for port in ports { try await RealServer.listening(port: port) }
      let agent = try await AgentProcess.started(configuration(ports), in: scratch)

      for server in RealServer.all { try await expectHealthy(server, on: agent) }

      let victim = RealServer.all[1]
      try await servers[1].stop()
      try await expectOpened(victim, on: agent)
      servers[1] = try victim.start(port: ports[1], in: scratch)
      try await expectClosedAgain(victim, on: agent)

      for server in RealServer.all where server.name != victim.name {
        let mcp = try await agent.mcp(server.name)
        #expect(mcp.health == "healthy" && mcp.circuit["opens_total"].number == 0)
      }
      #expect(try await agent.process.stop() == 0)
      for server in servers { try await server.stop() }
    }

    /// One session for all probes, and none left behind: the server's access log tells.
    @Test func anEndingAgentEndsItsSession() async throws {
      let scratch = try Scratch()
      let port = try freePort()
      let server = try RealServer.all[1].start(port: port, in: scratch)
      try await RealServer.listening(port: port)
      let agent = try await AgentProcess.started(
        """
        global: {probe_interval: 1s, probe_timeout: 1s}
        mcps: [{name: sdk-1, url: "http://127.0.0.1:\(port)/mcp"}]
        """, in: scratch)
      try await expectHealthy(RealServer.all[1], on: agent)
      #expect(try await agent.process.stop() == 0)
      try await until("the session has been ended") {
        (server.output + server.errors).contains("DELETE /mcp HTTP/1.1\" 200")
      }
      try await server.stop()
    }

    private func configuration(_ ports: [Int]) -> String {
      let mcps = zip(RealServer.all, ports).map { server, port in
        "  - {name: \(server.name), url: \"\(server.url(port: port))\"}\n"
      }
      return """
        global: {probe_interval: 1s, probe_timeout: 1s}
        circuit_breaker:
          failure_threshold: \(Self.threshold)
          recovery_timeout: 1s
          backoff: {multiplier: 1, max: 2s, jitter: 0}
        mcps:
        \(mcps.joined())
        """
    }

    private func expectHealthy(_ server: RealServer, on agent: AgentProcess) async throws {
      let mcp = try await eventually("\(server.name) is healthy and listed") {
        let mcp = try await agent.mcp(server.name)
        return mcp.health == "healthy" && mcp["tools"].number != nil ? mcp : nil
      }
      #expect(mcp["server"]["name"].string == server.identity.name)
      #expect(mcp["server"]["version"].string == server.identity.version)
      #expect(mcp["protocol_version"].string == server.protocolVersion)
      #expect(mcp["transport"].string == server.transport)
      #expect(mcp["tools"].number == 2)
      #expect(mcp["prompts"].number == server.prompts)
      #expect(mcp["resources"].number == server.resources)
      #expect(mcp.circuitState == "closed")
      #expect(mcp["last_probe"]["outcome"].string == "ok")
      #expect(mcp["last_probe"]["verdict"].string == "up")

      let page = try await agent.metrics()
      let labels = ["mcp": server.name]
      #expect(page.value("mcp_up", labels) == 1)
      #expect(page.value("mcp_tools", labels) == 2)
      #expect(page.value("mcp_prompts", labels) == server.prompts)
      #expect(page.value("mcp_resources", labels) == server.resources)
      let information = [
        "mcp": server.name, "server_name": server.identity.name,
        "server_version": server.identity.version, "protocol_version": server.protocolVersion,
        "transport": server.transport,
      ]
      #expect(page.value("mcp_server_info", information) == 1)
      #expect(page.value("mcp_health_status", ["mcp": server.name, "status": "healthy"]) == 1)
      #expect(page.value("mcp_circuit_state", ["mcp": server.name, "state": "closed"]) == 1)
    }

    private func expectOpened(_ server: RealServer, on agent: AgentProcess) async throws {
      let labels = ["mcp": server.name]
      try await until("the metrics show \(server.name) down and its circuit open") {
        let page = try await agent.metrics()
        let isOpen = page.value("mcp_circuit_state", ["mcp": server.name, "state": "open"]) == 1
        guard isOpen, page.value("mcp_up", labels) == 0 else { return false }
        #expect(page.value("mcp_circuit_retry_timestamp_seconds", labels) != nil)
        #expect(page.value("mcp_circuit_opens_total", labels).map { $0 >= 1 } == true)
        #expect(page.value("mcp_downtime_seconds_total", labels).map { $0 > 0 } == true)
        return true
      }
      let types = try await agent.events(of: server.name).compactMap { $0["type"].string }
      let untilOpen = types.reversed().prefix { $0 != "circuit_opened" }
      let streak = untilOpen.split(separator: "connected").last ?? []
      #expect(streak.count(where: { $0 == "health_check_failed" }) == Self.threshold)
      #expect(streak.contains("disconnected"))
    }

    private func expectClosedAgain(_ server: RealServer, on agent: AgentProcess) async throws {
      try await until("\(server.name) is healthy again") {
        let mcp = try await agent.mcp(server.name)
        return mcp.health == "healthy" && mcp.circuitState == "closed"
      }
      let types = try await agent.events(of: server.name).compactMap { $0["type"].string }
      let closed = try #require(types.firstIndex(of: "circuit_closed"))
      let halfOpen = try #require(types.firstIndex(of: "circuit_half_open"))
      #expect(closed < halfOpen, "newest first: half-open, then closed")
      #expect(types.contains("recovery_attempt"))
      #expect(types.contains("recovery_success"))

      let page = try await agent.metrics()
      let move = ["mcp": server.name, "from": "half_open", "to": "closed"]
      #expect(page.value("mcp_up", ["mcp": server.name]) == 1)
      #expect(page.value("mcp_circuit_transitions_total", move) == 1)
      #expect(page.value("mcp_circuit_state", ["mcp": server.name, "state": "closed"]) == 1)
      #expect(page.value("mcp_consecutive_failures", ["mcp": server.name]) == 0)
      #expect(page.value("mcp_circuit_retry_timestamp_seconds", ["mcp": server.name]) == nil)
    }

    @Test(arguments: RealServer.all)
    func answersTheProbeCommand(_ server: RealServer) async throws {
      let scratch = try Scratch()
      let port = try freePort()
      let process = try server.start(port: port, in: scratch)
      try await RealServer.listening(port: port)
      let url = server.url(port: port)

      let text = try await runCommand(breakwaterExecutable, ["probe", url], in: scratch)
      #expect(text.status == 0, "\(text.output)\n\(text.errors)")
      #expect(text.output.contains(server.identity.name))
      #expect(text.output.contains(server.protocolVersion))

      let json = try await runCommand(breakwaterExecutable, ["probe", "--json", url], in: scratch)
      #expect(json.status == 0)
      let answer = try JSONDecoder().decode(JSON.self, from: Data(json.output.utf8))
      #expect(answer.keys.isSuperset(of: ProbeCommand.keys))
      #expect(answer["url"].string == url)
      #expect(answer["outcome"].string == "ok")
      #expect(answer["verdict"].string == "up")
      #expect(answer["transport"].string == server.transport)
      #expect(answer["protocol_version"].string == server.protocolVersion)
      #expect(answer["server"]["name"].string == server.identity.name)
      #expect(answer["server"]["version"].string == server.identity.version)
      #expect(answer["tools"].number == 2)
      #expect(answer["prompts"].number == server.prompts)
      #expect(answer["resources"].number == server.resources)
      #expect(answer["warnings"].array.compactMap(\.string) == server.warnings)
      #expect(answer["duration_seconds"].number.map { $0 > 0 && $0 < 60 } == true)
      try await process.stop()
    }
  }
}
