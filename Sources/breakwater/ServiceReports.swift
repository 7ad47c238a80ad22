import Agent
import AgentRuntime
import Breaking
import ServiceLifecycle
import ServiceManagement
import WebServer

/// Tells the service manager that the agent is ready, how its MCPs are, and that it ends.
struct ServiceReports: Service {
  let manager: ServiceManager
  let server: WebServer
  let agent: AgentService

  func run() async throws {
    // A server that cannot listen ends the program by itself.
    guard (try? await server.addresses()) != nil else {
      try? await gracefulShutdown()
      return
    }
    try? await cancelWhenGracefulShutdown {
      while agent.notReadyReason() != nil { try await Task.sleep(for: .milliseconds(10)) }
      manager.ready()
      while true {
        manager.status(Self.summary(of: agent.snapshot()))
        try await Task.sleep(for: .seconds(10))
      }
    }
    manager.stopping()
  }

  /// `12 MCPs, 11 up, 1 circuit open`.
  private static func summary(of snapshot: AgentSnapshot) -> String {
    let count = snapshot.mcps.count
    let up = snapshot.mcps.count { $0.isUp == true }
    let open = snapshot.mcps.count { $0.circuit != .closed }
    return "\(count) \(count == 1 ? "MCP" : "MCPs"), \(up) up, "
      + "\(open) \(open == 1 ? "circuit" : "circuits") open"
  }
}
