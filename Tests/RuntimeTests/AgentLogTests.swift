import Agent
import AgentRuntime
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@Test(.timeLimit(.minutes(2)))
func `the agent says what lines look like, and how many were dropped`() async throws {
  let scratch = try Scratch()
  let full = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
  let output = try #require(LogOutput(format: .logfmt, descriptor: full.fileDescriptor))
  defer { output.close() }
  let logging = Mutex(LoggingSettings())
  @Sendable func settings() -> Settings {
    var settings = Settings()
    settings.logging = logging.withLock { $0 }
    return settings
  }
  logging.withLock { $0.threadID = true }
  let agent = try AgentService(
    settings: settings(),
    options: AgentOptions(
      version: "test", revision: "test", storagePath: scratch.path("data").path,
      externalURL: "http://localhost", loadSettings: { .success(SettingsLoaded(settings())) }),
    logger: Logger(label: "test") { _ in LineLogHandler(level: .info, output: output) },
    log: output)
  #expect(output.threads.current == settings().logging, "from the start")
  for (name, id) in [(false, false), (true, false), (false, true)] {
    logging.withLock { ($0.threadName, $0.threadID) = (name, id) }
    #expect(await agent.reload(by: .signal) == [])
    #expect(output.threads.current == settings().logging, "at once")
  }
  try await until("each reload has tried to say so") { output.dropped >= 3 }
  try await until("it is counted") {
    agent.snapshot().agent.logLinesDropped == output.dropped
  }
  let running = Task { try await agent.run() }
  running.cancel()
  try await running.value
}
