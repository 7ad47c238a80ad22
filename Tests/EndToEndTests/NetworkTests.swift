import FaultServers
import TestSupport
import Testing

/// T2, T17 and T18: networks that swallow packets, and resolvers that go wrong. Each probe has a
/// machine of its own, made of namespaces.
@Suite(
  "Networks and resolvers",
  .enabled(if: Machine.isAllowed, "needs root, or a kernel that gives namespaces to anybody"),
  .timeLimit(.minutes(5)))
struct NetworkTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let url: String
    let outcome: String
    let verdict: String
    let stage: String?
    let within: Double

    init(_ url: String, _ outcome: String, _ verdict: String, at stage: String?, within: Double) {
      self.url = url
      self.outcome = outcome
      self.verdict = verdict
      self.stage = stage
      self.within = within
    }

    var testDescription: String { url }
  }

  /// All have ten seconds. What is over sooner must not use them up.
  private static let rows = [
    Row("http://good.example:PORT/mcp", "ok", "up", at: nil, within: 7.5),
    Row("http://10.9.9.2/mcp", "connect_timeout", "down", at: "connect", within: 20),
    Row("http://silent.example/mcp", "dns_timeout", "down", at: "resolve", within: 20),
    Row("http://nxdomain.example/mcp", "dns_error", "down", at: "resolve", within: 7.5),
    Row("http://servfail.example/mcp", "dns_error", "down", at: "resolve", within: 7.5),
    Row("http://loop.example/mcp", "dns_error", "down", at: "resolve", within: 7.5),
    Row("http://garbage.example/mcp", "dns_timeout", "down", at: "resolve", within: 20),
    Row("http://many.example:PORT/mcp", "ok", "up", at: nil, within: 7.5),
    Row("http://huge.example:PORT/mcp", "ok", "up", at: nil, within: 7.5),
    // IPv6 is tried first and leads nowhere.
    Row("http://dual.example:PORT/mcp", "ok", "up", at: nil, within: 7.5),
  ]

  @Test("T2, T17, T18: each has its outcome, and in time", arguments: rows)
  func network(row: Row) async throws {
    let answer = try await Machine.probe(row.url, timeout: "10s")
    #expect(answer["outcome"].string == row.outcome, "\(answer["detail"])")
    #expect(answer["verdict"].string == row.verdict)
    #expect(answer["stage"].string == row.stage)
    #expect(answer["duration_seconds"].number.map { $0 <= row.within } == true)
  }
}
