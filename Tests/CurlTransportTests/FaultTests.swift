import Agent
import CurlTransport
import FaultServers
import MCPWire
import Signals
import TestSupport
import Testing

/// What the agent knows of a server when it comes.
enum Acquaintance: Sendable {
  case nothing, stateless
  /// A session of a server of 2025-11-25.
  case session

  var memory: ServerMemory {
    var memory = ServerMemory()
    switch self {
    case .nothing: break
    case .stateless:
      memory.transport = .statelessHTTP
      memory.protocolVersion = "2026-07-28"
    case .session:
      memory.transport = .streamableHTTP
      memory.protocolVersion = "2025-11-25"
      memory.sessionID = "kept"
    }
    return memory
  }
}

extension Probing {
  /// The result of a probe of this server.
  func result(
    of server: FaultServer, knows: Acquaintance = .stateless, purpose: ProbePurpose = .liveness,
    timeout: Duration = .seconds(60), change: (inout ProbeTarget) -> Void = { _ in }
  ) async throws -> ProbeResult {
    var order = try order(server.url, timeout: timeout, purpose: purpose) { target in
      target.http.tls.caFile = server.authority
      change(&target)
    }
    order.memory = knows.memory
    let before = reports.count
    prober.start([order])
    return try #require(try await reports(count: before + 1).last).result
  }
}

/// Runs `body` with a server of this scenario and a prober.
func withFault<Value>(
  _ id: String, settings change: (inout ProberSettings) -> Void = { _ in },
  _ body: (FaultServer, Probing) async throws -> Value
) async throws -> Value {
  let scenario = try #require(Scenario.all.first { $0.id == id }, "no scenario \(id)")
  let server = try await FaultServer(scenario)
  let probing = try Probing(change)
  defer {
    probing.prober.stop()
    server.stop()
  }
  return try await body(server, probing)
}

/// The fault matrix of MCP servers, through real sockets. One after the other: some of them do all
/// to keep a machine busy.
@Suite("The fault matrix", .serialized) struct FaultTests {
  @Test("a fault has its outcome, in time and within bounds", arguments: FaultRow.all)
  func fault(row: FaultRow) async throws {
    try await withFault(row.id) { server, probing in
      let start = ContinuousClock.now
      let result = try await probing.result(
        of: server, knows: row.knows, purpose: row.purpose, timeout: row.deadline ?? .seconds(60))
      #expect(result.outcome == row.outcome, "\(result.detail)")
      #expect(result.verdict == row.verdict)
      #expect(result.stage == row.stage)
      #expect(result.warnings == row.warnings)
      #expect(isPlain(result.detail) && result.detail.count <= 200)
      #expect(server.bytesSent <= row.takes)
      // The machine may be busy; nothing waits for more than that.
      #expect(result.duration <= (row.deadline ?? .zero) + .seconds(20))
      if let deadline = row.deadline { #expect(start.duration(to: .now) >= deadline * 0.9) }
      if row.renews { try await expectAnotherConnection(row, server, probing) }
    }
  }

  @Test("every fault has a row, and every row a fault")
  func rows() {
    let faults = Scenario.all.map(\.id).filter { $0.hasPrefix("T") }
    #expect(faults.sorted() == FaultRow.all.map(\.id).sorted())
    #expect(Set(Scenario.all.map(\.id)).count == Scenario.all.count)
  }

  @Test("T1: a refused connection is told at once")
  func refused() async throws {
    try await withFault("T1") { server, probing in
      // The best of some: the machine may be busy.
      var best = Duration.seconds(60)
      for _ in 0..<10 { best = min(best, try await probing.result(of: server).duration) }
      #expect(best <= .seconds(1))
    }
  }

  @Test("T6: a stream that goes on is cut 250 ms after its answer, or after 64 KiB")
  func streams() async throws {
    let quiet = try await withFault("T6-quiet") { try await $1.result(of: $0) }
    #expect(quiet.duration >= .milliseconds(240))
    // The flood does not have its whole grace.
    let flood = try await withFault("T6", settings: { $0.graceAfterEnough = .seconds(30) }) {
      server, probing in
      var best = Duration.seconds(60)
      for _ in 0..<5 { best = min(best, try await probing.result(of: server).duration) }
      return best
    }
    #expect(flood < .seconds(10))
  }

  @Test("T13: a redirect is followed three times at most")
  func hops() async throws {
    for id in ["T13", "T13-hops"] {
      try await withFault(id) { server, probing in
        _ = try await probing.result(of: server)
        #expect(server.requests.count == 4)
      }
    }
  }

  @Test("T14: credentials stay with their origin, and follow within it")
  func credentials() async throws {
    let change: @Sendable (inout ProbeTarget) -> Void = { target in
      target.http.headers = [
        .init(name: "Authorization", value: Secret("Bearer canary"), isCredential: true),
        .init(name: "X-Api-Key", value: Secret("canary"), isCredential: true),
      ]
    }
    for id in ["T14", "T14-backslash", "T14-userinfo", "T14-port"] {
      try await withFault(id) { server, probing in
        let result = try await probing.result(of: server, change: change)
        #expect(result.outcome == .redirectBlocked)
        #expect(server.requests.map { $0.headers["host"] } == [server.authorityOfURL])
      }
    }
    try await withFault("T13-one") { server, probing in
      let result = try await probing.result(of: server, change: change)
      #expect(result.outcome == .ok)
      #expect(server.requests.count == 2)
      for request in server.requests {
        #expect(request.headers["authorization"] == "Bearer canary")
        #expect(request.headers["x-api-key"] == "canary")
      }
    }
  }

  @Test("T27: only a session id that may be sent back is sent back")
  func sessions() async throws {
    for (id, isKept) in [("T27", true), ("T27-split", false), ("T27-long", false)] {
      try await withFault(id) { server, probing in
        let result = try await probing.result(of: server, knows: .nothing)
        #expect(result.outcome == .ok, "\(result.detail)")
        let sessions = server.requests.compactMap { $0.headers["mcp-session-id"] }
        #expect(sessions.isEmpty == !isKept)
        #expect(server.requests.allSatisfy { $0.headers["x-evil"] == nil })
      }
    }
  }

  @Test("T31: what Retry-After asks for comes with the result, an hour at most")
  func retries() async throws {
    let limited = try await withFault("T31-429") { try await $1.result(of: $0) }
    #expect(limited.retryAfter == .seconds(7))
    let overloaded = try await withFault("T31-503") { try await $1.result(of: $0) }
    #expect(overloaded.retryAfter == .seconds(3600))
  }

  private func expectAnotherConnection(
    _ row: FaultRow, _ server: FaultServer, _ probing: Probing
  ) async throws {
    let before = server.accepted
    let again = try await probing.result(
      of: server, knows: row.knows, purpose: row.purpose, timeout: row.deadline ?? .seconds(60))
    #expect(again.outcome == row.outcome)
    #expect(server.accepted > before)
  }

  /// Whether a terminal or a log line can take it as it is.
  private func isPlain(_ text: String) -> Bool {
    !text.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
  }
}

extension FaultServer {
  /// Host and port of its URL.
  fileprivate var authorityOfURL: String? {
    url.split(separator: "/").dropFirst().first.map(String.init)
  }
}
