import Agent
import Alerting
import ArgumentParser
import ConfigFile
import Signals

/// promtool's `check rules`: its words, its streams and its exit status.
struct CheckRules: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Check rule files as promtool does.",
    discussion: """
      Without a file, what comes on standard input. Exit status: 0 when there is no problem, 1 \
      else; with --lint-fatal 3 when linting alone found something.
      """)

  @Option(help: .init("What to look for: all, duplicate-rules or none.", valueName: "checks"))
  var lint = "duplicate-rules"

  @Flag(help: "Make lint errors exit with status 3.") var lintFatal = false

  @Flag(help: "Ignore unknown fields in the files.") var ignoreUnknownFields = false

  @Argument(help: "The rule files.") var files: [String] = []

  private enum Outcome { case fine, doubtful, wrong }

  func run() async throws {
    let lintsDuplicates = readLint()
    var options = RuleFile.Options()
    options.ignoresUnknownFields = ignoreUnknownFields
    let loaded =
      files.isEmpty ? [Self.standardInput(options)] : files.map { Self.load($0, options) }
    var warnings = RuleFile.selectorsWithoutSeries(
      in: loaded.compactMap { try? $0.get() }, among: MetricCatalogue.known)
    warnings.reverse()
    var outcomes: [Outcome] = []
    for (index, result) in loaded.enumerated() {
      Terminal.print("Checking \(files.isEmpty ? "standard input" : files[index])")
      switch result {
      case .success(let file):
        for warning in file.warnings + (warnings.popLast() ?? []) {
          Terminal.error("warning: \(warning)")
        }
        outcomes.append(Self.judge(file, lintsDuplicates))
      case .failure(let failure):
        Terminal.error("  FAILED:")
        for problem in failure.problems { Terminal.error(problem.description) }
        outcomes.append(.wrong)
      }
      Terminal.print("")
    }
    if outcomes.contains(.wrong) { throw ExitCode(1) }
    if lintFatal && outcomes.contains(.doubtful) { throw ExitCode(3) }
  }

  /// Whether rules that are there twice are looked for.
  private func readLint() -> Bool {
    var found = false
    for check in lint.split(separator: ",", omittingEmptySubsequences: false) {
      switch check {
      case "all", "duplicate-rules": found = true
      case "none": break
      default: Terminal.print("WARNING: unknown lint option \(check)")
      }
    }
    return found
  }

  private static func load(
    _ path: String, _ options: RuleFile.Options
  ) -> Result<RuleFile, ConfigProblems> {
    Result { () throws(ConfigProblems) in try RuleFile.load(path: path, options: options) }
  }

  private static func standardInput(
    _ options: RuleFile.Options
  ) -> Result<RuleFile, ConfigProblems> {
    Result { () throws(ConfigProblems) in try RuleFile.standardInput(options: options) }
  }

  private static func judge(_ file: RuleFile, _ lintsDuplicates: Bool) -> Outcome {
    let duplicates = lintsDuplicates ? file.groups.duplicates : []
    guard !duplicates.isEmpty else {
      Terminal.print("  SUCCESS: \(file.rulesCount) rules found")
      return .fine
    }
    Terminal.error("  FAILED:")
    var text = "lint error \(duplicates.count) duplicate rule(s) found.\n"
    for duplicate in duplicates {
      text += "Metric: \(duplicate.name)\nLabel(s):\n"
      for label in duplicate.labels { text += "\t\(label.name): \(label.value)\n" }
    }
    Terminal.error(text + "Might cause inconsistency while recording expressions")
    return .doubtful
  }
}
