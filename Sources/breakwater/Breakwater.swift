import ArgumentParser

struct Breakwater: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "breakwater",
    abstract: "Watches MCP servers: probes them, breaks their circuits, tells Prometheus.",
    version: Version.long,
    subcommands: [
      RunCommand.self, DemoCommand.self, ProbeCommand.self, CheckCommand.self, MetricsCommand.self,
      ConfigurationCommand.self, PromQLTestCommand.self, TestCommand.self, ReceiversCommand.self,
    ])

  func run() async throws { throw ValidationError("Missing a command") }
}
