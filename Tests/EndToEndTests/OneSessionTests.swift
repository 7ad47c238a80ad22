import Foundation
import TestSupport
import Testing

extension Heavy {
  /// However often a server that keeps sessions is probed, one of its sessions is ours.
  @Suite(.timeLimit(.minutes(60))) struct OneSession {
    private static let isLong = ProcessInfo.processInfo.environment["TORTURE"] != nil
    private static let probes = isLong ? 10_000.0 : 250

    private struct Counted: Sendable, CustomTestStringConvertible {
      var server: RealServer
      /// While it is probed; those that a detection leaves behind there included.
      var sessions = 1.0
      /// After the agent has ended.
      var left = 0.0

      var testDescription: String { server.environment + server.path }

      /// A probe that fails on a busy machine may cost one: its answer came when nobody waited.
      func has(_ expected: Double, at sessions: Double, _ failed: Double) -> Bool {
        (expected...expected + failed).contains(sessions)
      }
    }

    private static func sdk(_ version: String, sse: Bool = false) -> RealServer {
      RealServer(
        name: "sdk", environment: "mcp-\(version)",
        arguments: ["sdk1_server.py", "PORT"] + (sse ? ["--transport", "sse"] : []),
        path: sse ? "/sse" : "/mcp", identity: ("harbour-1", version))
    }

    /// The old ones forget no stream and no session of their own accord; `make test` has only some.
    private static let servers = [
      Counted(server: sdk("1.2.1", sse: true), left: 1),
      Counted(server: sdk("1.26.0"), sessions: 2, left: 1),
      Counted(server: sdk("1.26.0", sse: true), left: 1),
      Counted(server: sdk("1.30.0")),
      Counted(server: sdk("1.30.0", sse: true)),
    ].filter(\.server.isInstalled)

    @Test("is what many probes need")
    func isWhatManyProbesNeed() async throws {
      try #require(Self.servers.count >= 3, "run scripts/venvs.sh")
      let scratch = try Scratch()
      let ports = try Self.servers.map { _ in (server: try freePort(), counter: try freePort()) }
      var processes: [ChildProcess] = []
      var lines: [String] = []
      for (number, (counted, port)) in zip(Self.servers, ports).enumerated() {
        var server = counted.server
        server.name = "server-\(number)"
        processes.append(
          try server.start(port: port.server, counter: port.counter, in: scratch))
        lines.append("  - {name: \(server.name), url: \"\(server.url(port: port.server))\"}")
      }
      var before: [Double] = []
      for (counted, port) in zip(Self.servers, ports) {
        try await RealServer.listening(port: port.server)
        // The first answer of such a server takes long.
        let url = counted.server.url(port: port.server)
        _ = try await runCommand(breakwaterExecutable, ["probe", url], in: scratch)
        before.append(try await sessions(on: port.counter))
      }
      let agent = try await AgentProcess.started(
        """
        global: {probe_interval: 100ms, probe_timeout: 100ms}
        circuit_breaker: {recovery_timeout: 1s, backoff: {max: 1s, jitter: 0}}
        mcps:
        \(lines.joined(separator: "\n"))
        """, in: scratch)
      for (number, (counted, port)) in zip(Self.servers, ports).enumerated() {
        try await until("\(Self.probes) probes of \(counted)", within: .seconds(3000)) {
          try await probes(of: number, on: agent).good >= Self.probes
        }
        try await until("\(counted.sessions) sessions on \(counted)") {
          let failed = try await probes(of: number, on: agent).failed
          let sessions = try await sessions(on: port.counter) - before[number]
          return counted.has(counted.sessions, at: sessions, failed)
        }
      }
      var failed: [Double] = []
      for number in ports.indices { failed.append(try await probes(of: number, on: agent).failed) }
      #expect(try await agent.process.stop() == 0)
      for (number, (counted, port)) in zip(Self.servers, ports).enumerated() {
        try await until("\(counted.left) sessions left on \(counted)") {
          let sessions = try await sessions(on: port.counter) - before[number]
          return counted.has(counted.left, at: sessions, failed[number] + 1)
        }
      }
      for process in processes { try await process.stop() }
    }

    private func probes(
      of number: Int, on agent: AgentProcess
    ) async throws -> (good: Double, failed: Double) {
      let samples = try await agent.metrics().samples.filter {
        $0.name == "mcp_probes_total" && $0.labels["mcp"] == "server-\(number)"
      }
      let good = samples.first { $0.labels["outcome"] == "ok" }?.value ?? 0
      return (good, samples.reduce(0) { $0 + $1.value } - good)
    }

    private func sessions(on port: Int) async throws -> Double {
      try #require(try await LocalHTTP(port: port).get("/").json()["sessions"].number)
    }
  }
}
