import ArgumentParser
import ConfigFile

struct ConfigurationCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "configuration",
    abstract: "Print the reference of the configuration as Markdown.")

  func run() async throws {
    Terminal.print(String(ConfigReference().markdown.dropLast()))
  }
}
