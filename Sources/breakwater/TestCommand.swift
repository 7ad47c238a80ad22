import ArgumentParser
import ConfigFile
import Glibc
import Patterns
import RuleTesting
import Signals
import Threading

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Test rules.", subcommands: [TestRules.self])

  func run() async throws {
    throw ValidationError("Missing what to test, as in 'breakwater test rules FILE'")
  }
}

struct TestRules: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Run unit tests of rules, in promtool's format.",
    discussion: "Exit status: 0 when all tests pass, 1 else.")

  /// For expressions nested as deeply as they may be.
  private static let stackBytes = 16 << 20

  @Option(name: .customLong("run"), help: "Run only tests whose name matches; may be repeated.")
  var names: [String] = []
  @Option(help: "Write the results to this file as JUnit's XML.") var junit: String?
  @Flag(help: "Also print all samples as they are at the end of each test.") var debug = false
  @Flag(help: "Show of failures what is missing (-) and what is too much (+).") var diff = false
  @Flag(help: "Take keys that no rule or test file has for comments.")
  var ignoreUnknownFields = false
  @Argument(help: "The files of tests.") var files: [String]

  func validate() throws { _ = try options() }

  func run() async throws {
    let options = try options()
    var outcomes: [RuleTestOutcome] = []
    for file in files {
      Terminal.print("Unit Testing:  \(file)")
      let outcome = await outcome(of: file, options)
      Self.show(outcome)
      outcomes.append(outcome)
    }
    var isWritten = true
    if let junit { isWritten = Self.write(JUnitReport.xml(outcomes, at: Self.now()), to: junit) }
    guard isWritten, outcomes.allSatisfy(\.passed) else { throw ExitCode(1) }
  }

  private func options() throws -> RuleTestOptions {
    var options = RuleTestOptions()
    options.showsDifferences = diff
    options.dumpsSamples = debug
    if names.isEmpty { return options }
    options.names = []
    for name in names {
      do throws(PatternError) {
        options.names?.append(try RuleTestOptions.name(containing: name))
      } catch {
        throw ValidationError("--run \(name): \(error)")
      }
    }
    return options
  }

  private func outcome(of file: String, _ options: RuleTestOptions) async -> RuleTestOutcome {
    let tests: RuleTests
    do throws(ConfigProblems) {
      tests = try RuleTests.load(path: file, ignoresUnknownFields: ignoreUnknownFields)
    } catch {
      return RuleTestOutcome(file: file, problem: error.description)
    }
    for warning in tests.warnings { Terminal.error("  WARNING: \(warning)") }
    return await withCheckedContinuation { waiter in
      let thread = NamedThread("rule-tests", stackBytes: Self.stackBytes) {
        let outcome = RuleTestOutcome(
          file: file, running: tests.file, options: options, over: tests.groups)
        waiter.resume(returning: outcome)
      }
      if thread == nil {
        let problem = "the system has no thread left"
        waiter.resume(returning: RuleTestOutcome(file: file, problem: problem))
      }
    }
  }

  /// As promtool does it: what failed goes to standard error.
  private static func show(_ outcome: RuleTestOutcome) {
    for dump in outcome.results.compactMap(\.dump) { Terminal.print(dump) }
    if outcome.passed {
      Terminal.print("  SUCCESS\n")
    } else {
      Terminal.error("  FAILED:")
      for failure in outcome.failures { Terminal.error(failure) }
      Terminal.print("")
    }
  }
}

// MARK: - JUnit

extension TestRules {
  /// False when it cannot be written, which is told.
  private static func write(_ text: String, to path: String) -> Bool {
    let bytes = Array(text.utf8)
    if let file = unsafe fopen(path, "we") {
      let written = unsafe fwrite(bytes, 1, bytes.count, file)
      let isClosed = unsafe fclose(file) == 0
      if written == bytes.count, isClosed { return true }
    }
    Terminal.error("\(path) cannot be written: error \(errno)")
    return false
  }

  private static func now() -> String {
    String(RFC3339.string(SystemClock.wall).prefix(19))
  }
}
