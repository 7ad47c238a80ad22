import Agent
import AgentRuntime
import Breaking
import Foundation
import Logging
import MCPWire
import Signals
import Synchronization
import TestSupport
import Testing

/// An agent that watches one MCP that is not there, and how it has ended.
private final class WatchedAgent: Sendable {
  let agent: AgentService
  private let running: Task<Void, any Error>
  private let directory: String
  private let calls = Shared(0)

  final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func change(_ body: (inout Value) -> Void) { value.withLock { body(&$0) } }
    var now: Value { value.withLock { $0 } }
  }

  init() async throws {
    directory = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
    var settings = Settings()
    var mcp = MCPSettings(name: "gone", target: ProbeTarget(url: "http://127.0.0.1:9/mcp"))
    mcp.interval = .milliseconds(100)
    mcp.timeout = .milliseconds(100)
    mcp.breaker.failureThreshold = 3
    mcp.breaker.recoveryTimeout = .seconds(600)
    settings.mcps = [mcp]
    let fixed = settings
    var options = AgentOptions(
      version: "test", revision: "test", storagePath: directory, externalURL: "http://localhost",
      loadSettings: { .success(SettingsLoaded(fixed)) })
    options.keepAlive = { [calls] in calls.change { $0 += 1 } }
    let agent = try AgentService(
      settings: fixed, options: options,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    self.agent = agent
    running = Task { try await agent.run() }
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var health: AgentHealth { agent.snapshot().agent }
  var mcp: MCPStatus { get throws { try #require(agent.snapshot().mcps.first) } }
  var keepAlives: Int { calls.now }

  /// Until its circuit is open, so that there is a state to keep.
  func opened() async throws -> MCPStatus {
    try await until("the circuit is open") { agent.snapshot().mcps.first?.circuit == .open }
    return try mcp
  }

  /// How `run` ends.
  func end(cancelling: Bool = true) async -> (any Error)? {
    if cancelling { running.cancel() }
    do {
      try await running.value
      return nil
    } catch {
      return error
    }
  }
}

@Suite(.timeLimit(.minutes(3))) struct SupervisionTests {
  @Test(arguments: CoordinatorDrill.Fault.allCases)
  func `another coordinator takes over, and the world sees what it saw`(
    fault: CoordinatorDrill.Fault
  ) async throws {
    let watched = try await WatchedAgent()
    let before = try await watched.opened()
    let generation = watched.health.coordinatorGeneration
    #expect(watched.agent.drill(CoordinatorDrill(fault, mcp: "gone")))
    try await until("there is another generation") {
      watched.health.coordinatorGeneration == generation + 1 && watched.health.coordinatorUp
    }
    let after = try watched.mcp
    #expect(after.circuit == .open)
    #expect(after.retryAt == before.retryAt)
    #expect(after.counters == before.counters)
    #expect(after.durations == before.durations)
    #expect(after.lastProbe == before.lastProbe)
    #expect(after.downtime == before.downtime)
    let reasons = RestartReason.allCases.map { $0.rawValue == fault.rawValue ? 1 : 0 as UInt64 }
    #expect(watched.health.restarts == reasons)
    var told: [StoredEvent] = []
    try await until("the restart is an event") {
      told = try await watched.agent.events(of: "", limit: 10, before: nil)
      return !told.isEmpty
    }
    #expect(told.map(\.event.type) == [.coordinatorRestarted])
    let data = told.first?.event.data ?? []
    #expect(data.first { $0.name == "reason" }?.value == fault.rawValue)
    #expect(data.contains { $0.name == "duration_seconds" })
    #expect(data.first { $0.name == "mcp_in_hand" }?.value == "gone")
    #expect(await watched.end() == nil)
  }

  @Test func `what a coordinator that stood still does when it goes on counts for nothing`()
    async throws
  {
    let watched = try await WatchedAgent()
    _ = try await watched.opened()
    let calls = watched.keepAlives
    #expect(calls > 0)
    #expect(watched.agent.drill(CoordinatorDrill(.stall)))
    try await until("its turn has been refused") { watched.health.turnsFenced == 1 }
    try await until("its thread has ended") { watched.health.coordinatorsAbandoned == 0 }
    try await until("the outside is told again that all is well") {
      watched.keepAlives > calls + 4
    }
    #expect(await watched.end() == nil)
  }

  @Test func `six crashes within a minute are the end of the process`() async throws {
    let watched = try await WatchedAgent()
    _ = try await watched.opened()
    for _ in 0..<6 { #expect(watched.agent.drill(CoordinatorDrill(.crash))) }
    let end = try #require(await watched.end(cancelling: false) as? SupervisionGaveUp)
    #expect(end.description.contains("failed too often"))
    #expect(watched.health.restarts == [5, 0, 0])
  }

  @Test func `an MCP that is in hand at three crashes is left alone`() async throws {
    let watched = try await WatchedAgent()
    _ = try await watched.opened()
    for number in 1...3 as ClosedRange<UInt64> {
      #expect(watched.agent.drill(CoordinatorDrill(.crash, mcp: "gone")))
      try await until("it is back") { watched.health.restarts.first == number }
    }
    try await until("it is left alone") { try watched.mcp.isEnabled == false }
    #expect(try watched.mcp.autoDisabledReason?.contains("3 crashes") == true)
    #expect(watched.health.quarantined.map(\.item) == [.mcp("gone")])
    #expect(await watched.end() == nil)
  }

  @Test func `more drills than may wait are refused`() async throws {
    let watched = try await WatchedAgent()
    _ = try await watched.opened()
    #expect(watched.agent.drill(CoordinatorDrill(.stall)))
    let taken = (0..<20).count { _ in watched.agent.drill(CoordinatorDrill(.stall)) }
    #expect((1..<20).contains(taken))
    // Each of them would stand still: it ends as it is.
    _ = await watched.end()
  }
}
