import Agent
import AgentRuntime
import ArgumentParser
import Breaking
import DemoServers
import Foundation
import Logging
import MCPWire
import WebServer

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Run the agent on built-in MCP servers, of which some fail.",
    discussion: "Keeps its data in a temporary directory that goes when it ends.")

  @OptionGroup var web: WebOptions
  @OptionGroup var log: LogOptions

  func run() async throws {
    guard let directory = TemporaryDirectory() else {
      Terminal.error("breakwater: cannot make a temporary directory")
      throw ExitCode(1)
    }
    defer { directory.remove() }
    let servers = DemoServers(logger: Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() })
    let started: [DemoServer]
    do {
      started = try await servers.start()
    } catch {
      Terminal.error("breakwater: the demo's servers cannot start: \(error)")
      throw ExitCode(1)
    }
    let settings = Self.settings(for: started)
    let options = AgentOptions(
      version: Version.number, revision: Version.revision, storagePath: directory.path,
      externalURL: web.reachableURL
    ) { .success(settings) }
    var program = AgentProgram(
      settings: settings, options: options, web: web.settings, log: log, others: [servers])
    program.announce = { addresses in
      let address = addresses.first.map { "http://\($0)/" } ?? ""
      Terminal.print(Self.greeting(address: address, started))
    }
    try await program.run()
  }

  /// Short intervals, so that a circuit opens and closes while somebody looks.
  private static func settings(for servers: [DemoServer]) -> Settings {
    var settings = Settings()
    settings.mcps = servers.map { server in
      var mcp = MCPSettings(name: server.name, target: ProbeTarget(url: server.url))
      mcp.description = server.description
      mcp.interval = .seconds(2)
      mcp.timeout = .seconds(1)
      mcp.catalogueInterval = .seconds(20)
      mcp.breaker.failureThreshold = 3
      mcp.breaker.recoveryTimeout = .seconds(5)
      mcp.breaker.backoff.max = .seconds(15)
      return mcp
    }
    return settings
  }

  private static func greeting(address: String, _ servers: [DemoServer]) -> String {
    let width = servers.map(\.name.count).max() ?? 0
    let list = servers.map { server in
      let padding = String(repeating: " ", count: width - server.name.count)
      return "  \(server.name)\(padding)  \(server.description)"
    }
    return """

      Open \(address) to see these MCP servers being watched:
      \(list.joined(separator: "\n"))
      Within two minutes one of them fails, its circuit opens, and it recovers.
      Metrics: \(address)metrics   End: Ctrl-C

      """
  }
}

/// A directory of our own under the system's temporary one.
private struct TemporaryDirectory {
  let path: String

  init?() {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("breakwater-demo-\(UUID().uuidString)")
    let made: Void? = try? FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    guard made != nil else { return nil }
    path = url.path
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
