import Agent
import Alerting
import ArgumentParser
import ConfigFile

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check files without running anything.",
    subcommands: [CheckConfig.self, CheckRules.self, CheckWebConfig.self])

  func run() async throws {
    throw ValidationError("Missing what to check, as in 'breakwater check config FILE'")
  }
}

struct CheckConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check a configuration: every problem with its place.",
    discussion: "Exit status: 0 when there is no problem, 1 else.")

  @Argument(help: "The configuration.") var file: String

  func run() async throws {
    do throws(ConfigProblems) {
      let loaded = try ConfigFile.load(path: file)
      for warning in loaded.warnings { Terminal.error("warning: \(warning)") }
      let count = loaded.settings.mcps.count
      let rules = loaded.settings.rules.reduce(0) { $0 + $1.rules.count }
      Terminal.print(
        "SUCCESS: \(file): \(count) \(count == 1 ? "MCP" : "MCPs"), "
          + "\(rules) \(rules == 1 ? "rule" : "rules")")
    } catch {
      for problem in error.problems { Terminal.error(problem.description) }
      let count = error.problems.count
      Terminal.error("FAILED: \(file): \(count) \(count == 1 ? "problem" : "problems")")
      throw ExitCode(1)
    }
  }
}
