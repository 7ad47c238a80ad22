import Foundation
import TestSupport
import Testing

/// The agent among servers that go wrong in every way: nothing of it stays behind.
extension Heavy {
  @Suite(.timeLimit(.minutes(30))) struct FaultEndurance {
    /// 100,000 with TORTURE.
    private static let isLong = ProcessInfo.processInfo.environment["TORTURE"] != nil
    private static let probes = isLong ? 100_000.0 : 3_000
    private static let copies = isLong ? 3 : 1
    private static let healthy = isLong ? 100 : 60

    @Test func memoryAndDescriptorsStayFlat() async throws {
      let scratch = try Scratch()
      let faultd = try ChildProcess(Self.faultd, try await Self.scenarios(), in: scratch)
      let served = try await eventually("faultd serves all") { () -> [[Substring]]? in
        let lines = faultd.output.split(separator: "\n").map { $0.split(separator: " ") }
        return try await Self.scenarios().count == lines.count ? lines : nil
      }
      let agent = try await AgentProcess.started(Self.configuration(served), in: scratch)

      try await until("a third of the probes", within: .seconds(900), every: .milliseconds(500)) {
        try await Self.made(agent) >= Self.probes / 3
      }
      let before = try Footprint(of: agent.process.pid)
      try await until("all probes", within: .seconds(1_200), every: .milliseconds(500)) {
        try await Self.made(agent) >= Self.probes
      }
      let after = try Footprint(of: agent.process.pid)
      print("\(Int(Self.probes)) probes: \(before) after a third of them, \(after) at the end")
      // Own samples, and what malloc keeps of the largest answers.
      #expect(after.mebibytes <= before.mebibytes + 24)
      // Some connections come and go.
      #expect(after.descriptors <= before.descriptors + 60)

      // A debug build takes a second to read what floods it, and is late for the others.
      #if !DEBUG
        try await Self.expectHealth(agent)
      #endif
      #expect(try await agent.process.stop() == 0)
      _ = try await faultd.stop()
    }

    private static let faultd = URL(filePath: breakwaterExecutable).deletingLastPathComponent()
      .appending(path: "faultd").path

    /// All, but for those that cost the server more than the agent.
    private static func scenarios() async throws -> [String] {
      let list = try await runCommand(faultd, ["--list"], in: try Scratch())
      return list.lines.compactMap { $0.split(separator: " ").first.map(String.init) }
        .filter { !["T25-large", "T26-flood", "T22-pings", "T22-settings"].contains($0) }
    }

    private static func configuration(_ served: [[Substring]]) -> String {
      var rows: [String] = []
      for line in served where line.count > 1 {
        let files = line.count > 2 ? ", http: {tls_config: {ca_file: \"\(line[2])\"}}" : ""
        let transport = line[0].hasPrefix("sse_") ? ", transport: sse" : ""
        for copy in 0..<copies {
          rows.append("  - {name: \(line[0])-\(copy), url: \"\(line[1])\"\(files)\(transport)}")
        }
        guard line[0] == "ok" else { continue }
        for number in 0..<healthy {
          rows.append("  - {name: healthy-\(number), url: \"\(line[1])/\(number)\"}")
        }
      }
      return """
        global: {probe_interval: 1s, probe_timeout: 900ms}
        circuit_breaker: {failure_threshold: 100000}
        mcps:
        \(rows.joined(separator: "\n"))
        """
    }

    /// Healthy servers are up for all that goes on beside them; a busy machine has a twentieth.
    private static func expectHealth(_ agent: AgentProcess) async throws {
      let probes = try await agent.metrics().values("mcp_probes_total", by: ["mcp", "outcome"])
        .filter { $0.key[0].hasPrefix("healthy-") }
      let all = probes.values.reduce(0, +)
      let good = probes.filter { $0.key[1] == "ok" }.values.reduce(0, +)
      #expect(all >= Double(healthy) && good >= 0.95 * all, "\(good) of \(all)")
    }

    private static func made(_ agent: AgentProcess) async throws -> Double {
      try await agent.metrics().values("mcp_probes_total", by: ["mcp", "outcome"]).values
        .reduce(0, +)
    }
  }
}
