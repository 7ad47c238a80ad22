import Agent
import AgentRuntime
import Foundation
import Logging
import Signals
import Synchronization
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

@Test(.timeLimit(.minutes(2)))
func `two reloads at once are taken one after the other, so that the last one read runs`()
  async throws
{
  let directory = FileManager.default.temporaryDirectory.path + "/reload-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: directory) }
  let loader = Loader()
  let agent = try AgentService(
    settings: Settings(),
    options: AgentOptions(
      version: "test", revision: "test", storagePath: directory, loadSettings: loader.load),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  async let first = agent.reload()
  async let second = agent.reload()
  #expect(await first == [])
  #expect(await second == [])
  #expect(loader.calls == 2)
  #expect(loader.most == 1)
  let running = Task { try await agent.run() }
  running.cancel()
  try await running.value
}
