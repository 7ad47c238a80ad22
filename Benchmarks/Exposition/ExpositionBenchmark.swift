import Agent
import Glibc
import Logging
import MCPWire
import ServiceLifecycle
import Signals
import Synchronization
import UnixSignals
import Threading
import WebServer

/// Serves a page of 300,000 samples through the product's own catalogue, writer and web server.
///
/// usage: ExpositionBenchmark PORT [changing]
///
/// With `changing`, what a probe changes has changed for every MCP at every scrape; without it
/// nothing has, as in the peer's page.
@main struct ExpositionBenchmark {
  static func main() async throws {
    ProcessSetup.shareHeap()
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let port = Int(arguments[1]) else {
      print("usage: ExpositionBenchmark PORT [changing]")
      exit(64)
    }
    let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
    let agent = SyntheticAgent(mcps: 6250, isChanging: arguments.contains("changing"))
    let listen = [ListenAddress(host: "127.0.0.1", port: port)]
    let server = WebServer(settings: WebSettings(listen: listen), agent: agent, logger: logger)
    try await ServiceGroup(
      services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }
}

/// An agent whose MCPs have every series that there is.
private final class SyntheticAgent: AgentInterface {
  private let statuses: Mutex<[MCPStatus]>
  private let isChanging: Bool
  private let at = Timestamp(milliseconds: 1_800_000_000_123)

  init(mcps count: Int, isChanging: Bool) {
    self.isChanging = isChanging
    statuses = Mutex((0..<count).map { Self.status(number: $0) })
  }

  private static func status(number: Int) -> MCPStatus {
    var settings = MCPSettings(
      name: "mcp-\(10_000 + number)", target: ProbeTarget(url: "http://mcp-\(number).example/mcp"))
    settings.labels = [Label(name: "team", value: "team-\(number % 20)")]
    var status = MCPStatus(description: MCPDescription(settings), isEnabled: true)
    status.verdict = .up
    status.server = ServerIdentity(name: "server-\(number % 50)", version: "1.\(number % 10).0")
    status.transport = .streamableHTTP
    status.protocolVersion = "2025-11-25"
    status.catalogue = CatalogueCounts(tools: 5 + number % 70, prompts: 2, resources: number % 9)
    status.authRequired = false
    status.lastRecoveryAttempt = Timestamp(milliseconds: 1_799_990_000_000)
    probe(&status, number: number, at: Timestamp(milliseconds: 1_800_000_000_000))
    return status
  }

  /// What a probe changes.
  private static func probe(_ status: inout MCPStatus, number: Int, at instant: Timestamp) {
    let spread = Int64(number % 977) + Int64(status.counters.probesOK % 89)
    var times = StageTimes()
    times.send = .microseconds(120 + spread)
    times.wait = .microseconds(1900 + 3 * spread)
    times.transfer = .microseconds(40 + spread % 50)
    let duration = times.send + times.wait + times.transfer
    status.counters.probesOK += 1
    status.durations.observe(duration)
    status.lastSuccess = instant
    status.lastProbe = LastProbe(
      at: instant, outcome: .ok, stage: nil, detail: "", duration: duration, times: times)
  }

  func snapshot() -> AgentSnapshot {
    let current = statuses.withLock { statuses in
      if isChanging {
        for index in statuses.indices {
          let last = statuses[index].lastSuccess ?? at
          Self.probe(&statuses[index], number: index, at: last.advanced(by: .milliseconds(997)))
        }
      }
      return statuses
    }
    return AgentSnapshot(mcps: current, agent: AgentHealth(), at: at)
  }

  func events(of mcp: String, limit: Int, before: UInt64?) async throws -> [StoredEvent] { [] }
  func notReadyReason() -> String? { nil }
}
