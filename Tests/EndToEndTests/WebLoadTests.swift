import Foundation
import TestSupport
import Testing

extension Heavy {
  /// The program's web server among peers who mean no good (A18, A19), while it probes.
  @Suite(.timeLimit(.minutes(10))) struct WebLoad {
    private static let mcps = 200
    /// Connections without a use, 10,000 with TORTURE.
    private static let idle =
      ProcessInfo.processInfo.environment["TORTURE"] == nil ? 1_500 : 10_000
    /// What the product lets in, and what it refuses at the same time.
    private static let connections = 256 + 16

    /// An agent that probes all its MCPs each second, all of them well; and their server.
    private static func stage(in scratch: Scratch) async throws -> (AgentProcess, ChildProcess) {
      let faultd = URL(filePath: breakwaterExecutable).deletingLastPathComponent()
        .appending(path: "faultd").path
      let server = try ChildProcess(faultd, ["ok"], in: scratch)
      let url = try await eventually("the server tells its URL") {
        server.output.split(separator: "\n").first?.split(separator: " ").dropFirst().first
      }
      let rows = (0..<mcps).map { "  - {name: good-\($0), url: \"\(url)/\($0)\"}\n" }.joined()
      let agent = try await AgentProcess.started(
        "global: {probe_interval: 1s, probe_timeout: 1s}\nmcps:\n\(rows)", in: scratch)
      try await until("all are well") {
        try await agent.mcps().count { $0.health == "healthy" } == mcps
      }
      return (agent, server)
    }

    @Test func whoMeansNoGoodTakesNothingFromOthers() async throws {
      let scratch = try Scratch()
      let (agent, server) = try await Self.stage(in: scratch)
      let start = ProbeTimes(try await agent.metrics())
      try await until("some seconds in quiet", every: .milliseconds(250)) {
        ProbeTimes(try await agent.metrics()).made >= start.made + 4 * Double(Self.mcps)
      }
      let before = ProbeTimes(try await agent.metrics())
      let footprint = try Footprint(of: agent.process.pid)

      let slow = try WebPeers("slow", of: agent, in: scratch)
      let crowd = try WebPeers("crowd", of: agent, [Self.mcps, 12], in: scratch)
      try Self.expectScrapes(try await crowd.found())
      try Self.expectCuts(try await slow.found())
      let crowded = ProbeTimes(try await agent.metrics())

      try await Self.hold(agent, footprint, in: scratch)
      let after = ProbeTimes(try await agent.metrics())
      print("before: \(before - start)")
      print("200 scrape each second: \(crowded - before)")
      print("\(Self.idle) connections without a use: \(after - crowded)")
      #expect(after.skipped == start.skipped)
      #expect((after - before).lag(0.99) <= 1)
      #expect(try await agent.process.stop() == 0)
      try await server.stop()
    }

    /// Many more connections than there may be: somebody else's scrape comes through.
    private static func hold(
      _ agent: AgentProcess, _ before: Footprint, in scratch: Scratch
    ) async throws {
      let peers = try WebPeers("hold", of: agent, [idle], in: scratch)
      var seen = before.descriptors
      try await until("all of them have come", within: .seconds(180)) {
        seen = max(seen, try Footprint(of: agent.process.pid).descriptors)
        return peers.process.output.contains("held")
      }
      try await until("a scrape comes through") {
        try await agent.http.get("/metrics").status == 200
      }
      // The kernel lets some wait whom it has told that they are connected.
      try await until("each was let in, refused, or has given way") {
        let page = try await agent.metrics()
        #expect(page.value("breakwater_web_connections").map { $0 <= 256 } == true)
        let others = ["refused", "replaced"].map { "breakwater_web_connections_\($0)_total" }
        return others.compactMap { page.value($0) }.reduce(0, +) >= Double(idle - connections)
      }
      let held = try Footprint(of: agent.process.pid)
      peers.process.send(SIGTERM)
      let found = try await peers.found()
      let counts = found.keys.sorted().map { "\($0) \(Int(found[$0].number ?? -1))" }
      print("\(idle) connections: \(before), then \(held), at most \(seen) descriptors")
      print("of the connections: \(counts.joined(separator: ", "))")
      // A few more for what else goes on.
      #expect(seen <= before.descriptors + connections + 16)
      #expect(held.mebibytes <= before.mebibytes + 64)
      #expect(found["unanswered"].number == 0)
      try await until("they are gone") {
        try await agent.metrics().value("breakwater_web_connections").map { $0 < 10 } == true
      }
      #expect(try await agent.http.get("/metrics").status == 200)
    }

    private static func expectScrapes(_ found: JSON) throws {
      #expect(found["failures"] == .array([]))
      let times = found["seconds"].array.compactMap(\.number).sorted()
      // Each of them asked once at least.
      try #require(times.count >= mcps)
      let shown = [0.5, 0.9, 0.99, 1].map { part in
        "\(part): \(times[min(times.count - 1, Int(part * Double(times.count)))]) s"
      }
      print("\(times.count) scrapes by \(mcps) at once, \(shown.joined(separator: ", "))")
    }

    /// Each is cut at its deadline, and told so where its request had begun.
    private static func expectCuts(_ found: JSON) throws {
      let rows: [(name: String, statuses: [Double])] = [
        ("head", [408]), ("line", [408]), ("body", [408]), ("chunks", [408]), ("silent", []),
        ("second", [200, 408]),
      ]
      for (name, statuses) in rows {
        let peer = found[name]
        #expect(peer["statuses"].array.compactMap(\.number) == statuses, "\(name)")
        let seconds = try #require(peer["seconds"].number)
        print("\(name): cut after \(seconds) s")
        // A deadline is 10 s; what is never cut would be there after three of them.
        #expect(seconds >= 9 && seconds < 30, "\(name)")
      }
      let taken = found["reader"]["statuses"].array.count
      #expect(taken < 60, "who takes nothing is not sent all of it")
    }
  }
}
