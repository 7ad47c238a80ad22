import Agent
import AgentRuntime
import Foundation
import Logging
import MCPWire
import PromQL
import Signals
import Synchronization
import TestSupport
import Testing

/// A loader of configurations that notes how many read at once.
private final class Loader: Sendable {
  private let another = DispatchSemaphore(value: 0)
  private let counts = Mutex((now: 0, most: 0, calls: 0))

  var most: Int { counts.withLock { $0.most } }
  var calls: Int { counts.withLock { $0.calls } }

  /// Stays inside until another reader has come, or for a while.
  func load() -> Result<SettingsLoaded, SettingsRefused> {
    let isSecond = counts.withLock {
      $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.calls + 1)
      return $0.now > 1
    }
    if isSecond { another.signal() } else { _ = another.wait(timeout: .now() + .milliseconds(300)) }
    counts.withLock { $0.now -= 1 }
    return .success(SettingsLoaded(Settings()))
  }
}

/// An agent that watches nothing, with its journal in a directory of its own.
private func withIdleAgent(
  loading load: @escaping @Sendable () -> Result<SettingsLoaded, SettingsRefused> = {
    .success(SettingsLoaded(Settings()))
  },
  _ body: (AgentService) async throws -> Void
) async throws {
  let directory = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: directory) }
  let agent = try AgentService(
    settings: Settings(),
    options: AgentOptions(
      version: "test", revision: "test", storagePath: directory,
      externalURL: "http://localhost", loadSettings: load),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  try await body(agent)
  let running = Task { try await agent.run() }
  running.cancel()
  try await running.value
}

@Test(.timeLimit(.minutes(2)))
func `two reloads at once are taken one after the other, so that the last one read runs`()
  async throws
{
  let loader = Loader()
  try await withIdleAgent(loading: loader.load) { agent in
    async let first = agent.reload(by: .signal)
    async let second = agent.reload(by: .signal)
    #expect(await first == [])
    #expect(await second == [])
  }
  #expect(loader.calls == 2)
  #expect(loader.most == 1)
}

@Test(.timeLimit(.minutes(10)))
func `the coordinator's heart beats with nothing to do`() async throws {
  try await withIdleAgent { agent in
    var beats: Set<Timestamp> = []
    try await until("it has beaten four times", within: .seconds(300)) {
      if let beat = agent.snapshot().agent.coordinatorHeartbeat { beats.insert(beat) }
      return beats.count >= 4
    }
  }
}

@Test(.timeLimit(.minutes(2)))
func `samples of the agent's own series are taken on the interval and are there after a restart`()
  async throws
{
  let directory = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: directory) }
  var settings = Settings()
  settings.global.evaluationInterval = .milliseconds(200)
  var mcp = MCPSettings(name: "gone", target: ProbeTarget(url: "http://127.0.0.1:9/mcp"))
  mcp.interval = .milliseconds(100)
  mcp.timeout = .milliseconds(100)
  settings.mcps = [mcp]
  var first: [Int64] = []
  for round in 0..<2 {
    let agent = try AgentService(
      settings: settings,
      options: AgentOptions(
        version: "test", revision: "test", storagePath: directory, externalURL: "http://localhost",
        loadSettings: { .success(SettingsLoaded(Settings())) }),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    if round == 1 { #expect(times(agent, "mcp_up").starts(with: first)) }
    let running = Task { try await agent.run() }
    try await until("there are more samples than before") {
      times(agent, "mcp_up").count > first.count + 3
    }
    let slots = times(agent, "breakwater_coordinator_up")
    // But for the first look of each start.
    #expect(slots.filter { $0 % 200 != 0 }.count <= round + 1)
    #expect(agent.snapshot().agent.head.series > 40)
    running.cancel()
    try await running.value
    if round == 0 { first = times(agent, "mcp_up") }
  }
}

private func times(_ agent: AgentService, _ name: String) -> [Int64] {
  let look = agent.samples()
  var buffer = SampleBuffer()
  for handle in look.select([Matcher("__name__", equals: name)], from: 0, through: .max).handles {
    look.read(series: handle, after: 0, through: .max, into: &buffer)
  }
  return buffer.times
}
