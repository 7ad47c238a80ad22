import Agent
import AgentRuntime
import ArgumentParser
import ConfigFile
import Logging
import WebServer

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the agent.",
    discussion: """
      Exit status: 0 after SIGTERM or SIGINT and a clean end, 1 when it cannot start, 2 when the \
      configuration has problems, 64 for wrong usage, 70 when it should be started again.
      """)

  @Option(name: .customLong("config.file"), help: .init("Configuration.", valueName: "path"))
  var configFile = "breakwater.yml"

  @Option(
    name: .customLong("storage.path"),
    help: .init("Directory of the journal; wins over storage.path of the file.", valueName: "path"))
  var storagePath: String?

  @OptionGroup var web: WebOptions
  @OptionGroup var log: LogOptions

  @Flag(help: "Run the agent as a child and start it again when it crashes; for containers.")
  var supervise = false

  func run() async throws {
    let path = configFile
    let load: @Sendable () -> Result<SettingsLoaded, SettingsRefused> = {
      Self.settings(at: path)
    }
    let settings: Settings
    switch load() {
    case .success(let loaded):
      settings = loaded.settings
      for warning in loaded.warnings { Terminal.error("warning: \(warning)") }
    case .failure(let refused):
      for problem in refused.problems { Terminal.error(problem) }
      throw ExitCode(2)
    }
    var served = web.settings
    served.config = try web.readConfig()
    let options = AgentOptions(
      version: Version.number, revision: Version.revision, storagePath: storagePath,
      externalURL: web.reachableURL(overTLS: served.config?.servesTLS ?? false), loadSettings: load)
    try await AgentProgram(settings: settings, options: options, web: served, log: log).run()
  }

  private static func settings(at path: String) -> Result<SettingsLoaded, SettingsRefused> {
    do throws(ConfigProblems) {
      let loaded = try ConfigFile.load(path: path)
      return .success(
        SettingsLoaded(loaded.settings, warnings: loaded.warnings.map(\.description)))
    } catch {
      return .failure(SettingsRefused(problems: error.problems.map(\.description)))
    }
  }
}
