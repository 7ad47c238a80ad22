import Agent
import ArgumentParser

struct MetricsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print the metric catalogue as Markdown.")

  func run() async throws {
    Terminal.print(String(MetricCatalogue.markdown.dropLast()))
  }
}
