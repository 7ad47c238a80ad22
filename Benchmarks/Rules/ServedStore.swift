import Agent
import Logging
import PromQL
import SampleStore
import ServiceLifecycle
import Signals
import UnixSignals
import WebServer

/// The store behind the product's own query API, until SIGTERM comes.
struct ServedStore: QuerySource, AgentInterface {
  let look: HeadSnapshot

  func samples() -> any SampleSource & Sendable { look }
  var engineOptions: EngineOptions { EngineOptions() }
  func now() -> Timestamp { Timestamp(milliseconds: SyntheticStore.end) }

  func snapshot() -> AgentSnapshot { AgentSnapshot(mcps: [], agent: AgentHealth(), at: now()) }
  func events(of mcp: String, limit: Int, before: UInt64?) async throws -> [StoredEvent] { [] }
  func notReadyReason() -> String? { nil }

  func serve(port: Int) async throws {
    let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
    let listen = [ListenAddress(host: "127.0.0.1", port: port)]
    let server = WebServer(
      settings: WebSettings(listen: listen), agent: self, queries: self, logger: logger)
    try await ServiceGroup(
      services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
    ).run()
  }
}
