import Agent
import AgentRuntime
import Foundation
import Logging
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
  func load() -> Result<Settings, SettingsRefused> {
    let isSecond = counts.withLock {
      $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.calls + 1)
      return $0.now > 1
    }
    if isSecond { another.signal() } else { _ = another.wait(timeout: .now() + .milliseconds(300)) }
    counts.withLock { $0.now -= 1 }
    return .success(Settings())
  }
}

/// An agent that watches nothing, with its journal in a directory of its own.
private func withIdleAgent(
  loading load: @escaping @Sendable () -> Result<Settings, SettingsRefused> = {
    .success(Settings())
  },
  _ body: (AgentService) async throws -> Void
) async throws {
  let directory = FileManager.default.temporaryDirectory.path + "/agent-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: directory) }
  let agent = try AgentService(
    settings: Settings(),
    options: AgentOptions(
      version: "test", revision: "test", storagePath: directory, loadSettings: load),
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
    async let first = agent.reload()
    async let second = agent.reload()
    #expect(await first == [])
    #expect(await second == [])
  }
  #expect(loader.calls == 2)
  #expect(loader.most == 1)
}

@Test(.timeLimit(.minutes(2)))
func `the coordinator's heart beats with nothing to do`() async throws {
  try await withIdleAgent { agent in
    var beats: Set<Timestamp> = []
    try await until("it has beaten four times") {
      if let beat = agent.snapshot().agent.coordinatorHeartbeat { beats.insert(beat) }
      return beats.count >= 4
    }
  }
}
