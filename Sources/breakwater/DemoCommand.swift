import Agent
import AgentRuntime
import Alerting
import ArgumentParser
import Breaking
import ConfigFile
import DemoServers
import Foundation
import Logging
import MCPWire
import Notifications
import RulePack
import Signals
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
    let servers = DemoServers(
      logger: Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() },
      onMessage: { for line in DemoMessage.lines(of: $0) { Terminal.print(line) } })
    let started: [DemoServer]
    do {
      started = try await servers.start()
    } catch {
      Terminal.error("breakwater: the demo's servers cannot start: \(error)")
      throw ExitCode(1)
    }
    guard let rules = try? Self.rules() else {
      Terminal.error("breakwater: the demo's rules cannot be read")
      throw ExitCode(1)
    }
    let settings = Self.settings(for: started, rules)
    var served = web.settings
    served.config = try web.readConfig()
    let options = AgentOptions(
      version: Version.number, revision: Version.revision, storagePath: directory.path,
      externalURL: web.reachableURL(overTLS: served.config?.servesTLS ?? false)
    ) { .success(SettingsLoaded(settings)) }
    var program = AgentProgram(
      settings: settings, options: options, web: served, log: log, others: [servers])
    program.crashesAfter = .seconds(60)
    program.announce = { addresses in
      let address = addresses.first.map { "http://\($0)/" } ?? ""
      Terminal.print(Self.greeting(address: address, started))
    }
    try await program.run()
  }

  /// Short intervals, so that a circuit opens and closes while somebody looks.
  private static func settings(for servers: [DemoServer], _ rules: [RuleGroup]) -> Settings {
    var settings = Settings()
    settings.global.evaluationInterval = .seconds(5)
    settings.rules = rules
    settings.notifications = notifications(to: servers)
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

  /// The rules of `rules/`.
  private static func rules() throws(ConfigProblems) -> [RuleGroup] {
    var options = RuleFile.Options()
    options.interval = .seconds(5)
    var groups: [RuleGroup] = []
    for (name, text) in RulePack.files {
      groups += try RuleFile.parse(text: text, file: name, options: options).groups
    }
    return groups
  }

  /// A message at once, to the sink that prints it.
  private static func notifications(to servers: [DemoServer]) -> NotificationSettings {
    var settings = NotificationSettings()
    guard let url = servers.first.flatMap({ URL(string: $0.url) }),
      let hook = URL(string: DemoServers.hookPath, relativeTo: url)
    else { return settings }
    var receiver = Receiver(name: "terminal")
    receiver.integrations = [
      Integration(.webhook(WebhookSettings(url: Secret(hook.absoluteString))))
    ]
    var route = Route(receiver: receiver.name)
    route.groupBy = .labels(["alertname", "mcp"])
    route.groupWait = .zero
    route.groupInterval = .seconds(5)
    (settings.route, settings.receivers) = (route, [receiver])
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
      Within two minutes one of them fails, its circuit opens, and it recovers. The alerts of rules/
      are sent to a webhook that prints what arrives here. After a minute the coordinator crashes,
      as in a drill: it comes back as it was, and an alert says so.
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
