import Agent
import AgentRuntime
import ArgumentParser
import ConfigFile
import Logging
import Threading
import WebServer

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the agent.",
    discussion: """
      Exit status: 0 after SIGTERM or SIGINT and a clean end, 1 when it cannot start, 2 when the \
      configuration has problems, 64 for wrong usage.
      """)

  @Option(name: .customLong("config.file"), help: .init("Configuration.", valueName: "path"))
  var configFile = "breakwater.yml"

  @Option(
    name: .customLong("storage.path"),
    help: .init("Directory of the journal; wins over storage.path of the file.", valueName: "path"))
  var storagePath: String?

  @OptionGroup var web: WebOptions
  @OptionGroup var log: LogOptions

  @Flag(name: .customLong("supervise"), help: "Not yet.")
  var supervise = false

  @Flag(
    name: .customLong("web.enable-fault-injection"),
    help: "Allow POST /debug/coordinator/crash and /stall, for drills.")
  var enableFaultInjection = false

  func validate() throws {
    if supervise { throw ValidationError("--supervise: not yet: comes with step 5") }
  }

  func run() async throws {
    ProcessSetup.ignoreHangup()
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
    let options = AgentOptions(
      version: Version.number, revision: Version.revision, storagePath: storagePath,
      externalURL: web.reachableURL, loadSettings: load)
    var served = web.settings
    served.enableFaultInjection = enableFaultInjection
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
